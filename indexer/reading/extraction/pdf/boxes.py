"""Where on the pages of a PDF the words of a span are."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from indexer.reading.extraction.maps import MapPart
from indexer.reading.extraction.pieces import Box, Piece, Place

__all__ = ["PageBoxes", "Points", "boxes_of"]

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


def boxes_of(part: MapPart, places: Sequence[Place], text: str, start: int = 0) -> list[PageBoxes]:
    """Return the pages of these pieces, with one box for each line of theirs.

    `text` is the document's from `start` on. A word counts as a whole even if only a part of
    it is in the span.
    """
    lines: list[tuple[int, Box]] = []
    before: Piece | None = None
    for piece, box in zip(part.pieces, part.boxes, strict=True):
        between = text[before.end - start : piece.start - start] if before else "\n"
        if before and before.place == piece.place and "\n" not in between:
            box = _around(lines.pop()[1], box)
        lines.append((piece.place, box))
        before = piece
    return [
        _page(places[place], [box for _, box in boxes])
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
