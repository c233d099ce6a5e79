"""An embedder for tests without a model: similar texts get similar vectors, the same everywhere."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding

__all__ = ["HashedEmbedder", "StoppedError", "StoppingEmbedder", "text_key"]

WORD = re.compile(r"\w+")


class HashedEmbedder:
    """An `indexer.embedding.embedder.Embedder` that adds up hashed vectors of words.

    `texts` are all that it was asked to embed. With a `log`, the key of each is appended to that
    file before the vectors are returned, so that a killed process leaves a trace of what it did.
    """

    dimension: ClassVar[int] = 64
    computed_by: ClassVar[str] = "hashed words"

    def __init__(self, identity: str = "hashed words", *, log: Path | None = None) -> None:
        self.identity = identity
        self.texts: list[str] = []
        self._log = log

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        self.texts += [each.text for each in inputs]
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as log:
                log.writelines(f"{text_key(each)}\n" for each in inputs)
        return [_embedding(each) for each in inputs]

    def embed_queries(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        return [_unit(_sum_of_words(text)) for text in texts]


class StoppedError(Exception):
    """The error that ends a build during embedding."""


class StoppingEmbedder(HashedEmbedder):
    """Embeds a limited number of texts, then fails."""

    def __init__(self, texts: int) -> None:
        super().__init__()
        self._left = texts

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        self._left -= len(inputs)
        if self._left < 0:
            raise StoppedError
        return super().embed_passages(inputs)


def text_key(each: EmbeddingInput) -> str:
    """Return a short name of a text with its windows."""
    return hashlib.sha256(repr(each).encode()).hexdigest()[:16]


def _embedding(each: EmbeddingInput) -> PassageEmbedding:
    whole = _sum_of_words(each.text)
    windows = [_sum_of_words(each.text[start:end]) for start, end in each.windows]
    return PassageEmbedding(_unit(whole), _rows(_unit(window) for window in windows))


def _sum_of_words(text: str) -> NDArray[np.float32]:
    """Return whole numbers, whose sum does not depend on their order."""
    words = WORD.findall(text.casefold()) or [text]
    total: NDArray[np.float32] = np.sum(
        [_word_vector(word) for word in words], axis=0, dtype=np.float32
    )
    return total


@cache
def _word_vector(word: str) -> NDArray[np.int8]:
    digest = hashlib.blake2b(word.encode(), digest_size=HashedEmbedder.dimension // 8).digest()
    return np.unpackbits(np.frombuffer(digest, np.uint8)).astype(np.int8) * 2 - 1


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return unit.astype(np.float32)


def _rows(vectors: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.array(list(vectors), np.float32).reshape(-1, HashedEmbedder.dimension)
