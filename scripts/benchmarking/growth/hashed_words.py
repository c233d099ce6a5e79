"""An embedder without a model, for figures that depend only on size."""

import re
from collections.abc import Sequence
from functools import cache
from typing import ClassVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding, Vectors

__all__ = ["HASHED_MODEL", "HashedWords"]

HASHED_MODEL = "hashed"
# The number of different word vectors; further words share them.
WORDS = 1 << 15
# Words weigh more the longer they are, up to this length, because longer words are rarer.
FULL_WEIGHT_LETTERS = 8
SEED = 384

WORD = re.compile(r"\w+")


class HashedWords:
    """Satisfies `indexer.embedding.embedder.Embedder` with weighted sums of word vectors.

    Texts with common words are close to each other, as with a model, but meaning plays no role. The
    vectors have the dimension of the default model.
    """

    dimension: ClassVar[int] = 384
    identity: ClassVar[str] = HASHED_MODEL
    computed_by: ClassVar[str] = "hashed words"

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        return [_embedding(each) for each in inputs]

    def embed_queries(self, texts: Sequence[str]) -> list[Vectors]:
        return [_embedding(EmbeddingInput(text)).passage for text in texts]


def _embedding(each: EmbeddingInput) -> PassageEmbedding:
    matches = list(WORD.finditer(each.text))
    words = [match.group().lower() for match in matches]
    weights = np.array([min(len(word), FULL_WEIGHT_LETTERS) for word in words], np.float32)
    vectors = _table()[[crc32(word.encode()) % WORDS for word in words]] * weights[:, None] ** 2
    # The sum over any run of words is the difference of two of these.
    sums = np.concatenate([np.zeros((1, HashedWords.dimension)), np.cumsum(vectors, axis=0)])
    edges = np.searchsorted([match.start() for match in matches], np.array(each.windows).ravel())
    firsts, ends = edges.reshape(-1, 2).T
    return PassageEmbedding(_unit(sums[-1]), _unit(sums[ends] - sums[firsts]))


@cache
def _table() -> NDArray[np.float32]:
    shape = (WORDS, HashedWords.dimension)
    return np.random.default_rng(SEED).standard_normal(shape, np.float32)


def _unit(vectors: NDArray[np.float64]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
