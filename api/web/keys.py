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
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.errors import InvalidSetting, StorageError

# The settings take longer to import than the help of the command.
if TYPE_CHECKING:
    from api.settings import ServerSettings

__all__ = ["ALL_SCOPES", "ApiKey", "KeyFile", "Scope", "key_file", "key_id", "matching_key"]

PREFIX = "spanlight_"
SECRET_BYTES = 32
# Earlier versions kept the keys here, in the folder that a command was started in.
FORMER_PLACE = Path(".spanlight/keys.json")
# Many thousands of keys.
MAX_FILE_BYTES = 16 << 20
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


def key_file(settings: "ServerSettings") -> "KeyFile":
    """Return the file that the settings name, else the one beside the index that it guards.

    A user's own folder would not do: a key that an administrator makes as root must guard a server
    that runs as somebody else. Raises InvalidSetting if the keys are still in their former place,
    because a server that did not find them would let everyone in.
    """
    if settings.keys is not None:
        return KeyFile(settings.keys)
    # If the index is a link, the keys are beside the link, whichever index it leads to.
    path = Path(os.path.abspath(settings.index)).parent / FORMER_PLACE.name  # noqa: PTH100
    if FORMER_PLACE.exists() and not path.exists():
        raise InvalidSetting(
            f"the keys of this server are expected beside its index, in {path}, but there are keys "
            f"in {FORMER_PLACE.absolute()}; copy that file there, or set SPANLIGHT_KEYS to the "
            "file with the keys of this server"
        )
    return KeyFile(path)


class KeyFile:
    """The file with the keys of a server. A new one can be read by its owner only.

    A file that is changed keeps its owner and its mode, and a link to it remains a link. A new one
    belongs to the owner of its folder, so that root can make keys for the server's own user.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[ApiKey]:
        """Return the keys, sorted by name. Raises InvalidSetting with the file's name."""
        try:
            return _keys(json.loads(_content(self.path)))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise InvalidSetting(f"{self.path}: {error.strerror or error}") from error
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidSetting(
                f"{self.path} is not a valid file of API keys ({error}); name another file, "
                "restore this one, or delete it and create new keys with scripts/keys.py"
            ) from error

    def add(self, name: str, scopes: frozenset[Scope]) -> str:
        """Create a key and return it; it cannot be read again.

        Raises InvalidSetting if the name is taken or not valid, or if there is no folder for the
        file: no server reads a folder that was mistyped.
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
            target = Path(os.path.realpath(self.path))
            if self.path.is_symlink() and not target.exists():
                raise InvalidSetting(f"{self.path} is a link to {target}, which does not exist")
            if not target.parent.exists():
                raise InvalidSetting(
                    f"there is no folder {target.parent} for the keys; check its name, or create "
                    f"it with: mkdir --parents {shlex.quote(str(target.parent))}"
                )
            with _lock(target.with_name(f".{target.name}.lock")):
                keys = self.read()
                yield keys
                _replace(target, sorted(keys, key=lambda key: key.name))
        except OSError as error:
            raise StorageError(
                f"{error.filename or self.path}: {error.strerror or error}; the keys are unchanged"
            ) from error


def _replace(target: Path, keys: list[ApiKey]) -> None:
    temporary = target.with_name(f".{target.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            _take_over_rights(descriptor, target)
            json.dump({"keys": [_entry(key) for key in keys]}, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(descriptor)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _take_over_rights(descriptor: int, target: Path) -> None:
    """Give the open file the owner and mode of the file that it will replace, if there is one.

    Raises StorageError if that is not allowed, because the server could then no longer read it.
    """
    if not target.exists():
        _give_to_owner_of(target.parent, descriptor)
        return
    wanted, given = target.stat(), os.fstat(descriptor)
    if (wanted.st_uid, wanted.st_gid) != (given.st_uid, given.st_gid):
        try:
            os.fchown(descriptor, wanted.st_uid, wanted.st_gid)
        except PermissionError as error:
            raise StorageError(
                f"{target} belongs to another user or group (user {wanted.st_uid}, group "
                f"{wanted.st_gid}); change its keys as that user, or as root; the keys are "
                "unchanged"
            ) from error
    os.fchmod(descriptor, stat.S_IMODE(wanted.st_mode))


def _give_to_owner_of(folder: Path, created: int) -> None:
    """Let the open file that root has created belong to the owner of the folder it is in."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(created, owner.st_uid, owner.st_gid)


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


def key_id(secret: str) -> str:
    """Return a short name of a key, which reveals nothing about it."""
    return _sha256(secret)[:12]


def _content(path: Path) -> bytes:
    """Return the content of a file of keys. Raises OSError, or ValueError if it is no such file."""
    # Opening a pipe would wait for somebody who writes into it.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_BYTES:
            raise ValueError("it is not a small regular file")
        return file.read()


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
    # Root must not follow a link that the owner of the folder has put there.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _give_to_owner_of(path.parent, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
