"""Text -> embeddings, by the embedder that the model's name and files call for."""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from indexer.config import DEFAULT_MODEL, STATIC_MODEL
from indexer.embedding.bert import BertEmbedder
from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding, Vectors
from indexer.embedding.model_files import model_folder, model_identity
from indexer.embedding.sentence_transformer import SentenceTransformerEmbedder
from indexer.embedding.static_embedding import StaticEmbedder

__all__ = ["Embedder", "LazyEmbedder"]


class Embedder(Protocol):
    """Maps texts to unit vectors, or to 0 if the model cannot read them. Safe to share."""

    @property
    def identity(self) -> str:
        """A hash of all that the vectors depend on besides the text.

        Vectors of different identities must never be compared.
        """

    @property
    def dimension(self) -> int: ...

    @property
    def computed_by(self) -> str:
        """The library that computes the vectors, with its version and precision."""

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        """Return the embeddings in the order of the inputs."""

    def embed_queries(self, texts: Sequence[str]) -> list[Vectors]:
        """Return a vector of shape (dimension,) for each text, independent of the other texts."""


class LazyEmbedder:
    """An Embedder that loads its model on first use, because loading takes seconds and memory."""

    def __init__(self, model: str) -> None:
        self._is_static = model == STATIC_MODEL
        self._folder = model_folder(DEFAULT_MODEL if self._is_static else model)
        self._loading = threading.Lock()

    @cached_property
    def identity(self) -> str:
        if self._is_static:
            return StaticEmbedder.identity_of(self._folder)
        return model_identity(self._folder)

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        return self._embedder.embed_passages(inputs)

    def embed_queries(self, texts: Sequence[str]) -> list[Vectors]:
        return self._embedder.embed_queries(texts)

    @property
    def computed_by(self) -> str:
        return self._embedder.computed_by

    @property
    def _embedder(self) -> Embedder:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> Embedder:
        if self._is_static:
            return StaticEmbedder(self._folder)
        if BertEmbedder.can_load(self._folder):
            return BertEmbedder(self._folder)
        return SentenceTransformerEmbedder(self._folder)
