"""An embedder whose model loads when a test allows it, or never."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tests.hashed_embedder import HashedEmbedder

__all__ = ["GatedEmbedder"]

TIMEOUT_S = 10


class GatedEmbedder(HashedEmbedder):
    """Embeds queries once its gate is open, or fails with `error` if one is given.

    `asked` is set as soon as a caller waits at the gate.
    """

    def __init__(self, *, error: Exception | None = None) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.asked = threading.Event()
        self._error = error

    def embed_queries(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        self.asked.set()
        assert self.gate.wait(TIMEOUT_S), "the test never opened the gate"
        if self._error is not None:
            raise self._error
        return super().embed_queries(texts)
