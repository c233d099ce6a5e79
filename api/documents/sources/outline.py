"""What begins where in a part of an extracted text: pages, slides, sheets, and headings."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from indexer.reading.extraction.maps import HeadingLine, PieceMap
from indexer.reading.extraction.pieces import Mark, MarkKind, Place
from indexer.spans import Span

__all__ = ["Outline", "PageSize", "Section", "outline_of"]

# Sides of a page that a file does not tell: A4, in points.
_USUAL = (595.0, 842.0)


class PageSize(NamedTuple):
    """A page of a PDF: its number, from 1, and its size in points as it is displayed."""

    number: int
    width: float
    height: float


class Section(NamedTuple):
    """A run of the text: what follows a mark, or all of it if there is no mark."""

    span: Span
    mark: Mark | None
    page: PageSize | None


class Outline(NamedTuple):
    """The sections that are together a part of a text, and the headings in it."""

    sections: list[Section]
    headings: list[HeadingLine]


def outline_of(piece_map: PieceMap, length: int, part: Span) -> Outline:
    """Return the outline of a part of a text that has `length` code points.

    The first and the last section are cut where the part begins and ends. A page without text is a
    section, too.
    """
    marks = piece_map.marks
    # The marks of a PDF are its pages, in the order of its places.
    pages = list(map(_page, piece_map.places)) if _has_pages(marks) else [None] * len(marks)
    starts = [mark.start for mark in marks]
    sections = [
        Section(Span(max(start, part.start), min(end, part.end)), mark, page)
        for (start, end), mark, page in zip(pairwise([*starts, length]), marks, pages, strict=True)
        if _is_in(start, end, part)
    ]
    first = starts[0] if starts else length
    if part.start < first:
        sections.insert(0, Section(Span(part.start, min(first, part.end)), None, None))
    low = bisect_right(piece_map.headings, part.start - 1, key=attrgetter("start"))
    high = bisect_right(piece_map.headings, part.end - 1, key=attrgetter("start"))
    return Outline(sections, list(piece_map.headings[low:high]))


def _is_in(start: int, end: int, part: Span) -> bool:
    if start == end:
        return part.start <= start <= part.end
    return start < part.end and part.start < end


def _has_pages(marks: Sequence[Mark]) -> bool:
    return bool(marks) and marks[0].kind is MarkKind.PAGE


def _page(place: Place) -> PageSize:
    if len(place.box) == 4:
        left, bottom, right, top = place.box
        width, height = right - left, top - bottom
    else:
        width, height = _USUAL
    if place.rotate % 180:
        width, height = height, width
    return PageSize(place.start + 1, max(width, 1.0), max(height, 1.0))
