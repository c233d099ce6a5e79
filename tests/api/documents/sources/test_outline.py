"""The outline of a part of an extracted text: its sections are the part, and each has its page."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api.documents.sources.outline import outline_of
from indexer.documents import Heading
from indexer.reading.extraction.maps import HeadingLine, PieceMap
from indexer.reading.extraction.pieces import Extraction, Mark, MarkKind, Piece, PieceKind, Place
from indexer.spans import Span

A4 = (0.0, 0.0, 595.0, 842.0)


def map_of(
    text: str, starts: list[int], kind: MarkKind, places: tuple[Place, ...], *headings: int
) -> PieceMap:
    piece = Piece(0, len(text), PieceKind.VERBATIM, 0, 0, len(text))
    marks = tuple([Mark(start, kind, str(number)) for number, start in enumerate(starts, 1)])
    found = tuple([Heading(start, 2, "x") for start in headings])
    return PieceMap.of(Extraction(text, (piece,), places, found, marks=marks))


def test_pages_have_their_number_and_size_and_an_empty_one_is_there() -> None:
    # The second page cannot be read, the third is a scan, and the last is turned.
    places = (
        Place("i", start=0, box=A4),
        Place("iii", start=2, box=A4),
        Place("iv", start=3, box=A4, rotate=90),
    )
    found = outline_of(map_of("x" * 20, [0, 8, 8], MarkKind.PAGE, places, 3, 9), 20, Span(0, 20))
    assert [(each.span, each.page) for each in found.sections] == [
        (Span(0, 8), (1, 595, 842)),
        (Span(8, 8), (3, 595, 842)),
        (Span(8, 20), (4, 842, 595)),
    ]
    assert found.headings == [HeadingLine(3, 2), HeadingLine(9, 2)]


def test_a_part_has_only_its_own_sections_and_headings() -> None:
    piece_map = map_of("x" * 30, [0, 10, 20], MarkKind.SLIDE, (Place(),), 0, 12, 15, 20)
    found = outline_of(piece_map, 30, Span(12, 20))
    assert [each.span for each in found.sections] == [Span(12, 20)]
    assert found.sections[0].mark == Mark(10, MarkKind.SLIDE, "2")
    assert found.headings == [HeadingLine(12, 2), HeadingLine(15, 2)]


def test_a_text_without_marks_is_one_section() -> None:
    found = outline_of(map_of("x" * 9, [], MarkKind.PAGE, (Place(),)), 9, Span(2, 9))
    assert found.sections == [(Span(2, 9), None, None)]


@given(st.data(), st.lists(st.integers(0, 40), max_size=6))
def test_sections_are_together_the_part(data: st.DataObject, starts: list[int]) -> None:
    start = data.draw(st.integers(0, 40))
    part = Span(start, data.draw(st.integers(start, 40)))
    piece_map = map_of("x" * 40, sorted(starts), MarkKind.SHEET, (Place(),))
    spans = [each.span for each in outline_of(piece_map, 40, part).sections]
    assert sum(map(len, spans)) == len(part)
    assert all(before.end == after.start for before, after in pairwise(spans) if part)
