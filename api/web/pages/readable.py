"""An extracted text as HTML that is pleasant to read, from which a browser restores the same text.

Headings, paragraphs and rows of tables become elements. Each element has the line breaks and tabs
after it inside, where a browser shows none of them.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from markupsafe import Markup

from api.web.pages.marked_text import Layer, mark_parts
from indexer.reading.extraction.maps import HeadingLine
from indexer.spans import Span

__all__ = ["Headings", "ReadableText"]

LOWEST = 6
# A line of prose on paper has more characters; a list, a table or an address has shorter ones.
PRINTED_LINE = 40
LINE = re.compile("[^\n]*(?:\n|$)")
CELL = re.compile("[^\t]*(?:\t|$)")
ROW = Markup("<tr>{}</tr>")
TABLE = Markup(
    '<div class="table" role="group" aria-label="Table" tabindex="0">'
    "<table><tbody>{}</tbody></table></div>"
)


class _Kind(Enum):
    """What a block of the text is."""

    BLANK = "blank"
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ROW = "row"


class _Block(NamedTuple):
    """A run of the text that becomes one element; blank lines become none."""

    kind: _Kind
    span: Span
    level: int = 0


class Headings:
    """The elements of headings. Each is at most one level below the one before."""

    def __init__(self, lines: Sequence[HeadingLine], *, highest: int) -> None:
        self._lines = lines
        self._highest = highest
        self._last = highest

    def level_at(self, line: Span) -> int:
        """Return the level of the heading in a line of the text, from 1; 0 if there is none."""
        number = bisect_left(self._lines, line.start, key=attrgetter("start"))
        found = self._lines[number : number + 1]
        return found[0].level if found and found[0].start < line.end else 0

    def begin(self) -> None:
        """Begin a section, whose title is above the highest heading."""
        self._last = self._highest - 1

    def element(self, level: int) -> str:
        self._last = min(self._highest + level - 1, self._last + 1, LOWEST)
        return f"h{self._last}"


class ReadableText:
    """Writes parts of a text, in order.

    The lines of a `printed` text are as long as its paper is wide, so its paragraphs get others.
    """

    def __init__(
        self,
        text: str,
        offset: int,
        layers: Sequence[Layer],
        headings: Headings,
        *,
        printed: bool = False,
    ) -> None:
        self._printed = printed
        self._text = text
        self._offset = offset
        self._layers = layers
        self._headings = headings

    def sections(self, spans: Sequence[Span]) -> list[Markup]:
        """Return each part as HTML; they are together the whole text, and some may be empty."""
        blocks = [list(self._blocks(span)) for span in spans]
        runs = [run for found in blocks for block in found for run in self._runs(block)]
        parts = iter(
            mark_parts(self._text, self._offset, self._layers, [run.start for run in runs[1:]])
        )
        return [self._section(found, parts) for found in blocks]

    def _section(self, blocks: Sequence[_Block], parts: Iterator[Markup]) -> Markup:
        self._headings.begin()
        elements: list[Markup] = []
        for kind, members in groupby(blocks, key=lambda block: block.kind):
            found = [self._element(block, parts) for block in members]
            elements += [TABLE.format(Markup("").join(found))] if kind is _Kind.ROW else found
        return Markup("").join(elements)

    def _element(self, block: _Block, parts: Iterator[Markup]) -> Markup:
        match block.kind:
            case _Kind.BLANK:
                return next(parts)
            case _Kind.PARAGRAPH:
                flowing = Markup(' class="flowing"' if self._flows(block) else "")
                return Markup('<p dir="auto"{}>{}</p>').format(flowing, next(parts))
            case _Kind.HEADING:
                tag = Markup(self._headings.element(block.level))
                return Markup('<{0} dir="auto">{1}</{0}>').format(tag, next(parts))
            case _Kind.ROW:
                cells = [
                    Markup('<td dir="auto">{}</td>').format(next(parts)) for _ in self._runs(block)
                ]
                return ROW.format(Markup("").join(cells))

    def _flows(self, block: _Block) -> bool:
        """Return whether the lines of a printed paragraph end only because the paper does."""
        lines = self._of(block.span).splitlines()
        return self._printed and all(len(line) >= PRINTED_LINE for line in lines[:-1])

    def _runs(self, block: _Block) -> list[Span]:
        """Return the parts of a block that are elements of their own: the cells of a row."""
        if block.kind is not _Kind.ROW:
            return [block.span]
        cells = CELL.finditer(self._of(block.span))
        return [Span(*cell.span()).shifted(block.span.start) for cell in cells if cell[0]]

    def _blocks(self, part: Span) -> Iterator[_Block]:
        """Yield the blocks of a part of the text. Lines without a blank one between are one."""
        lines = [self._line(line) for line in self._lines(part)]
        for kind, members in groupby(lines, key=lambda block: block.kind):
            if kind in (_Kind.ROW, _Kind.HEADING):
                yield from members
            else:
                found = list(members)
                yield _Block(kind, Span(found[0].span.start, found[-1].span.end))

    def _lines(self, part: Span) -> Iterator[Span]:
        for line in LINE.finditer(self._of(part)):
            if line[0]:
                yield Span(*line.span()).shifted(part.start)

    def _line(self, line: Span) -> _Block:
        text = self._of(line)
        if level := self._headings.level_at(line):
            return _Block(_Kind.HEADING, line, level)
        if not text.strip():
            return _Block(_Kind.BLANK, line)
        return _Block(_Kind.ROW if "\t" in text.strip() else _Kind.PARAGRAPH, line)

    def _of(self, span: Span) -> str:
        return self._text[span.start - self._offset : span.end - self._offset]
