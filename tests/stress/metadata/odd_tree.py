"""A folder whose entries have odd names, times, sizes, kinds, permissions and depths."""

import os
import random
import socket
import subprocess
from contextlib import chdir, suppress
from pathlib import Path

from indexer.reading.ignoring import IGNORE_FILE
from tests.wide_times import nanoseconds

__all__ = ["OddTree"]

# 32 and 64 bits of seconds and of nanoseconds end here, and so does the calendar.
TIMES_NS = [
    *map(nanoseconds, (1, 2, 1600, 1678, 1901, 1970, 2038, 2106, 2262, 2300, 2446, 9998, 9999)),
    *(-1, 0, 1, 2**31 * 10**9, -(2**31) * 10**9, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1),
    *(2**62 * 10**9, -(2**62) * 10**9),
]
NAMES = [
    *["-", "--help", "a b", " ", "end ", "line\nbreak.md", "tab\t", "\x1b[31mred", "a\\b", "con"],
    *["naïve 北 👍.txt", "\u202etxt.exe", "[a]*?.txt", "'\"<b>&amp;", "...", ".hidden", "~", "#x#"],
    *["n" * 255, "é" * 127, "CURRENT", "a.log", "100%", "x;y", "{}", "\\xff"],
    # Not UTF-8
    *map(os.fsdecode, [b"\xff\xfe", b"half\xc3", b"\xed\xa0\x80"]),
]
MODES = [0o000, 0o200, 0o400, 0o444, 0o600, 0o644, 0o777, 0o4755, 0o1777]
IGNORED = b"*.log\n/n*\n!nn*\n[\n"
# The last two are deeper than Python may recurse, and longer than the system lets a path be.
DEPTHS = [3, 3, 3, 40, 40, 400, 1_200, 4_000]
LONG_CHAIN = 60
HUGE_BYTES = 1 << 40


class OddTree:
    """A folder, and random changes to it. The same choices make the same tree."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.root = root
        self._chance = chance
        self._made = 0
        root.mkdir()

    def grow(self, entries: int) -> None:
        """Add entries of any kind. What the system refuses is left out."""
        for _ in range(entries):
            with suppress(OSError):
                self._add(self._new(self._chance.choice(self._folders())))

    def change(self, entries: int) -> None:
        """Alter, move and remove entries, and add some. What the system refuses is left out."""
        for _ in range(entries):
            found = self._entries()
            with suppress(OSError):
                self._change(self._chance.choice(found) if found else self.root / "nothing")

    def remove(self) -> None:
        subprocess.run(["rm", "-rf", "--", self.root], check=True)

    def _change(self, path: Path) -> None:
        chance = self._chance
        match chance.randrange(8):
            case 0:
                self._date(path)
            case 1 if not path.is_symlink():
                path.chmod(chance.choice(MODES))
            case 2:
                path.rename(self._new(chance.choice(self._folders())))
            case 3:
                # Trees this deep are too deep for Python's own function.
                subprocess.run(["rm", "-rf", "--", path], check=True)
            case 4:
                path.unlink()
                self._add(path)
            case 5 if path.is_file() and not path.is_symlink():
                self._write(path)
            case _:
                self._add(self._new(chance.choice(self._folders())))

    def _add(self, path: Path) -> None:
        chance = self._chance
        match chance.randrange(14):
            case 0:
                path.mkdir()
                self._date(path)
            case 1:
                self._descend(path, chance.choice(DEPTHS))
            case 2:
                path.symlink_to(chance.choice([".", "..", "nowhere", path.name]))
            case 3:
                self._chain(path)
            case 4:
                os.mkfifo(path)
            case 5:
                self._bind(path)
            case 6:
                self._write(path)
                os.truncate(path, chance.choice([0, 1, HUGE_BYTES]))
            case 7 if files := [each for each in self._entries() if each.is_file()]:
                path.hardlink_to(chance.choice(files))
            case 8 if chance.random() < 0.3:
                self._write(path.with_name(IGNORE_FILE), IGNORED)
            case _:
                self._write(path)
                path.chmod(chance.choice(MODES))
                self._date(path)

    def _write(self, path: Path, content: bytes | None = None) -> None:
        self._made += 1
        words = " ".join(self._chance.choices(["wolf", "moon", "river", "ice", "night"], k=9))
        path.write_bytes(content or f"Ferry {self._made} carries {words}.\n".encode())

    def _date(self, path: Path) -> None:
        time_ns = self._chance.choice(TIMES_NS)
        with suppress(OSError, OverflowError):
            os.utime(path, ns=(time_ns, time_ns), follow_symlinks=False)

    def _descend(self, path: Path, depth: int) -> None:
        """Make folders inside each other, with a file in the last one."""
        path.mkdir()
        descriptor = os.open(path, os.O_DIRECTORY)
        try:
            for _ in range(depth - 1):
                os.mkdir("d", dir_fd=descriptor)
                below = os.open("d", os.O_DIRECTORY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
            made = os.open("f.txt", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor)
            os.write(made, f"Ferry of depth {depth}.\n".encode())
            os.close(made)
        finally:
            os.close(descriptor)

    def _chain(self, path: Path) -> None:
        """Make links that lead to each other and at last to the folder itself."""
        path.mkdir()
        for number in range(LONG_CHAIN):
            (path / str(number)).symlink_to(str(number + 1))
        (path / str(LONG_CHAIN)).symlink_to("..")

    def _bind(self, path: Path) -> None:
        # By a relative name: the path of a socket may have only about a hundred bytes.
        name = os.fsencode(path.name)[:90]
        with chdir(path.parent), socket.socket(socket.AF_UNIX) as listening, suppress(OSError):
            listening.bind(name)

    def _new(self, folder: Path) -> Path:
        """Return a path in the folder where nothing is yet."""
        name = self._chance.choice(NAMES)
        while os.path.lexists(folder / name):
            self._made += 1
            name = f"{self._made}-{self._chance.choice(NAMES)[:60]}"
        return folder / name

    def _folders(self) -> list[Path]:
        """Return the folders near the top; those below have nothing but the end of a descent."""
        near = [each for each in self._entries() if each.is_dir() and not each.is_symlink()]
        return [self.root, *near]

    def _entries(self) -> list[Path]:
        """Return the entries of the top and of the folders in it, in a fixed order.

        The ignore file of the top is left alone. If it cannot be read, a build stops, because
        nobody knows what it may index.
        """
        found = [each for each in _listed(self.root) if each.name != IGNORE_FILE]
        return [*found, *(each for folder in found for each in _listed(folder))]


def _listed(folder: Path) -> list[Path]:
    if folder.is_symlink() or not folder.is_dir():
        return []
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
