"""Users with keys who search, and a monitor that checks health: what they get beside a flood."""

import http.client
import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from scripts.benchmarking.serving.server import HOST, search_target

__all__ = ["Served", "check_health", "search"]

TIMEOUT_S = 30.0
# Below the rate that each key has.
PAUSE_S = 0.1
HEALTH = ("/livez", "/readyz")


@dataclass(slots=True)
class Served:
    """How long each answer took, and what was wrong."""

    milliseconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def search(
    port: int, key: str, queries: Sequence[str], served: Served, ended: threading.Event
) -> None:
    """Search with this key until the event is set; every other search opens a connection."""
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)
    for number, query in enumerate(itertools.cycle(queries)):
        if number % 2 == 0:
            connection.close()
        _ask(
            connection, search_target(query, "lexical"), {"Authorization": f"Bearer {key}"}, served
        )
        if ended.wait(PAUSE_S):
            break
    connection.close()


def check_health(port: int, served: Served, ended: threading.Event) -> None:
    """Check health, each time on a new connection, until the event is set."""
    for target in itertools.cycle(HEALTH):
        connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)
        _ask(connection, target, {}, served)
        connection.close()
        if ended.wait(PAUSE_S):
            break


def _ask(
    connection: http.client.HTTPConnection, target: str, headers: dict[str, str], served: Served
) -> None:
    began = time.perf_counter()
    try:
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        served.errors.append(f"{target}: {type(error).__name__} {error}")
        connection.close()
        return
    served.milliseconds.append((time.perf_counter() - began) * 1_000)
    if response.status != http.client.OK:
        served.errors.append(f"{target}: {response.status} {body[:200]!r}")
