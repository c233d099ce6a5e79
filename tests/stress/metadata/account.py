"""What each file of a folder should have become, compared with what a build says.

The files are found by `find`, because our own walk is what is tested.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.documents import SkippedFile, SourceFile

__all__ = ["RegularFile", "account_for", "regular_files"]

FIELDS = 3


@dataclass(frozen=True, slots=True)
class RegularFile:
    """A regular file as `find` lists it. `path` is the relative path, in bytes."""

    path: bytes
    size_bytes: int
    inode: int

    @property
    def is_hidden(self) -> bool:
        return any(name.startswith(b".") for name in self.path.split(b"/"))

    @property
    def reported(self) -> str:
        """The path as reports write it."""
        return self.path.decode("utf-8", "backslashreplace")


def regular_files(folder: Path) -> list[RegularFile]:
    """Return all regular files below the folder, at any depth."""
    command = ["find", ".", "-type", "f", "-printf", r"%P\0%s\0%i\0"]
    listed = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=False).stdout
    values = listed.split(b"\0")[:-1]
    return [
        RegularFile(path, int(size), int(inode))
        for path, size, inode in zip(
            *(values[start::FIELDS] for start in range(FIELDS)), strict=True
        )
    ]


def account_for(
    folder: Path, indexed: Iterable[SourceFile], skipped: Iterable[SkippedFile]
) -> Iterator[str]:
    """Yield what is wrong: a file that is neither indexed nor reported, or indexed wrongly."""
    files = regular_files(folder)
    known = {source.path.encode(): source for source in indexed}
    reported = {each.path for each in skipped}
    visible = [file for file in files if not file.is_hidden]
    for path in known.keys() - {file.path for file in visible}:
        yield f"{path!r} is indexed and is no visible file"
    for file in visible:
        source = known.get(file.path)
        if source is not None:
            yield from _wrong_source(folder, file, source)
        elif not _is_reported(file.reported, reported):
            yield f"{file.path!r} is neither indexed nor reported"


def _wrong_source(folder: Path, file: RegularFile, source: SourceFile) -> Iterator[str]:
    found = (folder / os.fsdecode(file.path)).lstat()
    expected = (file.size_bytes, file.inode, found.st_mtime_ns, found.st_ctime_ns)
    if (source.size_bytes, source.inode, source.mtime_ns, source.ctime_ns) != expected:
        yield f"{file.path!r} is indexed as {source}, not as {expected}"


def _is_reported(path: str, reported: set[str]) -> bool:
    """Return whether the file or a folder above it is reported."""
    above = [path[: place + 1] for place, letter in enumerate(path) if letter == "/"]
    return path in reported or not reported.isdisjoint(above)
