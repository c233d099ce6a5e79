"""The values that flow from a folder into the index, and the public ids of two of them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.spans import Span

__all__ = [
    "Candidate",
    "Document",
    "Heading",
    "Passage",
    "ScoredRows",
    "SkipReason",
    "SkippedFile",
    "SourceFile",
    "document_id",
    "passage_id",
    "searched_text",
]


class SkipReason(StrEnum):
    """Why a file of the folder is not in the index."""

    BINARY = "binary"
    TOO_LARGE = "too large"
    UNREADABLE = "unreadable"
    UNDECODABLE = "undecodable"
    EMPTY = "empty"
    IGNORED = "ignored"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not indexed. `detail` says more than the reason where there is more to say."""

    path: str
    reason: SkipReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file found under the indexed folder, as its directory entry describes it.

    `path` is relative to the folder, POSIX style. Times are nanoseconds since the epoch.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class Heading(NamedTuple):
    """A heading of a document, and where the line that holds it starts, in code points."""

    start: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Document:
    """The decoded text of one source file.

    `text` is exactly `content.decode(encoding)`: nothing normalised, nothing replaced.
    `headings` are in the order of the text.
    """

    path: str
    text: str
    encoding: str
    media_type: str
    title: str
    sha256: str
    headings: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of one document that is ranked and returned.

    `heading` is the path of headings above the passage, outermost first, joined by " > ".
    `repeated` are the sentences inside it that stand earlier in the document, word for word, or in
    many files of its folder: part of the text, but not of what is searched. `windows` are one to
    three sentences each, in order; together they hold all others.
    """

    span: Span
    heading: str
    windows: tuple[Span, ...]
    repeated: tuple[Span, ...] = ()

    def content(self, text: str) -> str:
        """Return what is searched of the passage: its text without what is repeated."""
        repeated = [edge for span in self.repeated for edge in (span.start, span.end)]
        return searched_text(text, [self.span.start, *repeated, self.span.end])

    def content_windows(self) -> tuple[tuple[int, int], ...]:
        """Return the windows as offsets into `content`."""
        return tuple(
            (window.start - left_out, window.end - left_out)
            for window in self.windows
            for left_out in [
                self.span.start + sum(len(span) for span in self.repeated if span < window)
            ]
        )


class Candidate(NamedTuple):
    """A passage, by its row in the store, with one retriever's score; higher is better."""

    row: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """What a retriever found, in columns of shape (n,): hundreds of rows, of which ten are shown.

    Iterating yields them one by one.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Candidate]:
        return map(Candidate, self.rows.tolist(), self.scores.tolist())


def searched_text(text: str, edges: Sequence[int]) -> str:
    """Return what is searched of a passage: the text between each even edge and the next one.

    The edges are the start of the passage, those of each span in it that is repeated, and its end.
    """
    parts = zip(edges[::2], edges[1::2], strict=True)
    return "".join([text[start:end] for start, end in parts])


def document_id(path: str) -> str:
    """Return the public id of the document at this relative path."""
    return hashlib.sha256(path.encode()).hexdigest()[:16]


def passage_id(document_id: str, sha256: str, span: Span) -> str:
    """Return the public id of a passage, which holds while its file is unchanged.

    `document_id` is that of its document, and `sha256` the hash of the file.
    """
    described = f"{sha256},{span.start},{span.end}"
    return f"{document_id}-{hashlib.sha256(described.encode()).hexdigest()[:12]}"
