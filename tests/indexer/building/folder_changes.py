"""Random histories of a folder for property tests: files appear, change, move, age and vanish."""

import os
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

__all__ = ["AGED_NS", "FolderChange", "Remove", "Rename", "Touch", "Write", "contents", "histories"]

# Long before every build, so that the file's directory entry can be trusted.
AGED_NS = 1_600_000_000_000_000_000

NAMES = ["a.txt", "b.md", "b/c.txt", "b/d.rst", "b/e/f.txt", "b/e/g.md", "e.log", "Ü\n北.txt"]
LINES = [
    "Wolves hunted at night under the moon.",
    "The river froze, and the wolf crossed the river on the ice.",
    "A headline that stands on every page of this site",  # long enough to be a repetition
    "We use cookies to count how many wolves read this.",
    "The end of the moon.",
    "# Wolves",
    "## Of the river",
    "CVE-2024-1234 is fixed in release 2.4.1 of snake_case.",
    "北约联盟将继续。联盟",
    "cafe\u0301 \U0001f43a na\u00efve",
    "",
    "   ",
    "yes",
]
ODD_CONTENTS = [
    b"",
    b"  \r\n ",
    b"\0binary",
    "Größe und Maß\n".encode("latin-1") * 3,
    b"\xef\xbb\xbfwolf",
]


@dataclass(frozen=True, slots=True)
class Write:
    name: str
    content: bytes
    aged: bool

    def apply(self, folder: Path) -> None:
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)
        if self.aged:
            os.utime(path, ns=(AGED_NS, AGED_NS))


@dataclass(frozen=True, slots=True)
class Rename:
    name: str
    to: str

    def apply(self, folder: Path) -> None:
        if (folder / self.name).exists():
            (folder / self.to).parent.mkdir(parents=True, exist_ok=True)
            (folder / self.name).rename(folder / self.to)


@dataclass(frozen=True, slots=True)
class Remove:
    name: str

    def apply(self, folder: Path) -> None:
        (folder / self.name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Touch:
    name: str
    mtime_ns: int

    def apply(self, folder: Path) -> None:
        if (folder / self.name).exists():
            os.utime(folder / self.name, ns=(self.mtime_ns, self.mtime_ns))


FolderChange = Write | Rename | Remove | Touch

_names = st.sampled_from(NAMES)
contents = st.lists(st.sampled_from(LINES), min_size=1, max_size=12).map(
    lambda lines: "\n".join(lines).encode()
) | st.sampled_from(ODD_CONTENTS)
_writes = st.builds(Write, _names, contents, st.booleans())
_changes: st.SearchStrategy[FolderChange] = (
    _writes
    | st.builds(Rename, _names, _names)
    | st.builds(Remove, _names)
    | st.builds(Touch, _names, st.sampled_from([AGED_NS, AGED_NS + 1, AGED_NS * 2]))
)

histories: st.SearchStrategy[list[list[FolderChange]]] = st.tuples(
    st.lists(_writes, min_size=1, max_size=8), st.lists(st.lists(_changes, max_size=4), max_size=4)
).map(lambda parts: [list(parts[0]), *parts[1]])
"""What happens to the folder before the first build, before the second, and so on."""
