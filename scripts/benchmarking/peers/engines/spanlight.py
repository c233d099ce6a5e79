"""Spanlight behind the interface of the other engines; `reindex.py` builds its index."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from api.contract.search import Mode, SearchRequest
from api.search.models.query_model import QueryModel
from api.search.searcher import Searcher
from api.settings import ServerSettings
from indexer.embedding.embedder import LazyEmbedder
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot
from scripts.benchmarking.peers.engines.peer import Answer, Passage

__all__ = ["SpanlightPeer"]


class SpanlightPeer:
    """Answers like the API, including windows, highlights and duplicates."""

    def __init__(self, index: Path) -> None:
        self._settings = ServerSettings(index=index)
        folder = IndexFolder(index)
        self._snapshot = open_snapshot(folder, folder.current())

    def build(self, passages: Sequence[Passage]) -> None:
        """Not supported, because `reindex.py` builds the index from a folder."""
        raise NotImplementedError

    def search(self, query: str, mode: str, limit: int) -> list[Answer]:
        searcher = self._for_words if mode == Mode.LEXICAL else self._for_all_modes
        request = SearchRequest(q=query, mode=Mode(mode), limit=limit)
        hits = searcher.search(request).hits
        return [Answer(hit.document.path, hit.text) for hit in hits]

    @cached_property
    def _for_words(self) -> Searcher:
        return Searcher(self._snapshot, None, self._settings)

    @cached_property
    def _for_all_modes(self) -> Searcher:
        model = QueryModel(LazyEmbedder(self._snapshot.manifest.config.model))
        model.load()
        return Searcher(self._snapshot, model, self._settings)
