"""Folders that are costly to index, and the cost and result of indexing each."""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple

from indexer.command.reindex_process import start_reindex
from indexer.config import NO_MODEL
from scripts.benchmarking.figures.memory import PeakMemory

__all__ = ["CostlyFolder", "Indexed", "costly_folders", "index_folder"]

MEGABYTE = 1_000_000
CHUNK = 1 << 20
SUMMER = "L'été à la mer. ".encode("latin-1")


class CostlyFolder(NamedTuple):
    """`write` fills a folder. `refused` is the reason why its files are skipped, if they are."""

    name: str
    write: Callable[[Path], None]
    refused: str | None = None


class Indexed(NamedTuple):
    """The cost and result of indexing a folder; `error` is None if indexing finished."""

    seconds: float
    peak_megabytes: float
    outcome: str
    skipped: frozenset[str]
    error: str | None


def index_folder(folder: CostlyFolder, limit_s: float) -> Indexed:
    """Write the folder, index it with the real command, and return the cost and result."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "folder"
        root.mkdir()
        folder.write(root)
        try:
            return _index(root, Path(place) / "index", limit_s)
        finally:
            _remove(root)


def _index(root: Path, index: Path, limit_s: float) -> Indexed:
    began = time.monotonic()
    output, error = b"", None
    with start_reindex(root, index, NO_MODEL) as process, PeakMemory(process.pid) as memory:
        try:
            output, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.communicate()
            error = f"not done after {limit_s:.0f} s"
    seconds, peak = time.monotonic() - began, memory.peak.resident
    if error is None and process.returncode:
        error = f"exit code {process.returncode}"
    if error is not None:
        return Indexed(seconds, peak, error, frozenset(), error)
    report = json.loads(output)
    skipped = frozenset(each["reason"] for each in report["skipped"])
    outcome = f"{report['passages']:,} passages of {report['added']:,} files"
    if skipped:
        outcome += f"; {len(report['skipped']):,} skipped: {', '.join(sorted(skipped))}"
    return Indexed(seconds, peak, outcome, skipped, None)


def costly_folders(scale: float = 1.0) -> Iterator[CostlyFolder]:
    """Yield the folders; `scale` changes the size of all except those refused for their size."""

    # A path has at most 4,096 bytes, and a folder below that limit has no usable path.
    deep = "unreadable" if scale > 0.1 else None

    def times(number: int) -> int:
        return max(1, int(number * scale))

    def file(name: str, piece: str, number: int) -> Callable[[Path], None]:
        return lambda root: _write_repeated(root / name, piece.encode(), times(number))

    yield CostlyFolder("one line of 500 MB", _bytes(b"word ", 100 * MEGABYTE), "too large")
    yield CostlyFolder("one line of 60 MB", file("a.txt", "word ", 12 * MEGABYTE))
    yield CostlyFolder("one word of 60 MB", file("a.txt", "word", 15 * MEGABYTE))
    yield CostlyFolder("a million lines of a word", file("a.txt", "word\n", MEGABYTE))
    yield CostlyFolder("12 million lines of a letter", file("a.txt", "a\n\n", 12 * MEGABYTE))
    yield CostlyFolder("60 MB of blanks and a letter", _blanks(times(60 * MEGABYTE)))
    yield CostlyFolder("a million sentences", file("a.txt", "It is. ", MEGABYTE))
    yield CostlyFolder("60 MB of full stops", file("a.txt", ". ", 30 * MEGABYTE))
    yield CostlyFolder("a table of 4 million rows", file("a.csv", "1,2,3\n", 4 * MEGABYTE))
    yield CostlyFolder("100,000 quotations, nested", file("a.md", ">", 100_000))
    yield CostlyFolder("3,000 lists, nested", _nested_lists(times(3_000)))
    for bracket in "[(*_`<!":
        name = f"a million {bracket!r} in Markdown"
        yield CostlyFolder(name, file("a.md", f"# {bracket}a\n\n{bracket}", MEGABYTE // 8))
        yield CostlyFolder(f"{name}, together", file("a.md", bracket, MEGABYTE))
    yield CostlyFolder("a million headings", file("a.md", "# a\n", MEGABYTE))
    yield CostlyFolder("six levels of long headings", _long_headings(times(20_000)))
    yield CostlyFolder("a million fences", file("a.md", "```\n~~~~\n", MEGABYTE // 2))
    yield CostlyFolder("a million comments", file("a.md", "<!-- a\n", MEGABYTE))
    yield CostlyFolder("a million titles in reStructuredText", file("a.rst", "a\n=\n", MEGABYTE))
    yield CostlyFolder("a million adornments", file("a.rst", "====\n", MEGABYTE))
    yield CostlyFolder("a million combining marks", file("a.txt", "\u0301", MEGABYTE))
    yield CostlyFolder("10 million flags", file("a.txt", "\U0001f1f3", 10 * MEGABYTE))
    yield CostlyFolder("20 million Han characters", file("a.txt", "\u5317", 20 * MEGABYTE))
    yield CostlyFolder("60 MB in an old encoding", _bytes(SUMMER, times(3 * MEGABYTE)))
    yield CostlyFolder(
        "60 MB of bytes that are not text",
        _bytes(bytes(range(0x80, 0x100)), times(470_000)),
        "undecodable",
    )
    yield CostlyFolder("60 MB of NULs", _bytes(b"\0", times(60 * MEGABYTE)), "binary")
    yield CostlyFolder("100,000 files in a folder", _many_files(times(100_000), b"A ferry, %d."))
    yield CostlyFolder("20,000 skipped files", _many_files(times(20_000), b"\0%d"), "binary")
    yield CostlyFolder("30,000 nested folders", _deep_folders(times(30_000)), deep)
    yield CostlyFolder("files that never end", _endless_files, "unreadable")
    yield CostlyFolder("a sparse file of 10 GB", _sparse_file, "too large")
    yield CostlyFolder("a costly ignore file", _costly_ignore_file(times(2_000)))


def _write_repeated(path: Path, piece: bytes, times: int) -> None:
    at_once = max(1, CHUNK // len(piece))
    with path.open("wb") as file:
        for _ in range(times // at_once):
            file.write(piece * at_once)
        file.write(piece * (times % at_once))


def _bytes(piece: bytes, times: int) -> Callable[[Path], None]:
    return lambda root: _write_repeated(root / "a.txt", piece, times)


def _blanks(length: int) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        _write_repeated(root / "a.txt", b" \n", length // 2)
        with (root / "a.txt").open("ab") as file:
            file.write(b"a")

    return write


def _nested_lists(levels: int) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        with (root / "a.md").open("w") as file:
            file.writelines(f"{'  ' * level}- a\n" for level in range(levels))

    return write


def _long_headings(times: int) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        with (root / "a.md").open("w") as file:
            for number in range(times):
                file.write(f"{'#' * (number % 6 + 1)} {'long heading ' * 15}{number}\n\ntext\n\n")

    return write


def _many_files(number: int, content: bytes) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        for place in range(number):
            (root / f"{place}.txt").write_bytes(content % place)

    return write


def _deep_folders(levels: int) -> Callable[[Path], None]:
    """Make folders so deep that no path reaches them: a path has at most 4,096 bytes."""

    def write(root: Path) -> None:
        here = os.open(root, os.O_RDONLY)
        for _ in range(levels):
            _write_at(here, "a.txt", b"A ferry.")
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)

    return write


def _write_at(folder: int, name: str, content: bytes) -> None:
    file = os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=folder)
    os.write(file, content)
    os.close(file)


def _endless_files(root: Path) -> None:
    os.mkfifo(root / "pipe.txt")
    (root / "zeros.txt").symlink_to("/dev/zero")
    (root / "circle.txt").symlink_to(root / "circle.txt")
    listener = socket.socket(socket.AF_UNIX)
    here = os.open(".", os.O_RDONLY)
    try:
        # The absolute path may be too long for a socket.
        os.chdir(root)
        listener.bind("socket.txt")
    finally:
        os.fchdir(here)
        os.close(here)
        listener.close()


def _sparse_file(root: Path) -> None:
    with (root / "a.txt").open("wb") as file:
        file.truncate(10_000 * MEGABYTE)


def _costly_ignore_file(patterns: int) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        lines = [f"*a*a*a*{number}b" for number in range(patterns)]
        (root / ".spanlightignore").write_text("\n".join(lines))
        for place in range(100):
            (root / f"{'a' * 200}{place}.txt").write_text("A ferry.")

    return write


def _remove(root: Path) -> None:
    """Remove the folder, even if its contents are too deep for a path."""
    here = os.open(root, os.O_RDONLY)
    try:
        with suppress(FileNotFoundError):
            while True:
                # Move one level after the other up, so that none is too deep to remove.
                os.rename("d/d", "e", src_dir_fd=here, dst_dir_fd=here)
                rmtree("d", dir_fd=here)
                os.rename("e", "d", src_dir_fd=here, dst_dir_fd=here)
    finally:
        os.close(here)
    rmtree(root)
