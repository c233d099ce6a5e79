"""`benchmark.py peers`, from the folder or the judged set to the table."""

import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from api.command.evaluation.judged_set import DocumentSet, open_judged_set, write_documents
from indexer.config import DEFAULT_MODEL
from indexer.embedding.model_files import model_folder
from indexer.errors import UsageError
from scripts.benchmarking.corpus.copied import copy_corpus
from scripts.benchmarking.corpus.passages import folder_passages
from scripts.benchmarking.corpus.queries import UnseenQueries, sentences_of
from scripts.benchmarking.embedding.reference import calm_threads
from scripts.benchmarking.figures.machine import describe_machine
from scripts.benchmarking.figures.output import console_beside, write_json
from scripts.benchmarking.peers.building import build_index
from scripts.benchmarking.peers.engines.known import choose_engines
from scripts.benchmarking.peers.measuring import (
    EngineFigures,
    Indexes,
    asked_engines,
    measure_cold_starts,
    measure_in_process,
    measure_over_http,
    queries_needed,
)
from scripts.benchmarking.peers.options import PeersOptions
from scripts.benchmarking.peers.relevance import measure_relevance
from scripts.benchmarking.peers.table import peers_table

__all__ = ["run"]

NOTE = """\
All engines index the same passages with the same model files on the same cores, and answer the same
queries, each of them once. Only Spanlight reads and splits the files for this, and only its hits
include spans, highlights and duplicates. txtai has a second index for words alone, because its
hybrid index embeds every query. Spanlight and txtai run their own servers; the others run behind a
plain FastAPI server. Memory is given without and with mapped files. The threads of torch sleep
while they wait (OMP_WAIT_POLICY=PASSIVE), because otherwise the other engines are many times slower
on a busy machine."""


@dataclass(frozen=True, slots=True)
class _Corpus:
    """A folder of documents; if they are judged, `ids` maps paths to document ids."""

    folder: Path
    judged: DocumentSet | None
    ids: dict[str, str]


def run(options: PeersOptions) -> None:
    """Measure, print the table, and write the figures if a file was given."""
    chosen = choose_engines(options.engines)
    console = console_beside(options.json)
    for engine in chosen:
        if not engine.is_installed:
            console.print(f"{engine.name} is not installed; run: pip install --group peers")
    engines = tuple(engine for engine in chosen if engine.is_installed)
    machine = describe_machine()
    calm_threads()
    with tempfile.TemporaryDirectory(prefix="spanlight-peers-") as work:
        corpus = _corpus(options, Path(work))
        queries = UnseenQueries(sentences_of(options.data or corpus.folder))
        queries.reserve(queries_needed(options.queries))
        indexes = Indexes(Path(work), model_folder(DEFAULT_MODEL), engines)
        passages = _write_passages(corpus.folder, indexes.folder / "passages.jsonl")
        figures = _measure(corpus, indexes, queries, options.queries)
    console.print(str(machine), highlight=False)
    title = f"{passages:,} passages with {DEFAULT_MODEL}, {options.queries} queries each"
    console.print(peers_table(title, figures))
    console.print(NOTE, highlight=False)
    versions = {package: version(package) for each in engines for package in each.packages}
    found = {
        "machine": machine.as_json(),
        "passages": passages,
        "versions": versions,
        "engines": {name: each.as_json() for name, each in figures.items()},
    }
    write_json(options.json, found)


def _measure(
    corpus: _Corpus, indexes: Indexes, queries: UnseenQueries, count: int
) -> dict[str, EngineFigures]:
    passages = indexes.folder / "passages.jsonl"
    figures = {}
    for engine in indexes.engines:
        _say(f"building: {engine.name}")
        index, model = indexes.of(engine), indexes.model
        cost = build_index(engine, index, model, folder=corpus.folder, passages=passages)
        figures[engine.name] = EngineFigures(cost)
    _say("starting each engine")
    measure_cold_starts(indexes, queries, figures)
    with ExitStack() as stack:
        asked = asked_engines(indexes, stack)
        _say("searching in process")
        measure_in_process(asked, queries, count, figures)
        if corpus.judged is not None:
            for each in asked:
                _say(f"asking the judged queries: {each.engine.name}")
                relevance = measure_relevance(each, corpus.judged, corpus.ids)
                figures[each.engine.name].relevance = relevance
    _say("searching over HTTP")
    measure_over_http(indexes, queries, count, figures)
    return figures


def _corpus(options: PeersOptions, work: Path) -> _Corpus:
    folder = work / "corpus"
    if options.judged is None and options.data is not None:
        return _Corpus(copy_corpus(options.data, options.files, folder).folder, None, {})
    if options.judged is None or options.data is not None or options.files is not None:
        raise UsageError("give either --data FOLDER, with or without --files N, or --judged SET")
    judged = open_judged_set(options.judged)
    if not isinstance(judged, DocumentSet):
        raise UsageError(f"{options.judged} judges spans; --judged takes a set in BEIR layout")
    return _Corpus(folder, judged, write_documents(judged, folder))


def _write_passages(folder: Path, target: Path) -> int:
    """Write one passage per line, and return the number of passages."""
    count = 0
    with target.open("w", encoding="utf-8") as file:
        for each in folder_passages(folder):
            file.write(json.dumps([each.path, each.embedded.text]) + "\n")
            count += 1
    return count


def _say(what: str) -> None:
    """Report progress, because everything together takes minutes."""
    print(what, file=sys.stderr, flush=True)
