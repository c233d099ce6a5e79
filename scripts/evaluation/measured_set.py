"""A judged set, indexed and asked as users would: by the real build and the real searcher."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from api.model import QueryModel
from api.schemas import Mode
from api.searcher import Searcher
from api.settings import load_settings
from indexer.embedder import LazyEmbedder
from indexer.errors import ModelUnusable
from indexer.generation import IndexFolder
from indexer.open_generation import open_generation
from scripts.evaluation.judged_set import DocumentSet, JudgedSet, write_documents
from scripts.evaluation.runner import Answer, evaluate_documents, evaluate_spans
from scripts.evaluation.setting import Setting
from scripts.evaluation.summary import SettingSummary, summarise
from scripts.reindex_process import reindex_report, start_reindex

__all__ = ["IndexedSet", "MeasuredSet", "indexed_set"]


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """A judged set with an answer for each query and setting.

    `build` is what `reindex.py --json` reported.
    """

    judged: JudgedSet
    build: dict[str, Any]
    answers: list[Answer]

    @property
    def summaries(self) -> list[SettingSummary]:
        return summarise(self.answers)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.judged.name,
            "layout": "beir" if isinstance(self.judged, DocumentSet) else "spans",
            "build": self.build,
            "settings": [summary.as_json() for summary in self.summaries],
        }


@dataclass(frozen=True, slots=True)
class IndexedSet:
    """A judged set and a searcher of its index; `ids` names the document behind each path."""

    judged: JudgedSet
    ids: dict[str, str]
    build: dict[str, Any]
    searcher: Searcher

    @property
    def modes(self) -> list[Mode]:
        return self.searcher.modes

    def measure(
        self, settings: Sequence[Setting], *, depth: int, on_query: Callable[[], None]
    ) -> MeasuredSet:
        """Ask every query in every setting; document rankings end at `depth`."""
        search = self.searcher.search
        if isinstance(self.judged, DocumentSet):
            answers = evaluate_documents(
                search, self.judged, self.ids, settings, depth=depth, on_query=on_query
            )
        else:
            answers = evaluate_spans(search, self.judged, settings, on_query=on_query)
        return MeasuredSet(self.judged, self.build, answers)


@contextmanager
def indexed_set(
    judged: JudgedSet, *, model: str | None, keep: Path | None, full: bool
) -> Iterator[IndexedSet]:
    """Index the set, or bring its index up to date, and open it.

    With `keep`, the index and the documents written for it stay there for the next time.
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
    opened = open_generation(folder, folder.current())
    config = opened.manifest.config
    model = None
    if config.has_model:
        model = QueryModel(LazyEmbedder(config.model))
        model.load()
        if model.problem is not None:
            raise ModelUnusable(model.problem)
    searcher = Searcher(opened, model, load_settings())
    try:
        yield searcher
    finally:
        searcher.close()
