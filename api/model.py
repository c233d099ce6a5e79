"""The embedding model of a server: loaded in the background, so that search answers at once."""

import threading

import numpy as np
from numpy.typing import NDArray

from api.loading import Loading
from indexer.embedder import Embedder
from indexer.errors import ModelUnusable

__all__ = ["QueryModel", "UnusableModel"]


class QueryModel:
    """Embeds queries with a model that may still be loading. Safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._loading = Loading("the embedding model", lambda: embedder.embed_query("warm up"))
        # Two queries at once on two cores take longer than one after the other.
        self._embedding = threading.Lock()

    @property
    def identity(self) -> str:
        return self._embedder.identity

    @property
    def ready(self) -> bool:
        return self._loading.ready

    @property
    def problem(self) -> str | None:
        """Why the model cannot be used, if it cannot."""
        return self._loading.problem

    def load(self) -> None:
        """Load the model now; a failure is kept as the problem."""
        self._loading.run()

    def load_in_background(self) -> None:
        self._loading.run_in_background()

    def wait(self) -> None:
        """Return once the model is loaded, or known to be unusable."""
        self._loading.wait()

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a query. Raises ModelLoading or ModelUnusable."""
        self._loading.require()
        with self._embedding:
            return self._embedder.embed_query(text)


class UnusableModel:
    """Stands in for a model that cannot be had, and says why."""

    ready = False

    def __init__(self, problem: str) -> None:
        self.problem = problem

    def wait(self) -> None:
        """Return at once: there is nothing to wait for."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Raise ModelUnusable, whatever the text."""
        raise ModelUnusable(self.problem)
