"""`benchmark.py build`, `search` and `all`, from the folder to the tables."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from indexer.config import NO_MODEL
from indexer.errors import UsageError
from scripts.benchmarking.corpus.copied import copy_corpus
from scripts.benchmarking.corpus.queries import UnseenQueries, read_queries, sentences_of
from scripts.benchmarking.figures.machine import Machine, describe_machine
from scripts.benchmarking.figures.output import console_beside, write_json
from scripts.benchmarking.speed.building import BuildFigures, measure_builds, run_build
from scripts.benchmarking.speed.options import Options
from scripts.benchmarking.speed.searching import SearchFigures, measure_search, queries_needed
from scripts.benchmarking.speed.tables import (
    build_table,
    page_table,
    search_table,
    server_table,
    stage_table,
)

__all__ = ["Figures", "run"]


@dataclass(slots=True)
class Figures:
    """All figures of one run on one machine; builds are by model, searches by model or index."""

    machine: Machine = field(default_factory=describe_machine)
    builds: dict[str, BuildFigures] = field(default_factory=dict)
    searches: dict[str, SearchFigures] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "machine": self.machine.as_json(),
            "builds": {model: each.as_json() for model, each in self.builds.items()},
            "searches": {index: each.as_json() for index, each in self.searches.items()},
        }


def run(options: Options) -> None:
    """Measure, print the tables, and write the figures if a file was given."""
    figures = Figures()
    queries = UnseenQueries(_queries(options))
    if options.searches:
        queries.reserve(_queries_needed(options))
    if options.index is None:
        with tempfile.TemporaryDirectory(prefix="spanlight-benchmark-") as work:
            _measure_models(options, Path(work), queries, figures)
    elif options.builds:
        raise UsageError("--index works only with search, because a build makes its own index")
    else:
        found = measure_search(options.index, queries, options.queries)
        figures.searches[str(options.index)] = found
    _print(console_beside(options.json), figures)
    write_json(options.json, figures.as_json())


def _measure_models(options: Options, work: Path, queries: UnseenQueries, figures: Figures) -> None:
    corpus = copy_corpus(options.data, options.files, work / "corpus")
    for number, model in enumerate(options.models):
        index = work / f"index-{number}"
        if options.builds:
            figures.builds[model] = measure_builds(corpus, index, model)
        else:
            run_build(corpus, index, model)
        if options.searches:
            figures.searches[model] = measure_search(index, queries, options.queries)


def _queries(options: Options) -> Iterator[str]:
    if options.queries_file is not None:
        return read_queries(options.queries_file)
    return sentences_of(options.data)


def _queries_needed(options: Options) -> int:
    models = options.models if options.index is None else (None,)
    return sum(queries_needed(options.queries, has_vectors=model != NO_MODEL) for model in models)


def _print(console: Console, figures: Figures) -> None:
    console.print(str(figures.machine), highlight=False)
    if figures.builds:
        console.print(build_table(figures.builds))
        console.print(stage_table(figures.builds))
    for index, each in figures.searches.items():
        console.print(search_table(f"Search over HTTP, index with model {index}", each))
    if figures.searches:
        console.print(page_table(figures.searches))
        console.print(server_table(figures.searches))
