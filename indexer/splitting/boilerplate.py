"""Find lines that many files of a folder repeat: menus, notices, licences, headlines. Pure.

A folder, with everything below it, is judged by a sample of its files. A line that occurs in a
quarter of them is repeated there. Such a line is found by its words like any other, but it weighs
little and is not embedded.

The sample depends on the paths of the files, and the lines depend on the content of the sample. So
both follow from the current state of the folder, not from its history, and a change of one file
seldom affects them.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from indexer.spans import Span

__all__ = [
    "FEWEST_FILES",
    "SAMPLE_FILES",
    "Boilerplate",
    "FolderLines",
    "folder_of",
    "folders_above",
    "lines_of",
    "repeated_blocks",
    "repeated_lines",
    "sample_hash",
    "sampling_key",
]

# A line in half of the files is found with a probability of 0.999, a line in a tenth of them with
# 0.01.
SAMPLE_FILES = 32
LEAST_SHARE = 0.25
FEWEST_FILES = 6
# Shorter blocks repeat by chance: "Yes.", "Paris".
SHORTEST_BLOCK = 20
# A document with a smaller share of its own text is a copy or a version of another one. It is
# folded with the other when both are found, and must be found when the other is filtered out.
LEAST_REST = 0.2
# Menus and notices are at the top and the bottom, and a file may have any length.
EDGE_CHARS = 20_000
SAMPLE_HASH_DIGITS = 16

WORD = re.compile(r"[^\W_]")


class FolderLines(NamedTuple):
    """The lines repeated in a folder.

    `sample` is the hash of the files in the sample, or empty if one of them has changed since.
    """

    sample: str
    lines: frozenset[str]


class Boilerplate:
    """The repeated lines of every folder.

    The name of a folder ends with a slash; the name of the top folder is empty. A folder without
    an entry has too few documents.
    """

    def __init__(self, folders: Mapping[str, FolderLines] | None = None) -> None:
        self.folders = dict(folders or {})
        self._last: tuple[str, frozenset[str]] | None = None

    def lines(self, folder: str) -> frozenset[str]:
        """Return the lines that are repeated in this folder."""
        return self.folders[folder].lines if folder in self.folders else frozenset()

    def lines_around(self, path: str) -> frozenset[str]:
        """Return the lines that are repeated in any of the folders above a file."""
        folder = folder_of(path)
        # Files are asked for folder by folder, so the last answer usually serves again.
        if self._last is None or self._last[0] != folder:
            self._last = folder, frozenset[str]().union(*map(self.lines, folders_above(folder)))
        return self._last[1]

    def with_unsettled(self, paths: Iterable[str]) -> "Boilerplate":
        """Return the same lines without the hashes of samples that may include these files."""
        changed = {folder for path in paths for folder in folders_above(path)}
        return Boilerplate(
            {
                folder: lines._replace(sample="") if folder in changed else lines
                for folder, lines in self.folders.items()
            }
        )

    def to_json(self) -> str:
        values = {
            folder: {"sample": found.sample, "lines": sorted(found.lines)}
            for folder, found in self.folders.items()
        }
        return json.dumps(values, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Boilerplate":
        return cls(
            {
                folder: FolderLines(entry["sample"], frozenset(entry["lines"]))
                for folder, entry in json.loads(text).items()
            }
        )


def folder_of(path: str) -> str:
    """Return the folder of the file, with its slash."""
    return path[: path.rfind("/") + 1]


def folders_above(path: str) -> list[str]:
    """Return the folders above the file, outermost first. For a folder, it is the last one."""
    return ["", *(path[: slash.end()] for slash in re.finditer("/", path))]


def sampling_key(path: str) -> bytes:
    """Return the key that orders the files of a folder for its sample, effectively at random."""
    return hashlib.blake2b(path.encode(), digest_size=8).digest()


def sample_hash(contents: Mapping[str, str]) -> str:
    """Return the hash of a sample, given the sha256 of the content of each file."""
    described = json.dumps(sorted(contents.items()))
    return hashlib.sha256(described.encode()).hexdigest()[:SAMPLE_HASH_DIGITS]


def lines_of(text: str) -> frozenset[str]:
    """Return the lines that could be repeated: those with a word, stripped of blanks."""
    lines = {line.strip() for edge in _edges(text) for line in edge.of(text).splitlines()}
    return frozenset([line for line in lines if WORD.search(line)])


def repeated_lines(sample: Collection[Iterable[str]]) -> frozenset[str]:
    """Return the lines that occur in enough files of a sample, given the lines of each file."""
    least = max(FEWEST_FILES, LEAST_SHARE * len(sample))
    counts = Counter(line for lines in sample for line in lines)
    return frozenset([line for line, count in counts.items() if count >= least])


def repeated_blocks(text: str, repeated: Container[str]) -> list[Span]:
    """Return the runs of repeated lines in a document.

    Blank lines, rules and other lines without a word between two repeated lines belong to the
    block.
    """
    chars = 0
    blocks: list[_Block] = []
    for edge in _edges(text):
        lines = edge.of(text).splitlines(keepends=True)
        contents = [line.strip() for line in lines]
        chars += sum(map(len, contents))
        places = [place for place, content in enumerate(contents) if content in repeated]
        if places:
            starts = list(accumulate(map(len, lines), initial=edge.start))
            blocks.extend(_blocks(contents, starts, places, text))
    rest = chars - sum(block.chars for block in blocks)
    return [block.span for block in blocks] if rest >= LEAST_REST * chars else []


class _Block(NamedTuple):
    """A run of whole lines. `chars` is the number of characters in its repeated lines."""

    span: Span
    chars: int


def _blocks(
    contents: Sequence[str], starts: Sequence[int], repeated: Sequence[int], text: str
) -> Iterator[_Block]:
    """Yield the blocks that are long enough.

    `repeated` are the numbers of the repeated lines; `starts` are the starts of all lines.
    """
    first, chars = repeated[0], 0
    for place, following in pairwise([*repeated, len(contents)]):
        chars += len(contents[place])
        if following == len(contents) or any(map(WORD.search, contents[place + 1 : following])):
            if chars >= SHORTEST_BLOCK:
                last_line = text[starts[place] : starts[place + 1]]
                yield _Block(Span(starts[first], starts[place] + len(last_line.rstrip())), chars)
            first, chars = following, 0


def _edges(text: str) -> list[Span]:
    """Return the parts of the text that are examined, in whole lines: all of it, or both ends."""
    if len(text) <= 2 * EDGE_CHARS:
        return [Span(0, len(text))]
    top = text.rfind("\n", 0, EDGE_CHARS) + 1
    bottom = text.find("\n", len(text) - EDGE_CHARS) + 1
    return [Span(0, top), Span(bottom or len(text), len(text))]
