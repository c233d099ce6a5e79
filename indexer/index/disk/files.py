"""Folders and files that belong to the right user and survive power loss."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from indexer.index.disk.failures import storage_errors

__all__ = [
    "give_to_owner",
    "give_tree_to_owner",
    "make_folders",
    "make_private_folder",
    "permissions_of",
    "replacement_of",
    "seconds_since",
    "sync",
    "write_synced",
]


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
