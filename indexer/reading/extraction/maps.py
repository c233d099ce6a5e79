"""The map of a document: its pieces, places, marks and headings <-> compact bytes.

Pieces are packed in blocks. Each is read alone, so a hit in a long book costs one or two of them.
Numbers are differences from what the piece before leads one to expect, mostly 0, as columns of the
fewest bytes, compressed.

    length of the head, head (JSON, compressed), block, block, ...
"""

import json
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from indexer.reading.extraction.pieces import (
    Box,
    Extraction,
    Mark,
    MarkKind,
    Piece,
    PieceKind,
    Place,
)
from indexer.spans import Span

__all__ = ["HeadingLine", "MapPart", "PieceMap", "pack_map"]

_Column = NDArray[np.int64]

_PIECES_PER_BLOCK = 1_024
_HEAD = struct.Struct("<I")
_KINDS = list(PieceKind)
_WIDTHS = (1, 2, 4, 8)
_MAX_HEAD = 256 << 20
_MAX_BLOCK = 16 << 20


class HeadingLine(NamedTuple):
    """A line of the text that is a heading. Level 1 is the highest."""

    start: int
    level: int


class MapPart(NamedTuple):
    """Pieces in the order of the text, and the box of each if the document has boxes."""

    pieces: list[Piece]
    boxes: list[Box]


class _Block(NamedTuple):
    """A run of pieces: where its text ends, where its bytes are, and how many pieces it has."""

    end: int
    offset: int
    length: int
    pieces: int


