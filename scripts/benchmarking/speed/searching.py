"""The real server, searched over HTTP: latency of each mode, requests per second, memory, start."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from indexer.embedding.embedder import LazyEmbedder
from indexer.index.folder import IndexFolder
from scripts.benchmarking.corpus.queries import UnseenQueries
from scripts.benchmarking.figures.latency import Comparison, Latency
from scripts.benchmarking.figures.memory import MemoryUse, tree_memory
from scripts.benchmarking.serving.load import run_load
from scripts.benchmarking.serving.server import (
    connect,
    get_json,
    request_ms,
    running_server,
    search_target,
)
from scripts.benchmarking.speed.page import compare_page, page_queries

__all__ = ["SearchFigures", "measure_search", "queries_needed"]

MODES = ("lexical", "semantic", "hybrid")
CLIENTS = (1, 8)
WARM_UP = 20


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """The figures of `measure_search`; `latency` is by mode, then by number of clients.

    `embedding` is the latency of only embedding a query, in process, with other queries of the same
    run; None if the index has no vectors. `suggestions` is the latency of a keystroke, and `page`
    that of the page's first byte. Memory is for the server's process tree after the load.
    """

    lexical_ready_seconds: float
    ready_seconds: float
    latency: dict[str, dict[int, Latency]]
    suggestions: Latency
    page: Comparison
    embedding: Latency | None
    memory: MemoryUse

    @property
    def hybrid_beside_embedding(self) -> float | None:
        """The median of a hybrid search without that of its query's embedding, in milliseconds."""
        if self.embedding is None:
            return None
        return self.latency["hybrid"][1].p50 - self.embedding.p50

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "hybrid_beside_embedding": self.hybrid_beside_embedding,
            "page": self.page.as_json(),
        }


def queries_needed(count: int, *, has_vectors: bool) -> int:
    """Return how many queries `measure_search` uses."""
    modes = len(MODES) if has_vectors else 1
    searches = modes * (WARM_UP + len(CLIENTS) * count)
    embedded = WARM_UP + count if has_vectors else 0
    return searches + _typed(count) + page_queries(count) + embedded


def measure_search(index: Path, queries: UnseenQueries, count: int) -> SearchFigures:
    """Return the figures of `count` queries in each mode with each number of clients."""
    IndexFolder(index).current()  # a server without an index would wait for one
    with running_server(index) as server:
        status = get_json(server.port, "/v1/status")
        has_vectors = bool(status["with_vectors"])
        modes = MODES if has_vectors else ("lexical",)
        for mode in modes:
            _measure_load(server.port, mode, queries.take(WARM_UP), clients=1)
        latency = {
            mode: {
                clients: _measure_load(server.port, mode, queries.take(count), clients)
                for clients in CLIENTS
            }
            for mode in modes
        }
        suggestions = _measure_typing(server.port, queries.take(_typed(count)))
        page = compare_page(server.port, queries, count)
        memory = tree_memory(server.pid)
    return SearchFigures(
        lexical_ready_seconds=server.lexical_ready_seconds,
        ready_seconds=server.ready_seconds,
        latency=latency,
        suggestions=suggestions,
        page=page,
        embedding=(
            _measure_query_embedding(status["model"], queries, count) if has_vectors else None
        ),
        memory=memory,
    )


def _typed(count: int) -> int:
    """Return how many queries to type letter by letter; each makes about forty requests."""
    return max(1, count // 10)


def _measure_typing(port: int, queries: Sequence[str]) -> Latency:
    """Return the latency of suggestions at each keystroke, with one client typing the queries."""
    connection = connect(port)
    milliseconds: list[float] = []
    for query in queries:
        for end in range(1, len(query) + 1):
            target = "/v1/suggest?" + urlencode({"q": query[:end]})
            milliseconds.append(request_ms(connection, target))
    connection.close()
    return Latency.of(milliseconds, sum(milliseconds) / 1_000)


def _measure_query_embedding(model: str, queries: UnseenQueries, count: int) -> Latency:
    """Return the latency of only embedding queries, one after the other."""
    embedder = LazyEmbedder(model)
    for query in queries.take(WARM_UP):
        embedder.embed_queries([query])[0]
    milliseconds: list[float] = []
    for query in queries.take(count):
        began = time.perf_counter()
        embedder.embed_queries([query])[0]
        milliseconds.append((time.perf_counter() - began) * 1_000)
    return Latency.of(milliseconds, sum(milliseconds) / 1_000)


def _measure_load(port: int, mode: str, queries: Sequence[str], clients: int) -> Latency:
    """Return the latency of the queries from this number of clients, each on one connection."""
    return Latency.of(*run_load(port, [search_target(query, mode) for query in queries], clients))
