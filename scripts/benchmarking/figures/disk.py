"""The disk space of a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from scripts.benchmarking.figures.memory import MEGABYTE

__all__ = ["folder_megabytes"]


def folder_megabytes(folder: Path) -> float:
    """Return the disk space of the folder in MB; a file with several names counts once."""
    found = {status.st_ino: status for status in _statuses(folder)}
    return sum(status.st_blocks for status in found.values()) * 512 / MEGABYTE


def _statuses(folder: Path) -> Iterator[os.stat_result]:
    for path in folder.rglob("*"):
        yield path.lstat()
