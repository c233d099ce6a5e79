"""The words and lines of a page, in the order in which PDFium gives them."""

import re
from collections.abc import Iterator
from itertools import pairwise
from math import cos, sin
from typing import NamedTuple

from indexer.reading.extraction.pdf.engine import PageText
from indexer.reading.extraction.pieces import Box

__all__ = ["Line", "Word", "lines_of"]

# Control characters are no text, and neither are halves of pairs and the codes that Unicode keeps
# free. Pairs make the characters beyond U+FFFF.
_WORD = re.compile(
    r"(?:[^\s\0-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|[\ud800-\udbff][\udc00-\udfff])+"
)

# Between the cells of a row, the gap is wider than this many sizes of the letters.
CELL_GAP = 2.0


class Word(NamedTuple):
    """A run of characters without blanks. `start` and `end` are indices of the engine.

    `is_joined`: there is no blank before it, only characters that are no text.
    """

    text: str
    start: int
    end: int
    box: Box
    is_joined: bool = False


class Line(NamedTuple):
    """A line of words.

    `size` is that of most of its letters. `down` says how far down the page the line is, in
    points and in its own direction, and `angle` is that direction: radians, clockwise.
    """

    words: list[Word]
    size: float
    down: float
    angle: float
    origin: tuple[float, float]

    def separators(self) -> Iterator[str]:
        """Yield what is before each word: nothing, a blank, or a tab where a column begins."""
        yield ""
        widest = CELL_GAP * self.size * 100
        for before, word in pairwise(self.words):
            is_cell = not self.angle and word.box[0] - before.box[2] > widest
            yield "" if word.is_joined else "\t" if is_cell else " "


def lines_of(page: PageText) -> list[Line]:
    """Return the lines of the page, without the words outside what is displayed of it."""
    return [_line(page, words) for words in _words_by_line(page)]


def _words_by_line(page: PageText) -> Iterator[list[Word]]:
    text = page.text
    line: list[Word] = []
    before = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        between = text[before:start]
        is_joined = False
        if between != " ":
            if line and ("\n" in between or "\r" in between):
                yield line
                line = []
            is_joined = before > 0 and bool(between) and not any(map(str.isspace, between))
        before = end
        for hyphen in page.hyphens_between(start, end):
            line += _word(page, start, hyphen + 1, is_joined=is_joined)
            if line:
                yield line
            line, start, is_joined = [], hyphen + 1, False
        if start < end:
            line += _word(page, start, end, is_joined=is_joined)
    if line:
        yield line


def _word(page: PageText, start: int, end: int, *, is_joined: bool) -> list[Word]:
    """Return the word, if it is displayed."""
    box = page.displayed_box(start, end)
    if box is None:
        return []
    text = page.text[start:end]
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    return [Word(text, start, end, box, is_joined)]


def _line(page: PageText, words: list[Word]) -> Line:
    longest = max(words, key=lambda word: word.end - word.start).start
    x, y = page.origin(longest)
    angle = page.angle(longest)
    down = -x * sin(angle) - y * cos(angle)
    return Line(words, page.size(longest), down, angle, (x, y))
