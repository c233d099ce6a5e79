"""The embedding model of a server: loaded in the background, so that search answers at once."""

import logging
import threading

import numpy as np
from numpy.typing import NDArray

from indexer.embedder import Embedder
from indexer.errors import ModelLoading, ModelUnusable

__all__ = ["QueryModel", "UnusableModel"]

log = logging.getLogger(__name__)


class QueryModel:
    """Embeds queries with a model that may still be loading. Safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._problem: str | None = None
        self._ready = threading.Event()
        # Two queries at once on two cores take longer than one after the other.
        self._embedding = threading.Lock()

    @property
    def identity(self) -> str:
        return self._embedder.identity

    @property
    def ready(self) -> bool:
        return self._ready.is_set()

    @property
    def problem(self) -> str | None:
        """Why the model cannot be used, if it cannot."""
        return self._problem

    def load(self) -> None:
        """Load the model now; a failure is kept as the problem."""
        try:
            self._embedder.embed_query("warm up")
        except ModelUnusable as error:
            self._problem = str(error)
        except Exception as error:
            # In a thread of its own, nobody else would ever hear of it.
            log.exception("the embedding model does not load")
            self._problem = f"the embedding model does not load: {error}"
        else:
            self._ready.set()

    def load_in_background(self) -> None:
        threading.Thread(target=self.load, name="model-loading", daemon=True).start()

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a query. Raises ModelLoading or ModelUnusable."""
        if self._problem is not None:
            raise ModelUnusable(self._problem)
        if not self.ready:
            raise ModelLoading("the embedding model is still loading; try again in a few seconds")
        with self._embedding:
            return self._embedder.embed_query(text)


class UnusableModel:
    """Stands in for a model that cannot be had, and says why."""

    ready = False

    def __init__(self, problem: str) -> None:
        self.problem = problem

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Raise ModelUnusable, whatever the text."""
        raise ModelUnusable(self.problem)
