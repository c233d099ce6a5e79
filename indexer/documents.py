"""The values that flow from a folder into the index, and the public ids of two of them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.spans import Span

__all__ = [
    "Candidate",
    "Description",
    "Document",
    "EncodingSource",
    "ExtractedText",
    "Heading",
    "Passage",
    "ScoredRows",
    "SkipReason",
    "SkippedFile",
    "SourceFile",
    "TitleSource",
    "calendar_us",
    "document_id",
    "moment_us",
    "passage_id",
    "text_between",
]


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# The first and the last microsecond of the years 1 to 9999, since the epoch.
FIRST_US = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
LAST_US = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND


class SkipReason(StrEnum):
    """Why a file of the folder is not in the index."""

    BINARY = "binary"
    TOO_LARGE = "too large"
    UNREADABLE = "unreadable"
    UNDECODABLE = "undecodable"
    EMPTY = "empty"
    IGNORED = "ignored"
    NAME = "name"
    TEMPORARY = "temporary"
    # Of files that are more than text.
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    NO_TEXT = "no text"
    TOO_COSTLY = "too costly"
    UNSUPPORTED = "unsupported"


class TitleSource(StrEnum):
    """Where the title of a document comes from.

    `OPENING`: neither the document nor its file has a name that says anything, so these are the
    first words of its text. They are shown, but have no weight in a search.
    """

    DOCUMENT = "document"
    FILE_NAME = "file_name"
    OPENING = "opening"


class EncodingSource(StrEnum):
    """How the encoding of a document was found; only `DETECTED` is a guess."""

    BOM = "bom"
    UTF_8 = "utf-8"
    DECLARED = "declared"
    DETECTED = "detected"
    CONFIGURED = "configured"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file found under the indexed folder, as its directory entry describes it.

    `path` is relative to the folder, POSIX style. Times are nanoseconds since the epoch. Numbers
    are as the file system gives them: times and inodes may need more than 64 bits.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not indexed. `detail` adds to the reason where there is more to say.

    `format` is the name of its format, if it is one of those that are read. `source`, `read_ns` and
    `reader` say which state of the file was read when, and by which reader and engine, so that it
    need not be read again.
    """

    path: str
    reason: SkipReason
    detail: str = ""
    format: str = ""
    source: SourceFile | None = field(default=None, compare=False)
    read_ns: int = field(default=0, compare=False)
    reader: str = field(default="", compare=False)


class Description(NamedTuple):
    """What is known about a document beside its title. `published` is an ISO 8601 date or time."""

    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    source_url: str | None = None
    language: str | None = None


NOTHING_KNOWN = Description()


class Heading(NamedTuple):
    """A heading of a document. `start` is the start of its line, in code points."""

    start: int
    level: int
    title: str


class ExtractedText(NamedTuple):
    """How the text of a file that is more than text was found.

    The same bytes give the same text as long as `reader` and `engine` are the same. `encoding` is
    the one that a person had given for the file, if any.
    `repeated` are menus, running headers and the like. `map` are the pieces of the text with their
    places in the file, packed.
    """

    format: str
    reader: str
    engine: str
    text_sha256: str
    map: bytes
    warnings: tuple[str, ...] = ()
    encoding: str | None = None
    repeated: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one source file.

    Without an `extraction`, `text` is exactly `content.decode(encoding)`: nothing is normalised or
    replaced. Else `encoding` is None, because the text is not the decoded file. `headings` are in
    the order of the text. `body_start` is where the text proper starts, in code points: what is
    before it is front matter, which is data.
    """

    path: str
    text: str
    encoding: str | None
    media_type: str
    title: str
    sha256: str
    headings: tuple[Heading, ...] = ()
    title_source: TitleSource = TitleSource.DOCUMENT
    encoding_source: EncodingSource = EncodingSource.UTF_8
    body_start: int = 0
    extraction: ExtractedText | None = None
    description: Description = NOTHING_KNOWN

    @property
    def text_type(self) -> str:
        """The media type of the text, which is not that of the file if it is extracted."""
        return self.media_type if self.extraction is None else "text/plain"


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of one document that is ranked and returned.

    `heading` is the path of headings above the passage, outermost first, joined by " > "; inside a
    table, the last one is its header row. `repeated` are the sentences inside it that also occur
    earlier in the document, word for word, or in many files of its folder, front matter, and
    encoded data such as base64. They weigh little and are not embedded. `windows` are in order, one
    to three sentences or short records each; together they cover all the other sentences.
    """

    span: Span
    heading: str
    windows: tuple[Span, ...]
    repeated: tuple[Span, ...] = ()

    def content(self, text: str) -> str:
        """Return the passage without its `repeated` parts, which is what is embedded."""
        repeated = [edge for span in self.repeated for edge in (span.start, span.end)]
        return text_between(text, [self.span.start, *repeated, self.span.end])

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
    """The row of a passage in the store, with one retriever's score. Higher is better."""

    row: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """The rows that a retriever found and their scores, as arrays of shape (n,).

    They are arrays because a retriever finds hundreds of rows and only ten are shown. Iterating
    yields candidates one by one.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Candidate]:
        return map(Candidate, self.rows.tolist(), self.scores.tolist())


def calendar_us(time_ns: int) -> int:
    """Return the time of a file in microseconds since the epoch, inside the years 1 to 9999.

    File systems allow times that no calendar does; they become its first or its last moment. A
    microsecond is the smallest step of a date in a filter. 64 bits hold every one of the calendar,
    which they do not for nanoseconds.
    """
    return min(max(time_ns // 1_000, FIRST_US), LAST_US)


def moment_us(published: str) -> int | None:
    """Return a date or time in ISO 8601 in microseconds since the epoch; None if it is none.

    Without a time zone, it is taken to be in UTC.
    """
    for text in (published, published[: len("2024-06-01")]):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (zoned - EPOCH) // MICROSECOND
    return None


def text_between(text: str, edges: Sequence[int]) -> str:
    """Return the parts of a text from each even edge to the next one.

    The edges are the start of the passage, the start and end of each repeated span in it, and the
    end of the passage.
    """
    parts = zip(edges[::2], edges[1::2], strict=True)
    return "".join([text[start:end] for start, end in parts])


def document_id(path: str) -> str:
    """Return the public id of the document at this relative path."""
    return hashlib.sha256(path.encode()).hexdigest()[:16]


def passage_id(document_id: str, sha256: str, span: Span) -> str:
    """Return the public id of a passage, which stays the same while its file is unchanged.

    `document_id` is the id of its document; `sha256` is the hash of the file.
    """
    described = f"{sha256},{span.start},{span.end}"
    return f"{document_id}-{hashlib.sha256(described.encode()).hexdigest()[:12]}"
