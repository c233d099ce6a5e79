"""Who is let in: nobody but those with a key, unless the server is for this machine alone."""

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
    """Whose request it is: the name of the key, None where no key is asked for."""

    key: str | None
    scopes: frozenset[Scope]


ANYBODY = Caller(None, ALL_SCOPES)


class Access:
    """The keys of a server, as its file holds them now. Safe to share between threads.

    Where there are keys, one of them is asked for, on whatever address. Without keys everybody is
    let in who can reach the server: on this machine, or where the settings say that it may be.
    """

    def __init__(self, settings: ServerSettings) -> None:
        """Raises InvalidSetting where the settings let in everybody without saying so."""
        self._file = KeyFile(settings.keys)
        self._keys = self._file.read()
        self._seen = self._state()
        self._reading = threading.Lock()
        self._required = bool(self._keys)
        self.is_local = is_loopback(settings.host)
        if not self._required and not self.is_local and not settings.insecure:
            raise InvalidSetting(
                f"others can reach {settings.host} (SPANLIGHT_HOST or --host), and "
                f"{settings.keys} holds no API key; make one with: python scripts/keys.py add "
                "NAME, or let everybody in with --insecure"
            )

    @property
    def required(self) -> bool:
        """Whether a key is asked for. Once it is, it stays so until the server ends."""
        self._refresh()
        return self._required

    def caller(self, secret: str | None) -> Caller | None:
        """Return whose request comes with this key; None where it may not pass."""
        if not self.required:
            return ANYBODY
        key = matching_key(self._keys, secret) if secret else None
        return Caller(key.name, key.scopes) if key is not None else None

    def _refresh(self) -> None:
        """Read the keys again where their file has changed, so that a removed key ends at once."""
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
            # What cannot be read lets nobody in.
            log.error("no API key is valid: %s", error)  # noqa: TRY400
            self._required = True
            return []

    def _state(self) -> tuple[int, int, int] | None:
        try:
            status = self._file.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the address, or every address of the name."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(each).is_loopback for each in found)