class PieceMap:
    """The map of a document. Only what is asked for is unpacked.

    Raises ValueError if the bytes are not a map.
    """

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        try:
            (length,) = _HEAD.unpack_from(packed)
            self._first = _HEAD.size + length
            head = json.loads(_unpacked(packed[_HEAD.size : self._first], _MAX_HEAD))
            self._blocks = [_Block(*each) for each in head["blocks"]]
            self._raw_places: list[list[Any]] = head["places"]
            self._raw_marks: list[list[Any]] = head["marks"]
            self._raw_headings: list[list[int]] = head["headings"]
            self._has_boxes: bool = head["boxes"]
        except (struct.error, KeyError, TypeError) as error:
            raise ValueError(f"not a map: {error}") from None

    @classmethod
    def of(cls, extraction: Extraction) -> Self:
        return cls(pack_map(extraction))

    @property
    def length(self) -> int:
        """Where the text of the last piece ends."""
        return self._blocks[-1].end if self._blocks else 0

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where the pieces are from."""
        return tuple([_place(each) for each in self._raw_places])

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """The starts of pages, slides and so on, in the order of the text."""
        return tuple([Mark(start, MarkKind(kind), label) for start, kind, label in self._raw_marks])

    @cached_property
    def headings(self) -> tuple[HeadingLine, ...]:
        """The headings of the text, in order."""
        return tuple([HeadingLine(*each) for each in self._raw_headings])

    def within(self, span: Span) -> MapPart:
        """Return the pieces that have text inside the span, as a whole."""
        first = bisect_right(self._blocks, span.start, key=lambda block: block.end)
        found = MapPart([], [])
        for block in self._blocks[first:]:
            columns = self._columns(block)
            start, end = columns[:2]
            if start[0] >= span.end:
                break
            low, high = np.searchsorted(end, span.start, "right"), np.searchsorted(start, span.end)
            _extend(found, [column[low:high] for column in columns])
        return found

    def whole(self) -> MapPart:
        """Return all pieces."""
        found = MapPart([], [])
        for block in self._blocks:
            _extend(found, self._columns(block))
        return found

    def _columns(self, block: _Block) -> list[_Column]:
        """Return the fields of the pieces of a block, and the edges of their boxes if there are."""
        start = self._first + block.offset
        content = _unpacked(self._packed[start : start + block.length], _MAX_BLOCK)
        try:
            columns = _columns_of(content, block.pieces, 10 if self._has_boxes else 6)
            edges = _edges_of(columns[6:]) if self._has_boxes else []
            return [*_fields_of(*columns[:6]), *edges]
        except (IndexError, struct.error) as error:
            raise ValueError(f"not a map: {error}") from None


def _extend(part: MapPart, columns: list[_Column]) -> None:
    """Add the pieces with these fields, and their boxes. Only what is asked for gets so far."""
    start, end, kind, *others = [column.tolist() for column in columns]
    try:
        kinds = [_KINDS[number] for number in kind]
    except IndexError as error:
        raise ValueError(f"not a map: {error}") from None
    part.pieces.extend(map(Piece._make, zip(start, end, kinds, *others[:3], strict=True)))
    if len(others) > 3:
        part.boxes.extend(zip(*others[3:], strict=True))


def pack_map(extraction: Extraction) -> bytes:
    """Return the pieces, places, marks and headings of the text as bytes."""
    blocks: list[_Block] = []
    content: list[bytes] = []
    offset = 0
    for first in range(0, len(extraction.pieces), _PIECES_PER_BLOCK):
        pieces = extraction.pieces[first : first + _PIECES_PER_BLOCK]
        boxes = extraction.boxes[first : first + _PIECES_PER_BLOCK]
        packed = zlib.compress(b"".join(_packed_columns([*_of_pieces(pieces), *_of_boxes(boxes)])))
        blocks.append(_Block(pieces[-1].end, offset, len(packed), len(pieces)))
        content.append(packed)
        offset += len(packed)
    head = {
        "blocks": blocks,
        "places": [_shortened(place) for place in extraction.places],
        "marks": extraction.marks,
        "headings": [(heading.start, heading.level) for heading in extraction.headings],
        "boxes": bool(extraction.boxes),
    }
    packed_head = zlib.compress(json.dumps(head, separators=(",", ":")).encode())
    return b"".join([_HEAD.pack(len(packed_head)), packed_head, *content])


def _of_pieces(pieces: Iterable[Piece]) -> list[_Column]:
    kinds = {kind: number for number, kind in enumerate(_KINDS)}
    rows = [(start, end, kinds[kind], *rest) for start, end, kind, *rest in pieces]
    start, end, kind, place, source_start, source_end = np.array(rows, np.int64).T
    return [
        start - _before(end),
        end - start,
        kind,
        np.diff(place, prepend=0),
        source_start - np.where(_goes_on(place), _before(source_end), 0),
        (source_end - source_start) - (end - start),
    ]


def _fields_of(
    gap: _Column, length: _Column, kind: _Column, step: _Column, source_gap: _Column, more: _Column
) -> list[_Column]:
    """Return the fields of pieces, in the order in which a piece has them."""
    end = np.cumsum(gap + length)
    place = np.cumsum(step)
    source_length = length + more
    total = np.cumsum(source_gap + source_length)
    # In each run of one place, count on from the first piece of it.
    runs = np.flatnonzero(~_goes_on(place))
    base = np.zeros(len(total), np.int64)
    base[runs[1:]] = np.diff(_before(total)[runs])
    source_end = total - np.cumsum(base)
    return [end - length, end, kind, place, source_end - source_length, source_end]


def _of_boxes(boxes: Iterable[Box]) -> list[_Column]:
    rows = np.array(list(boxes), np.int64)
    if not len(rows):
        return []
    left, bottom, right, top = rows.T
    return [
        left - _before(right),
        np.diff(bottom, prepend=0),
        right - left,
        np.diff(top - bottom, prepend=0),
    ]


def _edges_of(columns: list[_Column]) -> list[_Column]:
    gap, bottom_step, width, height_step = columns
    right = np.cumsum(gap + width)
    bottom = np.cumsum(bottom_step)
    top = bottom + np.cumsum(height_step)
    return [right - width, bottom, right, top]


def _before(column: _Column) -> _Column:
    """Return the value before each one, and 0 before the first."""
    return np.concatenate([np.zeros(1, np.int64), column[:-1]])


def _goes_on(place: _Column) -> NDArray[np.bool_]:
    """Return for each piece whether the piece before it is from the same place."""
    same = np.zeros(len(place), np.bool_)
    same[1:] = place[1:] == place[:-1]
    return same


def _packed_columns(columns: list[_Column]) -> Iterable[bytes]:
    """Yield each column as the width of its numbers and, byte by byte, the numbers."""
    for column in columns:
        # Small negative numbers become small ones.
        folded = ((column << 1) ^ (column >> 63)).astype("<u8")
        largest = int(folded.max(initial=0))
        width = next(each for each in _WIDTHS if largest < 1 << (8 * each))
        planes = folded.view(np.uint8).reshape(-1, 8)[:, :width].T
        yield bytes([width]) + np.ascontiguousarray(planes).tobytes()


def _columns_of(content: bytes, length: int, number: int) -> list[_Column]:
    found = []
    place = 0
    for _ in range(number):
        width = content[place]
        end = place + 1 + width * length
        if width not in _WIDTHS or len(content) < end:
            raise ValueError("not a map: a column is too short")
        planes = np.frombuffer(content, np.uint8, width * length, place + 1).reshape(width, length)
        wide = np.zeros((length, 8), np.uint8)
        wide[:, :width] = planes.T
        folded = wide.reshape(-1).view("<u8")
        sign = (folded & np.uint64(1)).astype(np.int64)
        found.append((folded >> np.uint64(1)).astype(np.int64) ^ -sign)
        place = end
    return found


def _unpacked(packed: bytes, most: int) -> bytes:
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(packed, most)
    except zlib.error as error:
        raise ValueError(f"not a map: {error}") from None
    if not unpacking.eof:
        raise ValueError("not a map: it is cut off or too long")
    return content


_DEFAULTS = Place()


def _shortened(place: Place) -> list[Any]:
    """Return the fields of the place up to the last one that is not as usual."""
    values = list(place)
    while values and values[-1] == _DEFAULTS[len(values) - 1]:
        values.pop()
    return values


def _place(values: list[Any]) -> Place:
    place = Place(*values)
    return place._replace(box=tuple(place.box))
