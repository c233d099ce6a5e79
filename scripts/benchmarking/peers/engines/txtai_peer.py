"""txtai: SQLite, its own BM25 and FAISS, hybrid as in https://neuml.github.io/txtai."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from scripts.benchmarking.peers.engines.peer import Answer, Passage

__all__ = ["WEIGHTS", "WORDS", "TxtaiPeer"]

# A second index for words alone, because a hybrid one embeds every query, with any weights.
WORDS = "words"
# The weight of the vectors; txtai searches both parts with any weights.
WEIGHTS = {"semantic": 1.0, "hybrid": 0.5}


class TxtaiPeer:
    """A hybrid index that contains the texts, and a second index for words alone."""

    def __init__(self, index: Path, model: Path) -> None:
        self._index = index
        self._model = model

    def build(self, passages: Sequence[Passage]) -> None:
        from txtai import Embeddings

        embeddings = Embeddings(
            path=str(self._model),
            hybrid=True,
            content=True,
            indexes={WORDS: {"keyword": True}},
        )
        # Ids may be any text, so they contain the path of the file.
        embeddings.index(
            (f"{number} {each.path}", each.text, None) for number, each in enumerate(passages)
        )
        embeddings.save(str(self._index))

    def search(self, query: str, mode: str, limit: int) -> list[Answer]:
        if mode == "lexical":
            found = self._embeddings.search(query, limit, index=WORDS)
        else:
            found = self._embeddings.search(query, limit, weights=WEIGHTS[mode])
        return [Answer(each["id"].partition(" ")[2], each["text"]) for each in found]

    @cached_property
    def _embeddings(self) -> Any:
        from txtai import Embeddings

        embeddings = Embeddings()
        embeddings.load(str(self._index))
        return embeddings
