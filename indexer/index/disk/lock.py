"""The lock that one process holds while it writes, and which process that is."""

import fcntl
import json
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from indexer.errors import IndexLocked
from indexer.index.disk.failures import storage_errors
from indexer.index.disk.files import give_to_owner

__all__ = ["ProcessLock"]

# The `struct flock` of fcntl(2): type, origin, start, length and owner. The last three are 0 for a
# lock of the whole file.
WHOLE_FILE = "hhqqi4x"


class ProcessLock:
    """A lock that one process holds, such as the writer of an index. The file names that process.

    The kernel releases the lock when the process ends for any reason.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def acquired(self, **more: str) -> Iterator[None]:
        """Hold the lock. Raises IndexLocked, which names the holder, or StorageError.

        The file says `more` about the holder, for `entry`.
        """
        with storage_errors(self._path.parent):
            # Without a buffer, so that a full disk is noticed here and not when the file is closed.
            file = self._path.open("ab+", buffering=0)
        with file:
            give_to_owner(self._path)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise IndexLocked(
                    f"{self._path.parent} is being written by {_holder(file.read())}; wait for it "
                    "to finish, or stop it"
                ) from None
            with suppress(OSError):
                # A second lock, for processes that only look: see is_held.
                _record_lock(file, fcntl.F_OFD_SETLK)
            with storage_errors(self._path.parent):
                file.truncate(0)
                holder = {
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                    **more,
                }
                file.write(json.dumps(holder).encode())
            try:
                yield
            finally:
                with suppress(OSError):
                    file.truncate(0)

    def holder(self) -> str | None:
        """Return which process holds the lock, in words for people; None if it is free."""
        if not self.is_held():
            return None
        try:
            return _holder(self._path.read_bytes())
        except OSError:
            return _holder(b"")

    def entry(self) -> dict[str, Any] | None:
        """Return what the file says about the process that holds the lock; None if it is free."""
        if not self.is_held():
            return None
        try:
            entry = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return None
        return entry if isinstance(entry, dict) else None

    def is_held(self) -> bool:
        """Return whether a process holds the lock.

        This takes no lock, so it never delays a build that starts. It also sees processes in other
        containers. A killed process no longer holds the lock.
        """
        try:
            with self._path.open("rb", buffering=0) as file:
                return _record_lock(file, fcntl.F_OFD_GETLK) != fcntl.F_UNLCK
        except OSError:
            return False


def _record_lock(file: FileIO, command: int) -> int:
    """Lock the whole file, or query the conflicting lock, and return the type in the answer."""
    wanted = struct.pack(WHOLE_FILE, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    found: int = struct.unpack(WHOLE_FILE, fcntl.fcntl(file, command, wanted))[0]
    return found


def _holder(text: bytes) -> str:
    try:
        entry = json.loads(text)
        return f"process {entry['pid']} on {entry['host']} since {entry['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
