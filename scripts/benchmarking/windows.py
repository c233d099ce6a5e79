"""What windows cost against one vector a passage, and feedback with them, in the same run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.contract.search import Mode, SearchRequest
from api.query.query import parse_query
from api.ranking.feedback import POOL, feedback_scores, query_feedback
from api.search.models.query_model import QueryModel
from api.search.searcher import Searcher
from api.settings import ServerSettings
from indexer.embedding.embedder import Embedder, LazyEmbedder
from indexer.embedding.embeddings import EmbeddingInput
from indexer.index.generation import IndexFolder
from indexer.index.snapshot import Snapshot, open_snapshot
from indexer.index.vectors.vector_index import VectorIndex
from scripts.benchmarking.queries import UnseenQueries

__all__ = ["HybridCost", "WindowCost", "measure_hybrid_cost", "measure_window_cost"]

Vector = NDArray[np.float32]
Rows = NDArray[np.int64]

# Passages that are embedded twice: enough for both ways to meet the same moments of the machine.
SAMPLE = 512
PASSAGES_AT_ONCE = 64
WARM_UP = 20
# As many hits as a page has: their best windows are looked for.
HITS = 10


@dataclass(frozen=True, slots=True)
class WindowCost:
    """Seconds to embed the same passages with their windows and without."""

    passages: int
    seconds: float
    seconds_without: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.seconds_without

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class HybridCost:
    """Medians, in milliseconds, of a hybrid search in process and of what is in it.

    `windows` is what the windows of the candidates and of the hits add to scoring the passages
    alone, `feedback` all that feedback does. Each is the search's own call, made once more.
    """

    queries: int
    whole: float
    windows: float
    feedback: float

    @property
    def ratio(self) -> float:
        """How many times as long a search takes as it would without both."""
        return self.whole / (self.whole - self.windows - self.feedback)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio}


def measure_window_cost(embedder: Embedder, inputs: Sequence[EmbeddingInput]) -> WindowCost:
    """Embed passages with and without windows, turn by turn."""
    sample = inputs[:: max(1, len(inputs) // SAMPLE)][:SAMPLE]
    ways = {True: 0.0, False: 0.0}
    for start in range(0, len(sample), PASSAGES_AT_ONCE):
        windowed = sample[start : start + PASSAGES_AT_ONCE]
        plain = [EmbeddingInput(each.text) for each in windowed]
        turns = [(True, windowed), (False, plain)]
        # Who goes first changes: a machine that warms up favours the second.
        for with_windows, some in turns if start % (2 * PASSAGES_AT_ONCE) else turns[::-1]:
            ways[with_windows] += _seconds(partial(embedder.embed_passages, some))
    return WindowCost(len(sample), ways[True], ways[False])


def measure_hybrid_cost(index: Path, model: str, queries: UnseenQueries, count: int) -> HybridCost:
    """Search in this process, and time what windows and feedback have in it."""
    folder = IndexFolder(index)
    snapshot = open_snapshot(folder, folder.current())
    query_model = QueryModel(LazyEmbedder(model))
    query_model.load()
    settings = ServerSettings(index=index)
    searcher = Searcher(snapshot, query_model, settings)
    for query in queries.take(WARM_UP):
        searcher.search(SearchRequest(q=query, mode=Mode.HYBRID, limit=HITS))
    whole, windows, feedback = [], [], []
    for query in queries.take(count):
        request = SearchRequest(q=query, mode=Mode.HYBRID, limit=HITS)
        whole.append(_seconds(partial(searcher.search, request)))
        vector = query_model.embed_query(query)
        rows = _candidates(snapshot, query, vector, settings.depth)
        windows.append(_window_seconds(snapshot, vector, rows))
        feedback.append(_feedback_seconds(snapshot, vector, rows))
    searcher.snapshot.close()
    return HybridCost(count, *(1_000 * median(each) for each in (whole, windows, feedback)))


def _candidates(snapshot: Snapshot, query: str, vector: Vector, depth: int) -> Rows:
    """Return the rows that a hybrid search scores."""
    found, _ = snapshot.lexical.search(parse_query(query).clauses, depth)
    nearest = _vectors(snapshot).search(vector, depth)
    best = nearest.rows[np.argsort(-nearest.scores)[:depth]]
    return np.unique(np.concatenate([found.rows[:depth], best]))


def _window_seconds(snapshot: Snapshot, vector: Vector, rows: Rows) -> float:
    vectors = _vectors(snapshot)
    both = _seconds(lambda: vectors.scores(vector, rows))
    passages = _seconds(lambda: np.einsum("ij,j->i", vectors.passage_vectors(rows), vector))
    of_hits = _seconds(lambda: vectors.window_scores(vector, rows[:HITS]))
    return both - passages + of_hits


def _feedback_seconds(snapshot: Snapshot, vector: Vector, rows: Rows) -> float:
    vectors = _vectors(snapshot)
    scores = vectors.scores(vector, rows)
    ranked = np.argsort(-scores)[:POOL]

    def give_feedback() -> None:
        best = rows[ranked]
        documents = snapshot.catalog.places_of(best).tolist()
        feedback = query_feedback(vector, vectors.passage_vectors(best), scores[ranked], documents)
        if feedback is not None:
            feedback_scores(feedback, vectors.passage_vectors(rows))

    return _seconds(give_feedback)


def _vectors(snapshot: Snapshot) -> VectorIndex:
    assert snapshot.vectors is not None
    return snapshot.vectors


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
