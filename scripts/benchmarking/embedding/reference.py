"""sentence-transformers as its documentation uses it, and as other engines embed."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ReferenceEmbedder", "calm_threads"]


def calm_threads() -> None:
    """Let torch's threads sleep while they wait, in this process and in its children.

    Otherwise they slow everything down tenfold if another program needs a core. Call this before
    torch is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


class ReferenceEmbedder:
    """`SentenceTransformer.encode` with its defaults, except for the progress bar."""

    def __init__(self, model: Path) -> None:
        calm_threads()
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._model = SentenceTransformer(str(model), device="cpu", local_files_only=True)
        self._lock = threading.Lock()

    @property
    def limit(self) -> int:
        """The number of tokens of a text that the model reads; it drops the others."""
        return int(self._model.max_seq_length or 0)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each text."""
        # The tokenizer raises errors if threads share it.
        with self._lock:
            vectors: Any = self._model.encode(list(texts), show_progress_bar=False)
        return np.asarray(vectors, np.float32)

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each whole text."""
        tokenizer: Any = self._model.tokenizer.backend_tokenizer
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
