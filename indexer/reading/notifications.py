"""What the Linux kernel tells about watched folders: inotify, called through the C library.

The libraries for this hide that the kernel has dropped events, and some fail at names that are not
UTF-8. Both matter here, and the interface is small: see inotify(7).
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from enum import IntFlag
from typing import NamedTuple

__all__ = ["Notification", "Notifications", "NotificationsUnavailable", "Reason"]

HEADER = struct.Struct("=iIII")
READ_BYTES = 1 << 16
# The kernel keeps 16,384 notifications by default; the rest can wait for the next call.
READS_AT_ONCE = 64


class Reason(IntFlag):
    """Why the kernel sent a notification, and how it is to watch; the names are inotify's."""

    MODIFY = 0x2
    ATTRIB = 0x4
    MOVED_FROM = 0x40
    MOVED_TO = 0x80
    CREATE = 0x100
    DELETE = 0x200
    UNMOUNT = 0x2000
    Q_OVERFLOW = 0x4000
    ONLYDIR = 0x1000000
    DONT_FOLLOW = 0x2000000
    ISDIR = 0x40000000


CONTENT = Reason.MODIFY | Reason.ATTRIB
ENTRIES = Reason.MOVED_FROM | Reason.MOVED_TO | Reason.CREATE | Reason.DELETE
WATCHED = CONTENT | ENTRIES | Reason.ONLYDIR | Reason.DONT_FOLLOW
EXHAUSTED = frozenset([errno.ENOSPC, errno.ENOMEM])


class NotificationsUnavailable(Exception):
    """The system has no inotify, or allows no further watch."""


class Notification(NamedTuple):
    """What happened to the entry `name` of a watched folder; the name is empty for the folder."""

    watch: int
    reasons: Reason
    name: bytes


class Notifications:
    """The folders that this process watches, by the numbers that the kernel gave them."""

    def __init__(self) -> None:
        """Raise NotificationsUnavailable if the system has none to give."""
        self._system = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._system, "inotify_init1"):
            raise NotificationsUnavailable("this system has no inotify")
        self._descriptor = self._system.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise NotificationsUnavailable(os.strerror(ctypes.get_errno()))

    def add(self, folder: str) -> int | None:
        """Watch a folder; return its number, or None if it is gone or may not be read.

        A folder that is watched already keeps its number. Raises NotificationsUnavailable if there
        may be no further watch.
        """
        watch: int = self._system.inotify_add_watch(self._descriptor, os.fsencode(folder), WATCHED)
        if watch >= 0:
            return watch
        if (code := ctypes.get_errno()) in EXHAUSTED:
            raise NotificationsUnavailable(os.strerror(code))
        return None

    def remove(self, watch: int) -> None:
        """Stop watching. The kernel has done so already if the folder is gone."""
        self._system.inotify_rm_watch(self._descriptor, watch)

    def read(self) -> Iterator[Notification]:
        """Yield what has happened since the last call, without waiting."""
        for _ in range(READS_AT_ONCE):
            try:
                content = os.read(self._descriptor, READ_BYTES)
            except BlockingIOError:
                return
            yield from _parsed(content)

    def close(self) -> None:
        os.close(self._descriptor)


def _parsed(content: bytes) -> Iterator[Notification]:
    place = 0
    while place < len(content):
        watch, mask, _, length = HEADER.unpack_from(content, place)
        place += HEADER.size
        name = content[place : place + length].rstrip(b"\0")
        place += length
        yield Notification(watch, Reason(mask), name)
