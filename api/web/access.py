"""Who may use the server: callers with a key, or everyone if no key exists and that is allowed."""

import ipaddress
import logging
import socket
import threading
from dataclasses import dataclass

from api.settings import ServerSettings
from api.web.keys import ALL_SCOPES, ApiKey, KeyFile, Scope, matching_key
from indexer.errors import InvalidSetting

__all__ = ["Access", "Caller", "is_loopback"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request; `key` is the name of its key, or None if none is required."""

    key: str | None
    scopes: frozenset[Scope]


ANYBODY = Caller(None, ALL_SCOPES)


class Access:
    """The current keys of a server. Safe to share between threads.

    If there are keys, every caller needs one, on every address. Without keys, everyone who can
    reach the server is let in: only callers on this machine, unless the settings allow others.
    """

    def __init__(self, settings: ServerSettings) -> None:
        """Raises InvalidSetting if others could use the server without keys and without consent."""
        self._file = KeyFile(settings.keys)
        self._keys = self._file.read()
        self._seen = self._state()
        self._reading = threading.Lock()
        self._required = bool(self._keys)
        self.is_local = is_loopback(settings.host)
        if not self._required and not self.is_local and not settings.insecure:
            raise InvalidSetting(
                f"other machines can reach {settings.host} (SPANLIGHT_HOST or --host), but "
                f"{settings.keys} contains no API key; create one with: python scripts/keys.py add "
                "NAME, or let everyone in with --insecure"
            )

    @property
    def required(self) -> bool:
        """Whether callers need a key. Once they do, they need one until the server stops."""
        self._refresh()
        return self._required

    def caller(self, secret: str | None) -> Caller | None:
        """Return the caller with this key; None if it is not let in."""
        if not self.required:
            return ANYBODY
        key = matching_key(self._keys, secret) if secret else None
        return Caller(key.name, key.scopes) if key is not None else None

    def _refresh(self) -> None:
        """Read the keys again if their file has changed, so that a removed key ends at once."""
        if self._state() == self._seen:
            return
        with self._reading:
            state = self._state()
            self._keys = self._read()
            self._required = self._required or bool(self._keys)
            self._seen = state

    def _read(self) -> list[ApiKey]:
        try:
            return self._file.read()
        except InvalidSetting as error:
            # A file that cannot be read lets nobody in.
            log.error("all API keys are refused: %s", error)  # noqa: TRY400
            self._required = True
            return []

    def _state(self) -> tuple[int, int, int] | None:
        try:
            status = self._file.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the host, at any of its addresses."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(each).is_loopback for each in found)
