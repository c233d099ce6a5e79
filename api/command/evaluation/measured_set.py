"""A judged set, indexed by the real build and asked through the real searcher."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from api.command.evaluation.judged_set import DocumentSet, JudgedSet, write_documents
from api.command.evaluation.reporting.summary import SettingSummary, summarise
from api.command.evaluation.runner import (
    Answer,
    ask_unrelated,
    evaluate_documents,
    evaluate_spans,
)
from api.command.evaluation.setting import Setting
from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_QUERY_CHARS
from api.contract.search import Mode
from api.query.parser import parse_query
from api.search.models.query_model import QueryModel
from api.search.ranking_settings import read_ranking_settings
from api.search.searcher import Searcher
from api.settings import load_settings
from indexer.command.reindex_process import reindex_report, start_reindex
from indexer.embedding.embedder import LazyEmbedder
from indexer.errors import ModelUnusable
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot

__all__ = ["IndexedSet", "MeasuredSet", "indexed_set"]


@dataclass(frozen=True)
class MeasuredSet:
    """A judged set with an answer for each query and setting.

    `build` is the report of `reindex.py --json`. `unrelated` maps the name of each unrelated set to
    the answers to its queries.
    """

    judged: JudgedSet
    build: dict[str, Any]
    answers: list[Answer]
    unrelated: dict[str, list[Answer]] = field(default_factory=dict)

    @cached_property
    def summaries(self) -> list[SettingSummary]:
        return summarise(self.answers, self.unrelated)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.judged.name,
            "layout": "beir" if isinstance(self.judged, DocumentSet) else "spans",
            "build": self.build,
            "settings": [summary.as_json() for summary in self.summaries],
        }


@dataclass(frozen=True, slots=True)
class IndexedSet:
    """A judged set and a searcher of its index; `ids` maps paths to document ids."""

    judged: JudgedSet
    ids: dict[str, str]
    build: dict[str, Any]
    searcher: Searcher

    @property
    def modes(self) -> list[Mode]:
        return self.searcher.modes.answering

    def measure(
        self,
        settings: Sequence[Setting],
        unrelated: Sequence[JudgedSet] = (),
        *,
        depth: int,
        on_query: Callable[[], None],
    ) -> MeasuredSet:
        """Return the answers to every query in every setting, including unrelated queries.

        Document rankings end at `depth`.
        """
        search = self.searcher.search
        if isinstance(self.judged, DocumentSet):
            answers = evaluate_documents(
                search, self.judged, self.ids, settings, depth=depth, on_query=on_query
            )
        else:
            answers = evaluate_spans(search, self.judged, settings, on_query=on_query)
        others = {
            other.name: ask_unrelated(search, other.asked, settings, on_query=on_query)
            for other in unrelated
        }
        for answer in [*answers, *(each for found in others.values() for each in found)]:
            answer.ideal_bm25 = self._ideal_bm25(answer.query)
        return MeasuredSet(self.judged, self.build, answers, others)

    def _ideal_bm25(self, query: str) -> float:
        try:
            clauses = parse_query(query[:MAX_QUERY_CHARS]).clauses
        except InvalidQuery:
            return 0.0
        return self.searcher.snapshot.ideal_bm25(clauses)


@contextmanager
def indexed_set(
    judged: JudgedSet, *, model: str | None, keep: Path | None, full: bool
) -> Iterator[IndexedSet]:
    """Index the set, or bring its index up to date, and open it.

    With `keep`, the index and the documents written for it remain there for the next time.
    """
    with _working_folder(keep, judged.name) as folder:
        if isinstance(judged, DocumentSet):
            source = folder / "documents"
            ids = write_documents(judged, source)
        else:
            source, ids = judged.corpora, {}
        index = folder / f"index-{quote(model, safe='')}" if model else folder / "index"
        with start_reindex(source, index, model, full=full) as process:
            build = reindex_report(process)
        with _open_searcher(index) as searcher:
            yield IndexedSet(judged, ids, build, searcher)


@contextmanager
def _working_folder(keep: Path | None, name: str) -> Iterator[Path]:
    if keep is not None:
        yield keep / name
        return
    with tempfile.TemporaryDirectory(prefix="spanlight-evaluate-") as folder:
        yield Path(folder)


@contextmanager
def _open_searcher(index: Path) -> Iterator[Searcher]:
    folder = IndexFolder(index)
    snapshot = open_snapshot(folder, folder.current())
    config = snapshot.manifest.config
    model = None
    if config.has_model:
        model = QueryModel(LazyEmbedder(config.model))
        model.load()
        if model.problem is not None:
            raise ModelUnusable(model.problem)
    saved = read_ranking_settings(folder)
    searcher = Searcher(snapshot, model, load_settings(), saved=saved)
    try:
        yield searcher
    finally:
        searcher.snapshot.close()
