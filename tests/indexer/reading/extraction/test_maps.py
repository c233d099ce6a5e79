"""A map gives back what was packed, all of it or a part, and damaged bytes give no map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Heading
from indexer.reading.extraction.maps import PieceMap, pack_map
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
from tests.property_examples import examples

numbers = st.integers(0, 2**31)
steps = st.tuples(
    st.integers(0, 3),  # blanks before the piece
    st.integers(1, 300),
    st.sampled_from(PieceKind),
    st.integers(0, 4),
    numbers,
    numbers,
)
places = st.builds(
    Place,
    name=st.text(max_size=5),
    sha256=st.sampled_from(["", "ab" * 32]),
    start=numbers,
    box=st.tuples() | st.tuples(*[st.floats(-10, 1_000)] * 4),
)


def extraction_of(
    found: list[tuple[int, int, PieceKind, int, int, int]],
    some: list[Place],
    boxes: tuple[Box, ...] = (),
) -> Extraction:
    pieces: list[Piece] = []
    end = 0
    for blanks, length, kind, place, source_start, source_end in found:
        start = end + blanks
        end = start + length
        pieces.append(Piece(start, end, kind, place, source_start, source_end))
    marks = (Mark(0, MarkKind.PAGE, "iv"), Mark(end, MarkKind.SHEET, "Bücher"))
    headings = (Heading(0, 1, "The first"), Heading(end, 3, "x"))
    return Extraction("x" * end, tuple(pieces), tuple(some), headings, marks=marks, boxes=boxes)


@examples(200)
@given(
    st.lists(steps, min_size=1, max_size=40),
    st.lists(places, min_size=5, max_size=5),
    st.integers(1, 60),
    st.data(),
)
def test_a_map_gives_back_what_was_packed(
    found: list[tuple[int, int, PieceKind, int, int, int]],
    some: list[Place],
    times: int,
    data: st.DataObject,
) -> None:
    extraction = extraction_of(found * times, some)
    piece_map = PieceMap.of(extraction)
    assert tuple(piece_map.whole().pieces) == extraction.pieces
    assert piece_map.places == extraction.places
    assert piece_map.marks == extraction.marks
    lines = [(heading.start, heading.level) for heading in extraction.headings]
    assert list(piece_map.headings) == lines
    assert piece_map.length == len(extraction.text)
    start = data.draw(st.integers(0, len(extraction.text)))
    span = Span(start, data.draw(st.integers(start, len(extraction.text))))
    inside = [each for each in extraction.pieces if each.end > span.start and each.start < span.end]
    assert piece_map.within(span).pieces == inside


@given(st.lists(st.tuples(*[st.integers(-(2**40), 2**40)] * 4), min_size=1, max_size=3_000))
def test_boxes_go_with_their_pieces(boxes: list[Box]) -> None:
    found = [(1, 4, PieceKind.DRAWN, 0, 5, 9)] * len(boxes)
    extraction = extraction_of(found, [Place("1")], tuple(boxes))
    piece_map = PieceMap.of(extraction)
    assert tuple(piece_map.whole().boxes) == extraction.boxes
    middle = len(boxes) // 2
    piece = extraction.pieces[middle]
    assert piece_map.within(Span(piece.start, piece.end)) == ([piece], [extraction.boxes[middle]])


def test_text_that_goes_on_in_the_source_takes_little() -> None:
    """A tenth of a byte a character, which is what a page of the web takes."""
    found = [(1, 39, PieceKind.VERBATIM, 0, 20 + 47 * number, 0) for number in range(5_000)]
    found = [(*each[:5], each[4] + 39) for each in found]
    extraction = extraction_of(found, [Place()])
    assert len(pack_map(extraction)) < 0.1 * len(extraction.text)


@examples(300)
@given(st.data())
def test_damaged_bytes_give_no_map_or_pieces(data: st.DataObject) -> None:
    extraction = extraction_of([(1, 4, PieceKind.VERBATIM, 0, 5, 9)] * 50, [Place()])
    packed = bytearray(pack_map(extraction))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(packed)))
    damaged = bytes(packed[: cut or None])
    try:
        found = PieceMap(damaged).whole().pieces
    except ValueError:
        return
    assert all(isinstance(piece, Piece) for piece in found)


@pytest.mark.parametrize("content", [b"", b"abc", bytes(4), b"\xff\xff\xff\xff"])
def test_other_bytes_give_no_map(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a map"):
        PieceMap(content)
