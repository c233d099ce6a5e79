"""The embedding model of a server. It loads in the background, so a server can answer at once."""

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.search.models.loading import Loading
from indexer.embedding.embedder import Embedder
from indexer.errors import ModelUnusable, is_panic

__all__ = ["QueryModel", "UnusableModel"]


# Larger batches save no time on a few cores.
QUERIES_AT_ONCE = 8


@dataclass(slots=True, eq=False)
class _Query:
    """A text to embed, and its vector or error once it is known."""

    text: str
    vector: NDArray[np.float32] | None = None
    error: BaseException | None = None

    @property
    def is_answered(self) -> bool:
        return self.vector is not None or self.error is not None


class QueryModel:
    """Embeds queries with a model that may still be loading. Safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._loading = Loading("the embedding model", lambda: embedder.embed_queries(["warm up"]))
        self._computing = threading.Lock()
        self._waiting: deque[_Query] = deque()

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

    def retry(self) -> None:
        """Load the model again in the background if that failed, not too often."""
        self._loading.retry()

    def wait(self) -> None:
        """Return once the model is loaded, or known to be unusable."""
        self._loading.wait()

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a query. Raises ModelLoading or ModelUnusable.

        Queries that arrive during a computation wait and are then embedded together. An idle model
        embeds a query at once, and under load one pass of the model serves several queries.
        """
        self._loading.require()
        query = _Query(text)
        self._waiting.append(query)
        while not query.is_answered:
            with self._computing:
                if not query.is_answered:
                    self._compute_waiting()
        if query.vector is None:
            assert query.error is not None
            raise query.error
        return query.vector

    def _compute_waiting(self) -> None:
        """Embed the queries that have waited longest, in order of arrival."""
        count = min(len(self._waiting), QUERIES_AT_ONCE)
        queries = [self._waiting.popleft() for _ in range(count)]
        try:
            vectors = self._embedder.embed_queries([query.text for query in queries])
            for query, vector in zip(queries, vectors, strict=True):
                query.vector = vector
        except BaseException as error:
            # A panic of the tokenizer is not an Exception. No query is tried again.
            for query in queries:
                query.error = error
                if is_panic(error):
                    query.error = ModelUnusable(f"the embedding model failed: {error}")


class UnusableModel:
    """Takes the place of a model that cannot be used, and says why."""

    ready = False

    def __init__(self, problem: str) -> None:
        self.problem = problem

    def wait(self) -> None:
        """Return at once: there is nothing to wait for."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Raise ModelUnusable."""
        raise ModelUnusable(self.problem)
