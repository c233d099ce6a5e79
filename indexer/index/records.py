"""The records of the passage store: what a row holds, and whether it is as it was written.

Each row has a checksum of its own, so that damage is noticed where it is read.
"""

import struct
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from indexer.documents import Document, Passage, SourceFile, passage_id
from indexer.errors import IndexDamaged
from indexer.spans import Span, bom_length, byte_length, utf16_length

__all__ = [
    "DOCUMENT_FIELDS",
    "PASSAGE_FIELDS",
    "NewDocument",
    "NewPassage",
    "PassageRecord",
    "SearchedPassage",
    "StoredDocument",
    "StoredPassage",
    "damaged",
    "document_checksum",
    "document_values",
    "new_document",
    "numbered",
    "passage_checksum",
    "piece_of",
    "searched_passage",
    "sound_document",
    "sound_passage",
    "stored_document",
    "stored_passage",
]

DOCUMENT_FIELDS = (
    "document, id, path, title, sha256, encoding, media_type, size_bytes, mtime_ns, ctime_ns,"
    " inode, read_ns, length, first_row, passages, repeated_title, checksum"
)
PASSAGE_FIELDS = (
    "row, document, start, end, heading, windows, repeated, text_start, text, byte_start,"
    " utf16_start, line_start, embedding, signature, checksum"
)
# Six columns of a passage that are numbers, and the lengths of the six others.
PASSAGE_NUMBERS = struct.Struct("<12q")
# Where it stands: its row and its document.
PASSAGE_PLACE = struct.Struct("<2q")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it was indexed. `first_row` and `passages` say which rows are its own.

    `repeated_title`: its title is one of the lines that are repeated in its folder.
    """

    document: int
    id: str
    path: str
    title: str
    sha256: str
    encoding: str
    media_type: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    read_ns: int
    length: int
    first_row: int
    passages: int
    repeated_title: bool = False

    def with_text(self, text: str) -> Document:
        """Return the document as if this were its text: a piece of it, for instance."""
        return Document(self.path, text, self.encoding, self.media_type, self.title, self.sha256)

    def passage_id(self, span: Span) -> str:
        """Return the public id of the passage of the document that has this span."""
        return passage_id(self.id, self.sha256, span)

    @property
    def source(self) -> SourceFile:
        return SourceFile(self.path, self.size_bytes, self.mtime_ns, self.ctime_ns, self.inode)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its text and where it starts in every unit.

    `piece` is the document's text from `piece_start` on; it holds the passage and the blanks
    behind it, up to the next passage.
    """

    row: int
    document: int
    span: Span
    heading: str
    windows: tuple[Span, ...]
    repeated: tuple[Span, ...]
    piece_start: int
    piece: str
    byte_start: int
    utf16_start: int
    line_start: int
    embedding: bytes | None
    signature: bytes

    @property
    def text(self) -> str:
        return self.piece[self.span.start - self.piece_start : self.span.end - self.piece_start]

    @property
    def in_piece(self) -> Passage:
        """The passage with its spans counted from the start of the piece."""
        return Passage(
            self.span.shifted(-self.piece_start),
            self.heading,
            tuple([span.shifted(-self.piece_start) for span in self.windows]),
            tuple([span.shifted(-self.piece_start) for span in self.repeated]),
        )

    @property
    def content(self) -> str:
        """What is searched of the passage: its text without what is repeated."""
        return self.in_piece.content(self.piece) if self.repeated else self.text


class SearchedPassage(NamedTuple):
    """What the lexical index holds of a stored passage."""

    row: int
    heading: str
    content: str


class NewPassage(NamedTuple):
    """A passage to be written, with what was computed from it.

    `embedding` is the key of its vectors, whether they are there or not.
    """

    passage: Passage
    embedding: bytes | None
    signature: bytes


class PassageRecord(NamedTuple):
    """The columns of a passage to be written, but for its row and its document.

    `checksum` is that of all others.
    """

    start: int
    end: int
    heading: str
    windows: bytes
    repeated: bytes
    text_start: int
    text: str
    byte_start: int
    utf16_start: int
    line_start: int
    embedding: bytes | None
    signature: bytes
    checksum: int


class NewDocument(NamedTuple):
    """A document to be written, with all that does not depend on what else is in the store."""

    path: str
    title: str
    sha256: str
    encoding: str
    media_type: str
    length: int
    repeated_title: bool
    records: list[PassageRecord]


def new_document(
    document: Document, passages: Sequence[NewPassage], *, repeated_title: bool = False
) -> NewDocument:
    """Return the document as it is written; its passages are in the order of the text."""
    return NewDocument(
        document.path,
        document.title,
        document.sha256,
        document.encoding,
        document.media_type,
        len(document.text),
        repeated_title,
        list(_passage_records(document, passages)),
    )


