"""API keys: who may search, and who may administer.

A key is 256 random bits and is shown once, when it is created. Only its SHA-256 is stored: so many
random bits need no salt and no slow hash.
https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from indexer.errors import InvalidSetting, StorageError

__all__ = ["ALL_SCOPES", "ApiKey", "KeyFile", "Scope", "matching_key"]

PREFIX = "spanlight_"
SECRET_BYTES = 32
NAME = re.compile(r"[\w.@-]{1,64}")


class Scope(StrEnum):
    """What a key allows."""

    SEARCH = "search"
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A stored key: `sha256` is the hash of the key in hexadecimal digits.

    `created` is an ISO 8601 time in UTC.
    """

    name: str
    scopes: frozenset[Scope]
    sha256: str
    created: str


class KeyFile:
    """The file with the keys of a server. Only its owner can read it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[ApiKey]:
        """Return the keys, sorted by name. Raises InvalidSetting with the file's name."""
        try:
            return _keys(json.loads(self.path.read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise InvalidSetting(f"{self.path}: {error.strerror or error}") from error
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidSetting(
                f"{self.path} is not a valid file of API keys ({error}); restore it, or delete it "
                "and create new keys with scripts/keys.py"
            ) from error

    def add(self, name: str, scopes: frozenset[Scope]) -> str:
        """Create a key and return it; it cannot be read again.

        Raises InvalidSetting if the name is taken or not valid.
        """
        if not NAME.fullmatch(name):
            raise InvalidSetting(
                f"{name!r} is not a valid name for a key: use 1 to 64 letters, digits, "
                "'_', '-', '.' or '@'"
            )
        with self._changing() as keys:
            if any(key.name == name for key in keys):
                raise InvalidSetting(
                    f"{self.path} already has a key {name!r}; choose another name, or remove that "
                    "key first"
                )
            secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
            created = datetime.now(UTC).isoformat(timespec="seconds")
            keys.append(ApiKey(name, scopes, _sha256(secret), created))
        return secret

    def remove(self, name: str) -> None:
        """Remove a key. Raises InvalidSetting if there is no key with this name."""
        with self._changing() as keys:
            found = [key for key in keys if key.name == name]
            if not found:
                raise InvalidSetting(f"{self.path} has no key {name!r}")
            keys.remove(found[0])

    @contextmanager
    def _changing(self) -> Iterator[list[ApiKey]]:
        """Yield the keys, then replace the file atomically with the changed keys."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _lock(self.path.with_name(f".{self.path.name}.lock")):
                keys = self.read()
                yield keys
                self._replace(sorted(keys, key=lambda key: key.name))
        except OSError as error:
            raise StorageError(
                f"{error.filename or self.path}: {error.strerror or error}; the keys are unchanged"
            ) from error

    def _replace(self, keys: list[ApiKey]) -> None:
        temporary = self.path.with_name(f".{self.path.name}.new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"keys": [_entry(key) for key in keys]}, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)


def matching_key(keys: list[ApiKey], secret: str) -> ApiKey | None:
    """Return the key with this secret; None if there is none.

    The time reveals neither which key it is nor how much of a wrong one was right.
    """
    digest = _sha256(secret)
    found = None
    for key in keys:
        if hmac.compare_digest(key.sha256, digest):
            found = key
    return found


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _keys(values: dict[str, Any]) -> list[ApiKey]:
    keys = [
        ApiKey(
            name=str(entry["name"]),
            scopes=frozenset(Scope(scope) for scope in entry["scopes"]),
            sha256=_digest(entry["sha256"]),
            created=str(entry["created"]),
        )
        for entry in values["keys"]
    ]
    if len({key.name for key in keys}) < len(keys):
        raise ValueError("two keys have the same name")
    return keys


def _digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError(f"{text!r} is not a SHA-256 hash")
    return text


def _entry(key: ApiKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "scopes": sorted(key.scopes),
        "sha256": key.sha256,
        "created": key.created,
    }


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process at a time change the keys."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
