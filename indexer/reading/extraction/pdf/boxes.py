"""Where on the pages of a PDF the words of a span are."""

from bisect import bisect_left
from itertools import groupby
from typing import NamedTuple

from indexer.reading.extraction.pieces import Box, Extraction, Piece, Place
from indexer.spans import Span

__all__ = ["PageBoxes", "boxes_of"]

Points = tuple[float, float, float, float]


class PageBoxes(NamedTuple):
    """The lines of a span on one page.

    `page` counts from 1; `label` is what the page is called. Boxes are in points: left, bottom,
    right and top, from the lower left corner, before the page is turned by `rotate` degrees
    clockwise. `box` is the part of the page that is displayed.
    """

    page: int
    label: str
    box: tuple[float, ...]
    rotate: int
    boxes: tuple[Points, ...]


def boxes_of(extraction: Extraction, span: Span) -> list[PageBoxes]:
    """Return the pages of the span with one box for each of its lines.

    A word of which the span has only a part counts as a whole.
    """
    pieces, text = extraction.pieces, extraction.text
    first = bisect_left(pieces, span.start + 1, key=lambda piece: piece.end)
    after = bisect_left(pieces, span.end, key=lambda piece: piece.start)
    lines: list[tuple[int, Box]] = []
    before: Piece | None = None
    for piece, box in zip(pieces[first:after], extraction.boxes[first:after], strict=True):
        if before and before.place == piece.place and "\n" not in text[before.end : piece.start]:
            box = _around(lines.pop()[1], box)
        lines.append((piece.place, box))
        before = piece
    return [
        _page(extraction.places[place], [box for _, box in boxes])
        for place, boxes in groupby(lines, key=lambda line: line[0])
    ]


def _around(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _page(place: Place, boxes: list[Box]) -> PageBoxes:
    points = tuple((x0 / 100, y0 / 100, x1 / 100, y1 / 100) for x0, y0, x1, y1 in boxes)
    return PageBoxes(place.start + 1, place.name, place.box, place.rotate, points)
