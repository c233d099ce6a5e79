"""What an index asks of the disk: files that survive power loss, and a lock for one writer."""

import fcntl
import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from indexer.errors import IndexLocked, StorageError

__all__ = [
    "WriterLock",
    "make_folders",
    "replacement_of",
    "seconds_since",
    "storage_errors",
    "sync",
    "write_synced",
]

# The `struct flock` of fcntl(2): its type, and three numbers and an owner that are 0 for all of it.
WHOLE_FILE = "hhqqi4x"


def make_folders(path: Path) -> None:
    """Make a folder and what is missing above it; their names survive power loss."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for each in reversed(missing):
        # Who may make a folder there need not be allowed to list what is there.
        with suppress(PermissionError):
            sync(each.parent)


def replacement_of(path: Path) -> Path:
    """Return where the new content of a file is written before it takes the file's place."""
    return path.with_name(f".{path.name}.new")


def write_synced(path: Path, text: str) -> None:
    """Replace a file in one step that survives power loss, once its folder is synced."""
    temporary = replacement_of(path)
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def seconds_since(path: Path) -> float:
    """Return how long ago the file was written; 0 where the clock was set back behind that.

    Then it counts from now on: the time that it says might never come.
    """
    now = time.time()
    written = path.stat().st_mtime
    if written > now:
        os.utime(path)
        return 0.0
    return now - written


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{error.filename or path}: {error.strerror or error}; "
            "nothing that was published is lost"
        ) from error


class WriterLock:
    """The lock of the one process that may write an index. The file says who holds it.

    It is the kernel's, so it is gone with the process that held it, however that ended.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold the lock. Raises IndexLocked, saying who holds it, or StorageError."""
        with storage_errors(self._path.parent):
            # Without a buffer, so that a full disk is noticed here and not when it is closed.
            file = self._path.open("ab+", buffering=0)
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise IndexLocked(
                    f"{self._path.parent} is being written by {_holder(file.read())}; wait for it "
                    "to finish, or stop it"
                ) from None
            with suppress(OSError):
                # Beside the lock itself, for those who only look: see is_held.
                _record_lock(file, fcntl.F_OFD_SETLK)
            with storage_errors(self._path.parent):
                file.truncate(0)
                holder = {
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                }
                file.write(json.dumps(holder).encode())
            try:
                yield
            finally:
                with suppress(OSError):
                    file.truncate(0)

    def is_held(self) -> bool:
        """Return whether a process holds the lock.

        Looking takes no lock, so it never is in the way of a build that starts, and it sees the
        processes of other containers too. A killed process no longer holds the lock.
        """
        try:
            with self._path.open("rb", buffering=0) as file:
                return _record_lock(file, fcntl.F_OFD_GETLK) != fcntl.F_UNLCK
        except OSError:
            return False


def _record_lock(file: FileIO, command: int) -> int:
    """Lock all of the file, or ask for the lock that is in the way; return the type of that."""
    wanted = struct.pack(WHOLE_FILE, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    found: int = struct.unpack(WHOLE_FILE, fcntl.fcntl(file, command, wanted))[0]
    return found


def _holder(text: bytes) -> str:
    try:
        entry = json.loads(text)
        return f"process {entry['pid']} on {entry['host']} since {entry['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
