"""Requests from several clients at once, each with its own connection."""

import http.client
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from scripts.benchmarking.serving.server import ServerFailed, connect, request_ms

__all__ = ["LoadRun", "run_load"]


class LoadRun(NamedTuple):
    """The milliseconds of each request, and the seconds from the first to the last."""

    milliseconds: list[float]
    seconds: float


def run_load(port: int, targets: Sequence[str], clients: int) -> LoadRun:
    """Send the requests, divided among the clients, and return their times."""
    connections = [connect(port) for _ in range(clients)]
    milliseconds: list[float] = []
    failures: list[Exception] = []
    start = threading.Barrier(clients + 1)

    def ask_share(connection: http.client.HTTPConnection, share: Sequence[str]) -> None:
        start.wait()
        try:
            milliseconds.extend([request_ms(connection, target) for target in share])
        except (OSError, http.client.HTTPException, ServerFailed) as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=ask_share, args=(connection, targets[number::clients]))
        for number, connection in enumerate(connections)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise ServerFailed(f"a search with {clients} clients failed: {failures[0]}")
    return LoadRun(milliseconds, time.perf_counter() - began)
