"""The only way in which a reader makes a text. It compares each piece with its source.

Blanks, tabs and breaks are asked for, and written when more text follows on the line or after it.
So no line ends with a blank, and there is never more than one empty line.
"""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.pieces import (
    LIMITS,
    NO_METADATA,
    Box,
    Extraction,
    Limits,
    Mark,
    MarkKind,
    Metadata,
    NotExtracted,
    Piece,
    PieceKind,
    Place,
)
from indexer.reading.extraction.reconstruction import decoded
from indexer.spans import Span, merge_spans

__all__ = ["TextBuilder"]

_VERBATIM = PieceKind.VERBATIM
_REFERENCE = PieceKind.REFERENCE
_ESCAPE = PieceKind.ESCAPE
_MERGED = frozenset({_VERBATIM, _REFERENCE})
# A heading that a page leaves open would be all that follows.
_LONGEST_HEADING = 300
_OF_ENGINES = frozenset({PieceKind.DRAWN, PieceKind.CELL})
# Longer sources are not compared with each reference that follows them.
_LONGEST_UNESCAPED = 4_096


class TextBuilder:
    """The text of one file so far."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.length = 0  # code points
        self._limits = limits
        self._parts: list[str] = []
        self._separator = ""
        self._pieces: list[Piece] = []
        self._boxes: list[Box] = []
        self._mergeable = False  # whether the last piece may grow into one of its own kind
        self._places: list[Place] = []
        self._sources: list[bytes | str] = []
        self._place = -1
        self._source: bytes | str = b""
        self._encoding = "utf-8"
        self._headings: list[Heading] = []
        self._heading: tuple[int, int] | None = None  # level and start
        self._marks: list[Mark] = []
        self._repeated: list[Span] = []
        self._warnings: list[str] = []
        # What begins with the next text: marks, a heading, repeated text.
        self._waiting_marks: list[tuple[MarkKind, str]] = []
        self._waiting_captions: list[tuple[int, str]] = []
        self._waiting_level = 0
        self._level_above = 0
        self._open_repeated: list[int] = []  # -1 until its text begins
        self._is_waiting = False

    # Places

    def place(self, place: Place, source: bytes | str = b"") -> int:
        """Take the next pieces from a new place; return its index.

        `source` is what its pieces count: bytes, or the text of a page as the engine gives it.
        """
        self._places.append(place)
        self._sources.append(source)
        self.enter(len(self._places) - 1)
        return self._place

    def enter(self, place: int) -> None:
        """Take the next pieces from an earlier place."""
        self._place = place
        self._source = self._sources[place]
        self._encoding = self._places[place].encoding
        self._mergeable = False

    # Text

    def add(
        self, kind: PieceKind, text: str, source_start: int, source_end: int, box: Box | None = None
    ) -> None:
        """Add a piece of text from the current place.

        Raises NotExtracted if that is not what the source says there, and for too much text.
        """
        if not text:
            return
        if kind in _OF_ENGINES:
            self._check_engine(kind, text, source_start, source_end)
        else:
            self._check_bytes(kind, text, source_start, source_end)
        separator = self._separator
        if separator and self.length:
            self._parts.append(separator)
            self.length += len(separator)
        self._separator = ""
        if self._is_waiting:
            self._begin()
        start = self.length
        end = self.length = start + len(text)
        self._parts.append(text)
        if not self._mergeable or not self._merged(kind, text, separator, source_start, source_end):
            piece = Piece(start, end, kind, self._place, source_start, source_end)
            self._pieces.append(piece)
            self._mergeable = kind in _MERGED
            if box is not None:
                self._boxes.append(box)
        if end > self._limits.text or len(self._pieces) > self._limits.pieces:
            raise NotExtracted(SkipReason.TOO_COSTLY, "it has too much text")

    def blank(self) -> None:
        """Ask for one blank, which appears if more text follows on the line."""
        if not self._separator:
            self._separator = " "

    def tab(self) -> None:
        """Ask for a tab, which appears if more text follows on the line."""
        if "\n" not in self._separator:
            self._separator = self._separator.strip(" ") + "\t"
        elif self._separator.count("\t") < self._limits.depth:
            # Empty cells at the start of a row.
            self._separator += "\t"

    def line_break(self, breaks: int = 1) -> None:
        """Ask for a new line; with 2 for a new paragraph, after an empty line."""
        self._separator = "\n" * max(min(breaks, 2), self._separator.count("\n"))

    @property
    def at_line_start(self) -> bool:
        """Return whether the next text begins a line."""
        return not self.length or "\n" in self._separator

    # Structure

    @property
    def headings(self) -> list[Heading]:
        """Return the headings so far that have ended."""
        return list(self._headings)

    def heading(self, level: int) -> None:
        """Begin a heading with the next text, in a paragraph of its own."""
        self.end_heading()
        self.line_break(2)
        self._waiting_level = self._level_above + level
        self._is_waiting = True

    @contextmanager
    def below(self, level: int) -> Iterator[None]:
        """Put the headings that begin in this context below one of this level."""
        self._level_above, before = level, self._level_above
        yield
        self.end_heading()
        self._level_above = before

    def end_heading(self) -> None:
        """End the heading, if there is one, and its paragraph."""
        if self._heading is not None:
            level, start = self._heading
            self._headings.append(Heading(start, level, self._text_from(start)))
            self.line_break(2)
        self._heading = None
        self._waiting_level = 0

    def caption(self, level: int, title: str) -> None:
        """Put the next text under a heading that is not in the text, such as a sheet's name."""
        above = [caption for caption in self._waiting_captions if caption[0] < level]
        self._waiting_captions = [*above, (level, title)]
        self._is_waiting = True

    def mark(self, kind: MarkKind, label: str) -> None:
        """Mark the next text as the first one of a page, a slide, a sheet and so on."""
        self._waiting_marks.append((kind, label))
        self._is_waiting = True

    @contextmanager
    def repeated(self) -> Iterator[None]:
        """Mark the text that is added in this context as repeated."""
        self.start_repeated()
        yield
        self.end_repeated()

    def start_repeated(self) -> None:
        """Mark the text from the next piece on as repeated, until the end of it."""
        self._open_repeated.append(-1)
        self._is_waiting = True

    def end_repeated(self) -> None:
        """End the repeated text that began last."""
        if (start := self._open_repeated.pop()) >= 0:
            self._repeated.append(Span(start, self.length))

    def mark_repeated(self, start: int, end: int) -> None:
        """Mark the text inside a span as repeated, without the break before it."""
        first = bisect_right(self._pieces, start, key=attrgetter("end"))
        if first < len(self._pieces) and (start := max(start, self._pieces[first].start)) < end:
            self._repeated.append(Span(start, end))

    def warn(self, warning: str) -> None:
        """Add a warning for people, once."""
        if warning not in self._warnings:
            self._warnings.append(warning)

    def finish(self, metadata: Metadata = NO_METADATA) -> Extraction:
        """Return what has been built. Raises NotExtracted if that is no text at all."""
        self.end_heading()
        while self._open_repeated:
            self.end_repeated()
        text = "".join(self._parts)
        if not text or text.isspace():
            raise NotExtracted(SkipReason.NO_TEXT)
        self._marks += [Mark(self.length, kind, label) for kind, label in self._waiting_marks]
        return Extraction(
            text=text,
            pieces=tuple(self._pieces),
            places=tuple(self._places),
            headings=tuple(self._headings),
            repeated=tuple(merge_spans(self._repeated)),
            marks=tuple(self._marks),
            metadata=metadata,
            warnings=tuple(self._warnings),
            boxes=tuple(self._boxes),
        )

    # Inside

    def _check_bytes(self, kind: PieceKind, text: str, start: int, end: int) -> None:
        source = self._source
        assert isinstance(source, bytes)
        if kind is _VERBATIM:
            try:
                found = source[start:end].decode(self._encoding)
            except UnicodeDecodeError:
                found = ""
        else:
            found = decoded(kind, self._places[self._place], source[start:end])
        if found != text or not 0 <= start < end <= len(source):
            raise self._not_there(text, start)
        if kind is _ESCAPE and _has_surrogates(text):
            raise self._not_there(text, start)

    def _check_engine(self, kind: PieceKind, text: str, start: int, end: int) -> None:
        drawn = self._source if kind is PieceKind.DRAWN else None
        known = not isinstance(drawn, str) or _is_drawn(drawn[start:end], text)
        if not known or start < 0 or end < 0 or _has_surrogates(text):
            raise self._not_there(text, start)

    def _not_there(self, text: str, start: int) -> NotExtracted:
        name = self._places[self._place].name
        where = f"{start:,} of {name!r}" if name else f"{start:,}"
        return NotExtracted(SkipReason.DAMAGED, f"{text[:40]!r} is not what is at {where}")

    def _merged(
        self, kind: PieceKind, text: str, separator: str, source_start: int, source_end: int
    ) -> bool:
        """Return whether the text, which has just been added, has become part of the last piece.

        It does if the source goes on in the same way as the text does.
        """
        last = self._pieces[-1]
        source = self._source
        if kind not in _MERGED or not isinstance(source, bytes):
            return False
        between = source[last.source_end : source_start]
        if last.source_end > source_start or between != separator.encode(self._encoding):
            return False
        if not kind is last.kind is _VERBATIM:
            if not self._unescapes_together(last, kind, source_start, source_end):
                return False
            kind = _REFERENCE
        self._pieces[-1] = Piece(
            last.start, self.length, kind, last.place, last.source_start, source_end
        )
        return True

    def _unescapes_together(self, last: Piece, kind: PieceKind, start: int, end: int) -> bool:
        """Return whether unescaping both sources at once gives the same as one after the other.

        It does if the last reference has ended and each `&` begins a reference.
        """
        source = self._source
        assert isinstance(source, bytes)
        if last.source_end - last.source_start > _LONGEST_UNESCAPED:
            return False
        before, after = source[last.source_start : last.source_end], source[start:end]
        if (last.kind is _VERBATIM and b"&" in before) or (kind is _VERBATIM and b"&" in after):
            return False
        reference = before.rfind(b"&")
        has_ended = reference < 0 or before.find(b";", reference) > 0
        # In UTF-16, other characters have these bytes too.
        return has_ended and not self._encoding.startswith("utf-16")

    def _begin(self) -> None:
        """Let everything that waits for text begin here."""
        start = self.length
        self._marks += [Mark(start, kind, label) for kind, label in self._waiting_marks]
        self._waiting_marks.clear()
        self._headings += [Heading(start, *caption) for caption in self._waiting_captions]
        self._waiting_captions.clear()
        if self._waiting_level:
            self._heading = (self._waiting_level, start)
            self._waiting_level = 0
        self._open_repeated = [start if each < 0 else each for each in self._open_repeated]
        self._is_waiting = False

    def _text_from(self, start: int) -> str:
        """Return the text from there on, on one line."""
        missing = self.length - start
        parts: list[str] = []
        for part in reversed(self._parts):
            if missing <= 0:
                break
            parts.append(part[-missing:])
            missing -= len(part)
        return " ".join("".join(reversed(parts)).split())[:_LONGEST_HEADING]


def _is_drawn(drawn: str, text: str) -> bool:
    """Return whether a page draws this: the engine counts UTF-16, so two beyond U+FFFF."""
    if drawn.isascii():
        return drawn == text
    return drawn.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") == text


def _has_surrogates(text: str) -> bool:
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
