"""Requests begin a few at a time, of one client after another, so that the event loop stays quick.

The loop accepts connections, reads and answers in turns, and a new connection takes several turns
until it is answered. If each of hundreds of connections began a request in the same turn, a turn
would take long.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from api.web.middleware.authentication import HEALTH

__all__ = ["Starts", "lane_of"]

# In each turn of the event loop.
BEGUN_AT_ONCE = 8
CREDENTIALS = frozenset({b"authorization", b"x-api-key", b"cookie"})


class Starts:
    """Requests that wait to begin: in order within a lane, and the lanes in turn."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Callable[[], None]]] = {}

    def add(self, lane: str, begin: Callable[[], None]) -> None:
        """Let the request begin when the turn of its lane has come."""
        if not self._lanes:
            asyncio.get_running_loop().call_soon(self._begin_some)
        self._lanes.setdefault(lane, deque()).append(begin)

    def _begin_some(self) -> None:
        for _ in range(BEGUN_AT_ONCE):
            lane = next(iter(self._lanes), None)
            if lane is None:
                return
            waiting = self._lanes.pop(lane)
            begin = waiting.popleft()
            if waiting:
                self._lanes[lane] = waiting
            begin()
        if self._lanes:
            asyncio.get_running_loop().call_soon(self._begin_some)


def lane_of(client: str, path: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the lane of a request. Each client has three.

    A proxy is one client, and a flood that it passes on should delay neither users with keys nor
    checks of health.
    """
    # The server may have a root path.
    if path.endswith(tuple(HEALTH)):
        return f"{client} health"
    has_key = any(name in CREDENTIALS for name, _ in headers)
    return f"{client} key" if has_key else client
