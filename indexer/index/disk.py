"""The disk operations that an index needs: files that survive power loss, and a lock."""

import errno
import fcntl
import json
import os
import socket
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from indexer.errors import IndexLocked, StorageError

__all__ = [
    "ProcessLock",
    "give_to_owner",
    "give_tree_to_owner",
    "make_folders",
    "make_private_folder",
    "permissions_of",
    "reason_in",
    "replacement_of",
    "seconds_since",
    "storage_error",
    "storage_errors",
    "sync",
    "write_synced",
]

# The `struct flock` of fcntl(2): type, origin, start, length and owner. The last three are 0 for a
# lock of the whole file.
WHOLE_FILE = "hhqqi4x"

# What helps against a failure of the system. None of these means that the index is damaged.
FORBIDDEN = "allow the user of this process to use it"
NO_HANDLES = "close other programs, or raise the limit on open files (ulimit -n, LimitNOFILE)"
NO_SPACE = "free some space"
FAILING = "check the disk and the system's log"
REMEDIES = {
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EMFILE: NO_HANDLES,
    errno.ENFILE: NO_HANDLES,
    errno.ENOMEM: "close other programs, or give this one more memory",
    errno.ENOSPC: NO_SPACE,
    errno.EDQUOT: NO_SPACE,
    errno.EROFS: "make the disk writable, or choose another place",
    errno.EIO: FAILING,
    errno.ESTALE: FAILING,
    errno.ETIMEDOUT: FAILING,
}


def make_folders(path: Path) -> None:
    """Make a folder and the missing ones above it. Their names survive power loss."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for each in reversed(missing):
        give_to_owner(each)
        # The permission to make a folder there does not include the permission to list it.
        with suppress(PermissionError):
            sync(each.parent)


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner can use, and missing ones above it, unless it exists."""
    make_folders(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        give_to_owner(path)
        sync(path.parent)


@contextmanager
def permissions_of(folder: Path) -> Iterator[None]:
    """Give the permissions of this folder to all files and folders that the process makes now."""
    with storage_errors(folder):
        mode = stat.S_IMODE(folder.stat().st_mode)
    before = os.umask(0o777 & ~mode)
    try:
        yield
    finally:
        os.umask(before)


def give_to_owner(path: Path) -> None:
    """Let what root has made belong to the owner and group of the folder that it is in.

    A build that root runs must not lock the server's own user out of the index.
    """
    if os.geteuid() != 0:
        return
    # A file may be gone by now, and the root of a network file system may give nothing away.
    with suppress(OSError):
        folder, made = path.parent.stat(), path.lstat()
        if (made.st_uid, made.st_gid) != (folder.st_uid, folder.st_gid):
            os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


def give_tree_to_owner(path: Path) -> None:
    """Do the same with a file, or with a folder and everything in it."""
    if os.geteuid() != 0:
        return
    give_to_owner(path)
    for above, folders, files in os.walk(path):
        for name in folders + files:
            give_to_owner(Path(above, name))


def replacement_of(path: Path) -> Path:
    """Return the temporary path of the new content of a file, before it replaces the file."""
    return path.with_name(f".{path.name}.new")


def write_synced(path: Path, text: str) -> None:
    """Replace a file in one step. The change survives power loss once its folder is synced."""
    temporary = replacement_of(path)
    with temporary.open("w", encoding="utf-8") as file:
        give_to_owner(temporary)
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
    """Return the seconds since the file was written, 0 if the clock was set back since.

    In that case the file gets the current time, because its own time might never come.
    """
    now = time.time()
    written = path.stat().st_mtime
    if written > now:
        os.utime(path)
        return 0.0
    return now - written


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn errors of the system inside into a StorageError that names the file and the remedy."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, path) from error


def storage_error(error: OSError, path: Path) -> StorageError:
    """Return the error for a failure of the system at `path`, or at the file that it names."""
    remedy = REMEDIES.get(error.errno or 0)
    return StorageError(
        f"{error.filename or path}: {error.strerror or error}; "
        f"{f'{remedy}; ' if remedy else ''}nothing that was published is lost"
    )


def reason_in(message: str) -> OSError | None:
    """Return the failure of the system that a library's message quotes, or None."""
    return next(
        (
            OSError(number, os.strerror(number))
            for number in REMEDIES
            if os.strerror(number) in message
        ),
        None,
    )


class ProcessLock:
    """A lock that one process holds, such as the writer of an index. The file names that process.

    The kernel releases the lock when the process ends for any reason.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def acquired(self) -> Iterator[None]:
        """Hold the lock. Raises IndexLocked, which names the holder, or StorageError."""
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
