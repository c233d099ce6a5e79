"""An embedder for any model of sentence-transformers, and the only importer of it in `indexer`.

A model that pools by the mean gives the vectors of a passage and its windows in one forward pass.
Any other model embeds each window separately.
"""

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding, Vectors
from indexer.embedding.late_pooling import (
    LONGEST_PIECE_TOKENS,
    LatePooling,
    TokenBatch,
    can_read_encoded,
)
from indexer.embedding.model_files import model_identity
from indexer.errors import ModelNotFound

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["SentenceTransformerEmbedder"]


class SentenceTransformerEmbedder:
    """Embeds with a model in a folder. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model = _load(folder)
        self._late = _late_pooling(self._model, self.dimension)
        self._lock = threading.Lock()

    @cached_property
    def identity(self) -> str:
        return model_identity(self._folder)

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def computed_by(self) -> str:
        import torch

        return f"torch {torch.__version__} {'bf16' if _has_bf16() else 'fp32'}"

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        prompt = self._prompt("document", "passage")
        if self._late is not None:
            return self._late.embed_passages([each.prefixed(prompt) for each in inputs])
        return self._embed_apart(inputs, prompt)

    def embed_queries(self, texts: Sequence[str]) -> list[Vectors]:
        prompted = [self._prompt("query") + text for text in texts]
        if self._late is None:
            return list(self._encode(list(texts), self._prompt("query")))
        # One by one, because torch's kernels round differently for another number of rows.
        return [vector for text in prompted for vector in self._late.embed_queries([text])]

    def _prompt(self, *names: str) -> str:
        prompts: dict[str, str | None] = self._model.prompts
        return next((prompt for name in names if (prompt := prompts.get(name))), "")

    def _embed_apart(self, inputs: Sequence[EmbeddingInput], prompt: str) -> list[PassageEmbedding]:
        """Embed each passage and window separately. Text beyond the limit is in some window."""
        texts = [each.text for each in inputs]
        windows = [each.text[start:end] for each in inputs for start, end in each.windows]
        vectors = self._encode(texts + windows, prompt)
        ends = np.cumsum([len(texts), *(len(each.windows) for each in inputs)])
        return [
            PassageEmbedding(passage, vectors[start:end])
            for passage, (start, end) in zip(vectors, pairwise(ends), strict=False)
        ]

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:  # encode() sets the tokenizer's truncation
            # One by one, so that no text's vector depends on the other texts.
            vectors: Any = self._model.encode(
                texts,
                prompt=prompt,
                batch_size=1,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            return self._without_unread(texts, np.asarray(vectors, np.float32))

    def _without_unread(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """Return the vectors, set to 0 for each text that the model cannot read."""
        tokenizer = getattr(self._model.tokenizer, "backend_tokenizer", None)
        if tokenizer is None:  # not one of the library `tokenizers`
            return vectors
        for number, text in enumerate(texts):
            if not can_read_encoded(text, tokenizer.encode(text)):
                vectors[number] = 0
        return vectors


def _load(folder: Path) -> "SentenceTransformer":
    # torch's threads spin while they wait for each other, which makes it ten times slower when
    # another program needs a core. torch reads the setting when it is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as error:
        # Each of the libraries raises its own errors for files that it cannot read.
        raise ModelNotFound(
            f"{folder} contains no sentence-transformers model that can be loaded: {error}"
        ) from error


def _late_pooling(model: "SentenceTransformer", dimension: int) -> LatePooling | None:
    """Return the pooling of the model, or None if it does not simply pool by the mean."""
    kinds = [type(module).__name__ for module in model]
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        return None
    pooling: Any = model[1]
    if pooling.pooling_mode != "mean" or not pooling.include_prompt:
        return None
    tokenizer = model.tokenizer.backend_tokenizer
    # Truncation and padding are state that all threads share, so neither is used.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    limit = model.max_seq_length or LONGEST_PIECE_TOKENS
    return LatePooling(tokenizer, limit, dimension, partial(_token_vectors, model))


def _token_vectors(
    model: "SentenceTransformer", batches: Iterable[TokenBatch]
) -> Generator[Vectors]:
    import torch

    for ids, attention in batches:
        features = {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(attention),
        }
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=_has_bf16()):
            yield model[0](features)["token_embeddings"].float().numpy()


def _has_bf16() -> bool:
    """Return whether the processor multiplies bfloat16.

    That is three times as fast, and the vectors have a cosine of 0.9999 with those of fp32.
    """
    import torch

    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
