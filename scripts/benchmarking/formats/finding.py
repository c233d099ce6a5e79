"""What is found first: questions and sentences, asked of an index of a folder."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.contract.search import Mode, SearchRequest
from api.search.models.query_model import QueryModel
from api.search.searcher import Searcher
from api.settings import ServerSettings
from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.config import IndexConfig
from indexer.embedding.embedder import LazyEmbedder
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot
from scripts.benchmarking.formats.texts import Asked, Text

__all__ = ["FolderFigures", "measure_finding"]

HITS = 10


@dataclass(frozen=True, slots=True)
class FolderFigures:
    """What was found of a folder. Each hit counts if it is from the right file.

    `questions` were asked in hybrid mode. `first` of them had the right first hit, and `mrr` is the
    mean reciprocal rank among the first ten. `sentences` counts by format the files that a sentence
    of theirs was asked of; it found them first in hybrid mode, and in quotation marks by words.
    `missed` are the sentences that did not, and the questions.
    """

    questions: int
    first: int
    mrr: float
    refused: int
    missed: list[str] = field(default_factory=list)
    sentences: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    sentences_first: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    quotations_first: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def measure_finding(
    folder: Path,
    index: IndexFolder,
    model: str,
    asked: Sequence[Asked],
    formats: Mapping[str, Sequence[Text]],
) -> FolderFigures:
    """Index the folder and ask; `formats` are the texts by the format of their file."""
    embedder = LazyEmbedder(model)
    report = build_index(BuildTask(folder, index, IndexConfig(model=model), embedder))
    with closing(open_snapshot(index, index.current())) as snapshot:
        searcher = Searcher(snapshot, QueryModel(embedder), ServerSettings(index=index.path))
        ranks = [_rank(searcher, each.question, each.answers) for each in asked]
        figures = FolderFigures(
            questions=len(asked),
            first=ranks.count(1),
            mrr=sum(1 / rank for rank in ranks if rank) / max(1, len(ranks)),
            refused=len(report.skipped),
            missed=[
                f"{', '.join(sorted(each.answers))}: {each.question}"
                for each, rank in zip(asked, ranks, strict=True)
                if rank != 1
            ],
        )
        for name, texts in formats.items():
            _look_for_sentences(searcher, name, texts, figures)
    return figures


def _look_for_sentences(
    searcher: Searcher, name: str, texts: Iterable[Text], figures: FolderFigures
) -> None:
    for text in texts:
        sentence = text.sentence()
        if not sentence:
            continue
        figures.sentences[name] += 1
        is_first = _rank(searcher, sentence, {text.id}) == 1
        is_quoted = _rank(searcher, f'"{sentence}"', {text.id}, Mode.LEXICAL) == 1
        figures.sentences_first[name] += is_first
        figures.quotations_first[name] += is_quoted
        if not is_first or not is_quoted:
            figures.missed.append(f"{text.id} {name}: {sentence}")


def _rank(searcher: Searcher, q: str, answers: Collection[str], mode: Mode = Mode.HYBRID) -> int:
    """Return the rank of the first hit from one of the files, or 0 if none of ten is."""
    hits = searcher.search(SearchRequest(q=q, mode=mode, limit=HITS)).hits
    ids = [hit.document.path.partition(" ")[0] for hit in hits]
    return next((rank for rank, id in enumerate(ids, 1) if id in answers), 0)
