"""Watch a folder and report when it may have changed.

Exactly the folders that the walk enters are watched, each by itself. They are found by walking: at
the start, when folders have come or gone or an ignore file has changed, and when the kernel has
dropped notifications. A folder is watched before it is listed, so whatever comes into it later is
noticed.

Where there are no notifications, the folder is walked again and again instead, and the results are
compared.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from indexer.documents import SkippedFile, SourceFile
from indexer.errors import FolderNotFound
from indexer.reading.encodings.decoding import ENCODINGS_FILE
from indexer.reading.ignoring import IGNORE_FILE
from indexer.reading.notifications import (
    Notification,
    Notifications,
    NotificationsUnavailable,
    Reason,
)
from indexer.reading.sources import walk

__all__ = ["watch_folder"]

# The variable that asks for polling. It is named after the library that once read it.
POLLING = "WATCHFILES_FORCE_POLLING"
IGNORE_NAME = IGNORE_FILE.encode()
# Hidden files that change what is indexed.
COUNTED_NAMES = frozenset([IGNORE_NAME, ENCODINGS_FILE.encode()])

# Changes are reported once no other follows for this long, so copying a folder is one change.
QUIET_S = 0.5
# A file that is written all the time must not keep the others out of the index.
LONGEST_BATCH_S = 5.0
# The pause between two walks without notifications, and their greatest share of the time.
POLL_S = 1.0
LARGEST_SHARE = 0.2


def watch_folder(folder: Path, *, exclude: Collection[Path] = ()) -> Iterator[bool]:
    """Yield True when the folder may have changed, and False from time to time when it has not.

    The first True means that the watch has started; earlier changes are not seen. Hidden files and
    paths in `exclude` do not count. Raises FolderNotFound when the folder is gone or has been
    replaced by another one.
    """
    root = Path(os.path.realpath(folder))
    identity = _device_and_inode(root)
    watched = _watched(root, exclude)
    try:
        yield True
        since_s: float | None = None
        while True:
            time.sleep(QUIET_S)
            if _device_and_inode(root) != identity:
                raise FolderNotFound(f"{str(root)!r} was replaced by another folder")
            try:
                changed = watched.has_changed()
            except NotificationsUnavailable:
                watched.close()
                watched, changed = _Polled(root, exclude), True
            now_s = time.monotonic()
            if changed and since_s is None:
                since_s = now_s
            due = since_s is not None and (not changed or now_s - since_s >= LONGEST_BATCH_S)
            if due:
                since_s = None
            yield due
    finally:
        watched.close()


class _Watched(Protocol):
    """A folder whose changes are noticed in one way or another."""

    def has_changed(self) -> bool:
        """Return whether anything that counts has changed since the last call."""

    def close(self) -> None: ...


def _watched(root: Path, exclude: Collection[Path]) -> _Watched:
    if not os.environ.get(POLLING):
        with suppress(NotificationsUnavailable):
            return _Notified(root, exclude)
    return _Polled(root, exclude)


class _Notified:
    """A folder that the kernel watches. Raises NotificationsUnavailable when it cannot."""

    def __init__(self, root: Path, exclude: Collection[Path]) -> None:
        self._root = root
        self._exclude = exclude
        self._watches: set[int] = set()
        self._excluded: set[tuple[int, bytes]] = set()
        self._is_listed = True
        self._notifications = Notifications()
        try:
            self._renew()
        except BaseException:
            self.close()
            raise

    def has_changed(self) -> bool:
        was_listed = self._is_listed
        changed, stale = False, not was_listed
        for each in self._notifications.read():
            if each.reasons & (Reason.Q_OVERFLOW | Reason.UNMOUNT):
                changed = stale = True
            elif self._counts(each):
                changed = True
                stale |= bool(each.reasons & Reason.ISDIR) or each.name == IGNORE_NAME
        if stale:
            self._renew()
        return changed or self._is_listed != was_listed

    def close(self) -> None:
        self._notifications.close()

    def _counts(self, each: Notification) -> bool:
        hidden = each.name.startswith(b".") and each.name not in COUNTED_NAMES
        known = each.watch in self._watches and (each.watch, each.name) not in self._excluded
        return known and bool(each.name) and not hidden

    def _renew(self) -> None:
        """Watch the folders that the walk enters, and no others."""
        excluded = [os.path.split(os.path.realpath(path)) for path in self._exclude]
        watches: set[int] = set()
        self._excluded.clear()

        def watch(folder: str) -> None:
            number = self._notifications.add(folder)
            if number is not None:
                watches.add(number)
                names = [name for above, name in excluded if above == folder]
                self._excluded.update((number, os.fsencode(name)) for name in names)

        try:
            for _ in _walk(self._root, self._exclude, watch):
                pass
            self._is_listed = True
        except (FolderNotFound, OSError):
            # It is there, or the watch would have ended, but not all that is in it is known: it
            # cannot be listed, or there are no file handles left.
            self._is_listed = False
        for number in self._watches - watches:
            self._notifications.remove(number)
        self._watches = watches


class _Polled:
    """A folder that is walked again and again."""

    def __init__(self, root: Path, exclude: Collection[Path]) -> None:
        self._root = root
        self._exclude = exclude
        self._known: bytes | None = None
        self._next_s = 0.0
        self.has_changed()

    def has_changed(self) -> bool:
        began_s = time.monotonic()
        if began_s < self._next_s:
            return False
        digest = hashlib.blake2b()
        with suppress(OSError):
            digest.update((self._root / ENCODINGS_FILE).read_bytes())
        with suppress(FolderNotFound, OSError):  # it is there, but cannot be listed now
            for entry in _walk(self._root, self._exclude):
                digest.update(ascii(entry).encode())
        changed, self._known = self._known != digest.digest(), digest.digest()
        ended_s = time.monotonic()
        self._next_s = ended_s + max(POLL_S, (ended_s - began_s) / LARGEST_SHARE)
        return changed

    def close(self) -> None:
        pass


def _walk(
    root: Path, exclude: Collection[Path], entered: Callable[[str], None] = lambda folder: None
) -> Iterator[SourceFile | SkippedFile]:
    return walk(root, exclude=exclude, max_file_bytes=sys.maxsize, entered=entered)


def _device_and_inode(root: Path) -> tuple[int, int]:
    """Return the two numbers that distinguish the folder from another one with the same name."""
    try:
        found = root.stat()
    except OSError as error:
        raise FolderNotFound(f"the folder {str(root)!r} is gone: {error.strerror}") from error
    return found.st_dev, found.st_ino
