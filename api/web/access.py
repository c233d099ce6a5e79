"""Who may use the server: callers with a key, or everyone if no key exists and that is allowed."""

import ipaddress
import logging
import math
import shlex
import socket
import threading
import time
from dataclasses import dataclass

from api.contract.errors import KeysMissing, KeysUnusable
from api.settings import ServerSettings
from api.web.keys import ALL_SCOPES, Scope, key_file, matching_key
from indexer.errors import InvalidSetting

__all__ = ["Access", "Caller", "is_loopback"]

log = logging.getLogger(__name__)

COMMAND = "python scripts/keys.py add NAME"
# How long to wait before a file that could not be read is tried again.
RETRY_S = 1.0
# The state of no file.
UNREAD = ()
# For everybody; the log names the file and the reason.
NOBODY = "this server has no API key that it can read, so it lets nobody in; its log says why"


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request; `key` is the name of its key, or None if none is required."""

    key: str | None
    scopes: frozenset[Scope]


ANYBODY = Caller(None, ALL_SCOPES)


class Access:
    """The current keys of a server. Safe to share between threads.

    If there are keys, every caller needs one, on every address. Without keys, callers on this
    machine are let in, and others only if the settings say so.
    """

    def __init__(self, settings: ServerSettings) -> None:
        """Raises InvalidSetting if others could use the server without keys and without consent."""
        self._file = key_file(settings)
        self._reading = threading.Lock()
        self._seen = self._state()
        self._keys = self._file.read()
        self._required = bool(self._keys)
        self._failed: tuple[object, float] | None = None
        self._insecure = settings.insecure
        self._is_named = settings.keys is not None
        self.is_local = settings.unix_socket is not None or is_loopback(settings.host)
        self._command = f"{COMMAND} --keys {shlex.quote(str(self._file.path))}"
        if not self._required and not settings.insecure:
            self._require_this_machine_only(settings)

    @property
    def required(self) -> bool:
        """Whether callers need a key. Once they do, they need one until the server stops."""
        self._refresh()
        return self._required

    @property
    def warning(self) -> str | None:
        """What everyone should know about a server that lets everyone in; None for any other."""
        if self.required or not self._insecure:
            return None
        return (
            "This server has no API keys: everyone who can reach it may search and reindex. "
            f"To change that, create a key: {self._command}"
        )

    @property
    def problem(self) -> str | None:
        """Why nobody is let in, although somebody may have a key; None if all is well."""
        return NOBODY if self.required and not self._keys else None

    @property
    def missing_file(self) -> str | None:
        """What to say at the start if the settings name a file of keys that is not there."""
        if self.required or self._insecure or not self._is_named or self._seen is not None:
            return None
        return (
            f"the file {self._file.path} (SPANLIGHT_KEYS) does not exist, so everyone on this "
            f"machine may search and reindex; to change that, create a key: {self._command}"
        )

    def require_readable_keys(self) -> None:
        """Raise KeysUnusable if nobody's key can be checked, because the file cannot be read."""
        if self._seen in {None, UNREAD} and (problem := self.problem) is not None:
            raise KeysUnusable(problem, retry_after_s=math.ceil(RETRY_S))

    def caller(self, secret: str | None) -> Caller | None:
        """Return the caller with this key; None if it is not let in."""
        if not self.required:
            return ANYBODY
        key = matching_key(self._keys, secret) if secret else None
        return Caller(key.name, key.scopes) if key is not None else None

    def require_no_proxy(self) -> None:
        """Raise KeysMissing if a request from a proxy must not be answered without keys.

        A proxy can let in anyone, and to the server they all seem to be on this machine.
        """
        if not self._insecure and not self.required:
            raise KeysMissing(
                "this request came through a proxy, and the server has no API keys; whoever runs "
                f"the server can create one with: {COMMAND}, or let everyone in with --insecure"
            )

    def _require_this_machine_only(self, settings: ServerSettings) -> None:
        """Raise InvalidSetting if others can reach the server, or if it has had keys."""
        file = self._file.path
        if why := self._why_others_come(settings):
            raise InvalidSetting(
                f"{why}, but {file} contains no API key; create one with: {self._command}, or let "
                "everyone in with --insecure"
            )
        if self._seen is not None:
            raise InvalidSetting(
                f"all keys in {file} were removed; create one with: {self._command}, let everyone "
                f"in with --insecure, or delete {file} if only this machine uses the server"
            )

    def _why_others_come(self, settings: ServerSettings) -> str | None:
        """Return how others can reach the server; None if only this machine can."""
        if not self.is_local:
            return f"other machines can reach {settings.host} (SPANLIGHT_HOST or --host)"
        if settings.allowed_hosts:
            hosts = ", ".join(settings.allowed_hosts)
            return f"others can reach the server as {hosts} (SPANLIGHT_ALLOWED_HOSTS)"
        if settings.root_path:
            return f"others can reach the server below {settings.root_path} (SPANLIGHT_ROOT_PATH)"
        if settings.trusted_proxies:
            proxies = ", ".join(settings.trusted_proxies)
            return f"others can reach the server through {proxies} (SPANLIGHT_TRUSTED_PROXIES)"
        return None

    def _refresh(self) -> None:
        """Read the keys again if their file has changed, so that a removed key ends at once."""
        state = self._state()
        if state == self._seen or self._has_just_failed(state):
            return
        with self._reading:
            state = self._state()
            try:
                self._keys = self._file.read()
            except InvalidSetting as error:
                # A file that cannot be read lets nobody in. The reason may pass.
                log.error("all API keys are refused: %s", error, extra={"code": error.code})  # noqa: TRY400
                self._keys, self._required = [], True
                self._failed = state, time.monotonic()
                # Even if the file is soon as it was, its keys are no longer here.
                self._seen = UNREAD
                return
            self._required = self._required or bool(self._keys)
            self._seen = state
            level = logging.INFO if self._keys else logging.WARNING
            log.log(level, "keys read", extra={"keys": len(self._keys)})

    def _has_just_failed(self, state: object) -> bool:
        if self._failed is None:
            return False
        failed_state, failed_at = self._failed
        return state == failed_state and time.monotonic() < failed_at + RETRY_S

    def _state(self) -> tuple[int, ...] | None:
        try:
            status = self._file.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the host, at any of its addresses."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(each).is_loopback for each in found)
