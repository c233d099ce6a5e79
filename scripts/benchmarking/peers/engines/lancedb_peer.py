"""LanceDB: vectors and full text in one table, fused by its RRF: https://docs.lancedb.com.

Vectors get an index too. The documentation recommends one from 100,000 vectors on, but it already
halves the time of a search at a tenth of that, with the same results.
"""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from scripts.benchmarking.embedding.reference import ReferenceEmbedder
from scripts.benchmarking.peers.engines.peer import Answer, Passage

__all__ = ["LanceDBPeer"]

TABLE = "passages"
# Below this number, comparing all vectors is as fast as using an index.
FEWEST_INDEXED = 1_000
# Only the columns that are shown, as in its documentation, so that no others are read.
COLUMNS = ["path", "text"]


class LanceDBPeer:
    """A table of paths, texts and vectors, with LanceDB's own full-text index of the texts."""

    def __init__(self, index: Path, model: Path) -> None:
        self._index = index
        self._model = model
        # Its warning about missing columns in each search takes longer than some searches.
        os.environ.setdefault("LANCEDB_LOG", "error")

    def build(self, passages: Sequence[Passage]) -> None:
        import lancedb
        import pyarrow
        from lancedb.index import IvfFlat

        vectors = self._embedder.encode([each.text for each in passages])
        flat = pyarrow.array(vectors.reshape(-1))
        columns = {
            "path": pyarrow.array([each.path for each in passages]),
            "text": pyarrow.array([each.text for each in passages]),
            "vector": pyarrow.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
        }
        table = lancedb.connect(str(self._index)).create_table(TABLE, pyarrow.table(columns))
        # English stems and stop words are its defaults.
        table.create_fts_index("text")
        if len(passages) >= FEWEST_INDEXED:
            table.create_index("vector", config=IvfFlat(distance_type="cosine"))

    def search(self, query: str, mode: str, limit: int) -> list[Answer]:
        if mode == "lexical":
            found = self._table.search(query, query_type="fts")
        elif mode == "semantic":
            found = self._table.search(self._embedder.encode([query])[0]).distance_type("cosine")
        else:
            found = (
                self._table.search(query_type="hybrid")
                .vector(self._embedder.encode([query])[0])
                .text(query)
                .distance_type("cosine")
                .rerank(self._reranker)
            )
        rows = found.select(COLUMNS).limit(limit).to_list()
        return [Answer(each["path"], each["text"]) for each in rows]

    @cached_property
    def _table(self) -> Any:
        import lancedb

        return lancedb.connect(str(self._index)).open_table(TABLE)

    @cached_property
    def _reranker(self) -> Any:
        from lancedb.rerankers import RRFReranker

        return RRFReranker()

    @cached_property
    def _embedder(self) -> ReferenceEmbedder:
        return ReferenceEmbedder(self._model)
