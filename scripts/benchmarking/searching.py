"""The real server, asked over HTTP: latency of each mode, requests a second, memory, start."""

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import numpy as np

from indexer.embedder import LazyEmbedder
from indexer.errors import SpanlightError
from indexer.generation import IndexFolder
from scripts.benchmarking.memory import MemoryUse, tree_memory
from scripts.benchmarking.queries import UnseenQueries

__all__ = [
    "Latency",
    "SearchFigures",
    "Server",
    "ServerFailed",
    "measure_search",
    "queries_needed",
    "running_server",
]

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
MODES = ("lexical", "semantic", "hybrid")
CLIENTS = (1, 8)
WARM_UP = 20
START_LIMIT = 180.0
POLL = 0.01
STOP_LIMIT = 15.0
LIMIT = 10


class ServerFailed(SpanlightError):
    """The server did not start, or answered a search with an error."""

    code = "server_failed"


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds over some queries, each asked once; `per_second` counts all clients."""

    queries: int
    p50: float
    p95: float
    p99: float
    per_second: float

    @classmethod
    def of(cls, milliseconds: Sequence[float], seconds: float) -> "Latency":
        p50, p95, p99 = np.percentile(milliseconds, [50, 95, 99])
        return cls(
            len(milliseconds), float(p50), float(p95), float(p99), len(milliseconds) / seconds
        )

    def cells(self) -> tuple[str, ...]:
        """Return the figures as a row of a table."""
        milliseconds = (f"{value:.2f}" for value in (self.p50, self.p95, self.p99))
        return (f"{self.queries:,}", *milliseconds, f"{self.per_second:,.0f}")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers; seconds count from the start of its process."""

    pid: int
    port: int
    lexical_ready_seconds: float
    ready_seconds: float


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """What `measure_search` found; `latency` is by mode, then by number of clients.

    `embedding` is that of the query alone, in process, on other queries of the same run; None
    where the index has no vectors. `suggestions` is that of a keystroke. Memory is that of the
    server's process tree after the load.
    """

    lexical_ready_seconds: float
    ready_seconds: float
    latency: dict[str, dict[int, Latency]]
    suggestions: Latency
    embedding: Latency | None
    memory: MemoryUse

    @property
    def hybrid_beside_embedding(self) -> float | None:
        """Milliseconds of the median hybrid search that its query's embedding does not explain."""
        if self.embedding is None:
            return None
        return self.latency["hybrid"][1].p50 - self.embedding.p50

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"hybrid_beside_embedding": self.hybrid_beside_embedding}


def queries_needed(count: int, *, has_vectors: bool) -> int:
    """Return how many queries `measure_search` takes."""
    modes = len(MODES) if has_vectors else 1
    searches = modes * (WARM_UP + len(CLIENTS) * count)
    return searches + (WARM_UP + count if has_vectors else 0) + _typed(count)


def measure_search(index: Path, queries: UnseenQueries, count: int) -> SearchFigures:
    """Serve the index and ask `count` queries in each mode with each number of clients."""
    IndexFolder(index).current()  # a server without an index would wait for one
    with running_server(index) as server:
        status = _get_json(server.port, "/v1/status")
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
        memory = tree_memory(server.pid)
    return SearchFigures(
        lexical_ready_seconds=server.lexical_ready_seconds,
        ready_seconds=server.ready_seconds,
        latency=latency,
        suggestions=suggestions,
        embedding=_measure_query_embedding(status["model"], queries, count)
        if has_vectors
        else None,
        memory=memory,
    )


def _typed(count: int) -> int:
    """Return how many queries are typed letter by letter: each makes some forty requests."""
    return max(1, count // 10)


def _measure_typing(port: int, queries: Sequence[str]) -> Latency:
    """Return the latency of suggestions at each keystroke of the queries, typed by one client."""
    connection = _connect(port)
    milliseconds: list[float] = []
    for query in queries:
        for end in range(1, len(query) + 1):
            target = "/v1/suggest?" + urlencode({"q": query[:end]})
            milliseconds.append(_get(connection, target, query))
    connection.close()
    return Latency.of(milliseconds, sum(milliseconds) / 1_000)


def _measure_query_embedding(model: str, queries: UnseenQueries, count: int) -> Latency:
    """Return the latency of embedding queries one after the other, with nothing around it."""
    embedder = LazyEmbedder(model)
    for query in queries.take(WARM_UP):
        embedder.embed_queries([query])[0]
    milliseconds: list[float] = []
    for query in queries.take(count):
        began = time.perf_counter()
        embedder.embed_queries([query])[0]
        milliseconds.append((time.perf_counter() - began) * 1_000)
    return Latency.of(milliseconds, sum(milliseconds) / 1_000)


@contextmanager
def running_server(index: Path) -> Iterator[Server]:
    """Start the server on a free port, wait until every mode answers, and stop it at the end."""
    port = _free_port()
    command = [sys.executable, "-m", "api", "--index", str(index), "--host", HOST]
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            lexical = _wait_until_ready(process, log, port, "/readyz?mode=lexical", began)
            every = _wait_until_ready(process, log, port, "/readyz", began)
            yield Server(process.pid, port, lexical, every)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_LIMIT)
            process.kill()
            process.wait()


def _measure_load(port: int, mode: str, queries: Sequence[str], clients: int) -> Latency:
    """Return the latency of the queries, asked by so many clients that each keep a connection."""
    connections = [_connect(port) for _ in range(clients)]
    milliseconds: list[float] = []
    failures: list[Exception] = []
    start = threading.Barrier(clients + 1)

    def ask_share(connection: http.client.HTTPConnection, share: Sequence[str]) -> None:
        start.wait()
        try:
            milliseconds.extend([_ask(connection, mode, query) for query in share])
        except (OSError, http.client.HTTPException, ServerFailed) as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=ask_share, args=(connection, queries[number::clients]))
        for number, connection in enumerate(connections)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise ServerFailed(f"{mode} search with {clients} clients failed: {failures[0]}")
    return Latency.of(milliseconds, time.perf_counter() - began)


def _connect(port: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    connection.connect()
    return connection


def _ask(connection: http.client.HTTPConnection, mode: str, query: str) -> float:
    """Return the milliseconds from sending a search to its last byte."""
    target = "/v1/search?" + urlencode({"q": query, "mode": mode, "limit": LIMIT})
    return _get(connection, target, query)


def _get(connection: http.client.HTTPConnection, target: str, query: str) -> float:
    """Return the milliseconds from sending a request to the last byte of its answer."""
    began = time.perf_counter()
    connection.request("GET", target)
    response = connection.getresponse()
    body = response.read()
    milliseconds = (time.perf_counter() - began) * 1_000
    if response.status != http.client.OK:
        raise ServerFailed(f"{response.status} for {query!r}: {body[:200].decode()}")
    return milliseconds


def _wait_until_ready(
    process: "subprocess.Popen[bytes]", log: IO[bytes], port: int, target: str, began: float
) -> float:
    while time.perf_counter() - began < START_LIMIT:
        if process.poll() is not None:
            break
        if _answers_ok(port, target):
            return time.perf_counter() - began
        time.sleep(POLL)
    log.seek(0)
    said = log.read().decode(errors="replace")
    raise ServerFailed(f"the server did not get ready ({target}); it said:\n{said}")


def _answers_ok(port: int, target: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", target)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _get_json(port: int, target: str) -> dict[str, Any]:
    connection = _connect(port)
    connection.request("GET", target)
    found: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
