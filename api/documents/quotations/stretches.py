"""Stretches of documents' text, which know where they begin in every unit."""

from dataclasses import dataclass

from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.spans import Span, bom_length, byte_length, utf16_length

__all__ = ["PlaceInUnits", "Stretch", "stored_stretch"]


@dataclass(frozen=True, slots=True)
class PlaceInUnits:
    """A place in bytes of the file, in UTF-16 units, and in lines counted from 1.

    A text that was extracted from its file has no bytes of its own.
    """

    byte_span: Span | None
    utf16_span: Span
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text from `start` on; the other numbers say the same in other units."""

    text: str
    encoding: str | None
    start: int
    byte_start: int
    utf16_start: int
    line: int

    @classmethod
    def whole(cls, text: str, encoding: str | None) -> "Stretch":
        return cls(text, encoding, 0, bom_length(encoding), 0, 1)

    def of(self, span: Span) -> str:
        """Return the text of a span of the document."""
        return span.shifted(-self.start).of(self.text)

    def place(self, span: Span) -> PlaceInUnits:
        """Return a span of the document in every unit."""
        before, text = self.of(Span(self.start, span.start)), self.of(span)
        byte = self.byte_start + byte_length(before, self.encoding)
        utf16 = self.utf16_start + utf16_length(before)
        line = self.line + before.count("\n")
        return PlaceInUnits(
            Span(byte, byte + byte_length(text, self.encoding)) if self.encoding else None,
            Span(utf16, utf16 + utf16_length(text)),
            # A line end belongs to the line that it ends.
            (line, line + text[:-1].count("\n")),
        )


def stored_stretch(snapshot: Snapshot, stored: StoredDocument, span: Span) -> Stretch:
    """Return the indexed text of a document around a span."""
    pieces = snapshot.pieces(stored, span)
    first = pieces[0]
    # The offsets of a passage are those of its start, and blanks may precede the first one.
    before = first.piece[: first.start - first.piece_start]
    return Stretch(
        "".join(each.piece for each in pieces),
        stored.encoding,
        first.piece_start,
        first.byte_start - byte_length(before, stored.encoding),
        first.utf16_start - utf16_length(before),
        first.line_start - before.count("\n"),
    )
