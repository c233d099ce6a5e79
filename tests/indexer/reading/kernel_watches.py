"""Which folders a process watches, as the kernel lists them, and which folders a walk enters."""

import os
import re
from contextlib import suppress
from pathlib import Path

from indexer.reading.sources import walk

__all__ = ["entered_folders", "watched_folders"]

# One watch in the list of an inotify descriptor; the numbers are hexadecimal.
WATCH = re.compile(r"^inotify wd:\w+ ino:(?P<inode>\w+) sdev:(?P<device>\w+)", re.MULTILINE)
# The kernel packs the major number of a device above 20 bits of the minor one.
MINOR_BITS = 20


def watched_folders(process: int | str = "self") -> set[tuple[int, int]]:
    """Return the device and inode of each folder that the process watches."""
    return {
        (_device(int(found["device"], 16)), int(found["inode"], 16))
        for info in Path(f"/proc/{process}/fdinfo").iterdir()
        for found in WATCH.finditer(_content(info))
    }


def entered_folders(folder: Path, *exclude: Path) -> set[tuple[int, int]]:
    """Return the device and inode of each folder that a walk lists."""
    found: set[tuple[int, int]] = set()

    def enter(path: str) -> None:
        with suppress(OSError):  # the path is too long, so the folder is reported instead
            status = Path(path).stat()
            found.add((status.st_dev, status.st_ino))

    for _ in walk(folder, exclude=exclude, max_file_bytes=0, entered=enter):
        pass
    return found


def _device(packed: int) -> int:
    return os.makedev(packed >> MINOR_BITS, packed & ((1 << MINOR_BITS) - 1))


def _content(info: Path) -> str:
    try:
        return info.read_text()
    except FileNotFoundError:  # the descriptor that listed this folder
        return ""