def document_values(stored: StoredDocument) -> tuple[Any, ...]:
    return (
        *(stored.document, stored.id, stored.path, stored.title, stored.sha256, stored.encoding),
        *(stored.media_type, stored.size_bytes, stored.mtime_ns, stored.ctime_ns, stored.inode),
        *(stored.read_ns, stored.length, stored.first_row, stored.passages),
        int(stored.repeated_title),
    )


def document_checksum(document_values: tuple[Any, ...]) -> int:
    """Return the checksum of the columns of a document, up to those of its generations."""
    return zlib.crc32(repr(document_values).encode())


def stored_document(row: tuple[Any, ...], path: Path) -> StoredDocument:
    return StoredDocument(*sound_document(row, path))


def sound_document(row: tuple[Any, ...], path: Path) -> tuple[Any, ...]:
    """Return the columns of a document but for the checksum. Raises IndexDamaged if it is wrong."""
    values = row[:-1]
    if row[-1] != document_checksum(values):
        raise damaged(path, "document", row[0])
    return values


def numbered(records: Sequence[PassageRecord], stored: StoredDocument) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the passages of a document."""
    document = stored.document
    for row, record in enumerate(records, start=stored.first_row):
        checksum = zlib.crc32(PASSAGE_PLACE.pack(row, document), record.checksum)
        yield (row, document, *record[:-1], checksum)


def _passage_records(document: Document, passages: Sequence[NewPassage]) -> Iterator[PassageRecord]:
    """Yield the records of the passages, counting every unit forward from one to the next."""
    byte_start = bom_length(document.encoding)
    utf16_start, line_start = 0, 1
    counted = 0
    for number, (passage, embedding, signature) in enumerate(passages):
        before = document.text[counted : passage.span.start]
        byte_start += byte_length(before, document.encoding)
        utf16_start += utf16_length(before)
        line_start += before.count("\n")
        counted = passage.span.start
        last = number + 1 == len(passages)
        piece_end = len(document.text) if last else passages[number + 1].passage.span.start
        piece_start = 0 if number == 0 else passage.span.start
        values = (
            *(passage.span.start, passage.span.end, passage.heading),
            *(_packed(passage.windows), _packed(passage.repeated), piece_start),
            *(document.text[piece_start:piece_end], byte_start, utf16_start, line_start),
            *(embedding, signature),
        )
        yield PassageRecord(*values, _record_checksum(values))


def stored_passage(values: tuple[Any, ...]) -> StoredPassage:
    number, document, start, end, heading, windows, repeated, piece_start, piece, *rest = values
    return StoredPassage(
        number,
        document,
        Span(start, end),
        heading,
        _unpacked(windows),
        _unpacked(repeated),
        piece_start,
        piece,
        *rest,
    )


def searched_passage(values: tuple[Any, ...]) -> SearchedPassage:
    # As StoredPassage.content says, at half of the cost: of large corpora all are read at times.
    number, _, start, end, heading, _, repeated, piece_start, piece, *_ = values
    edges = [edge - piece_start for edge in (start, *array("I", repeated), end)]
    parts = [piece[first:last] for first, last in zip(edges[::2], edges[1::2], strict=True)]
    return SearchedPassage(number, heading, "".join(parts))


def piece_of(values: tuple[Any, ...]) -> str:
    *_, piece, _, _, _, _, _ = values
    return str(piece)


def sound_passage(row: tuple[Any, ...], path: Path) -> tuple[Any, ...]:
    """Return the columns of a passage but for the checksum. Raises IndexDamaged if it is wrong."""
    values, checksum = row[:-1], row[-1]
    try:
        found = passage_checksum(values)
    except (struct.error, AttributeError, TypeError):
        # A damaged record may hold values of other types.
        found = None
    if checksum != found:
        raise damaged(path, "passage", row[0])
    return values


def damaged(path: Path, kind: str, key: object) -> IndexDamaged:
    return IndexDamaged(f"{path}: the record of {kind} {key} is damaged; run reindex.py --full")


def passage_checksum(values: tuple[Any, ...]) -> int:
    """Return the checksum of all columns: of what the passage is, then of where it stands."""
    return zlib.crc32(PASSAGE_PLACE.pack(*values[:2]), _record_checksum(values[2:]))


def _record_checksum(values: tuple[Any, ...]) -> int:
    """Return the checksum of the columns of a record, each with its length."""
    start, end, heading, windows, repeated, text_start, text, *rest = values
    byte_start, utf16_start, line_start, embedding, signature = rest
    numbers = (start, end, text_start, byte_start, utf16_start, line_start)
    parts = (heading.encode(), windows, repeated, text.encode(), embedding or b"", signature)
    lengths = map(len, parts)
    return zlib.crc32(b"".join((PASSAGE_NUMBERS.pack(*numbers, *lengths), *parts)))


def _packed(spans: Sequence[Span]) -> bytes:
    return array("I", [edge for span in spans for edge in (span.start, span.end)]).tobytes()


def _unpacked(packed: bytes) -> tuple[Span, ...]:
    edges = array("I", packed)
    return tuple(map(Span, edges[::2], edges[1::2]))
