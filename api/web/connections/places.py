"""Places for connections: as many as the process has file handles to spare.

When all are taken, the client with the most connections gives up the one that it has not used for
the longest time. A client that holds a thousand idle connections thus only displaces its own.
"""

import resource
from typing import Protocol

__all__ = ["Connection", "Places", "places_of_process"]

MOST_PLACES = 1_000
LEAST_PLACES = 32
# What the index, the models and the builds may need at the same time.
OTHER_HANDLES = 256


class Connection(Protocol):
    """A connection of a client. It is idle while no answer to it is being computed or sent."""

    @property
    def is_idle(self) -> bool: ...

    def drop(self) -> None:
        """End the connection at once."""


class Places:
    """The connections that are open, by client, the longest unused first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._clients: dict[str, dict[Connection, None]] = {}
        self._taken = 0

    def take(self, client: str, connection: Connection) -> bool:
        """Return whether there is a place for it; an idle connection may have to make room."""
        if self._taken >= self._most and not self._make_room():
            return False
        self._clients.setdefault(client, {})[connection] = None
        self._taken += 1
        return True

    def use(self, client: str, connection: Connection) -> None:
        """Note that the connection has been used."""
        own = self._clients.get(client, {})
        if connection in own:
            del own[connection]
            own[connection] = None

    def leave(self, client: str, connection: Connection) -> None:
        """Free its place, if it has one."""
        own = self._clients.get(client, {})
        if connection in own:
            del own[connection]
            self._taken -= 1
            if not own:
                del self._clients[client]

    def _make_room(self) -> bool:
        for client, own in sorted(self._clients.items(), key=lambda item: -len(item[1])):
            unused = next((each for each in own if each.is_idle), None)
            if unused is not None:
                self.leave(client, unused)
                unused.drop()
                return True
        return False


def places_of_process() -> Places:
    """Return as many places as the limit of open files allows."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return Places(MOST_PLACES)
    return Places(min(MOST_PLACES, max(LEAST_PLACES, files - OTHER_HANDLES)))
