from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.spans import Span, bom_length, byte_length, merge_spans, utf16_length
from tests.indexer.strategies import texts

spans = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda edges: Span(*sorted(edges)))


def covered(some: list[Span]) -> set[int]:
    return {position for span in some for position in range(span.start, span.end)}


def test_a_span_is_half_open() -> None:
    #       0123456789
    text = "the moon rose"
    assert Span(4, 8).of(text) == "moon"
    assert len(Span(4, 8)) == 4
    assert Span(4, 4).of(text) == ""


def test_a_span_counts_code_points_not_bytes_or_utf16() -> None:
    #       0 1 2
    text = "é🐺x"
    assert [Span(i, i + 1).of(text) for i in range(3)] == ["é", "🐺", "x"]


def test_a_shifted_span_covers_the_same_text_later() -> None:
    assert Span(1, 3).shifted(4) == Span(5, 7)
    assert Span(5, 7).shifted(-4) == Span(1, 3)


def test_a_span_contains_itself_and_spans_inside() -> None:
    assert Span(2, 6).contains(Span(2, 6))
    assert Span(2, 6).contains(Span(6, 6))
    assert not Span(2, 6).contains(Span(1, 3))
    assert not Span(2, 6).contains(Span(5, 7))


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 2), (-2, -1)])
def test_an_invalid_span_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(start, end)


def test_a_shift_before_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[-1, 1\)"):
        Span(0, 2).shifted(-1)


def test_merging_joins_spans_that_overlap_or_touch() -> None:
    found = merge_spans([Span(7, 9), Span(0, 2), Span(4, 4), Span(2, 3), Span(8, 12), Span(7, 8)])
    assert found == [Span(0, 3), Span(7, 12)]
    assert merge_spans([]) == []


@given(st.lists(spans))
def test_merged_spans_cover_the_same_text_sorted_and_disjoint(some: list[Span]) -> None:
    merged = merge_spans(some)
    assert covered(merged) == covered(some)
    assert all(one.end < other.start for one, other in pairwise(merged))
    assert merge_spans(merged) == merged


def test_utf16_counts_two_units_beyond_the_basic_plane() -> None:
    assert utf16_length("wolf") == 4
    assert utf16_length("né北") == 3
    assert utf16_length("a🐺") == 3
    assert utf16_length("👩‍👩‍👧‍👦") == 11  # four people of two units each, and three joiners of one


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", 0), ("utf-8-sig", 3), ("utf-16", 2), ("cp1252", 0), ("latin-1", 0)],
)
def test_bom_lengths(encoding: str, expected: int) -> None:
    assert bom_length(encoding) == expected


@given(texts, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.data())
def test_lengths_locate_a_part_of_the_text_in_the_file(
    text: str, encoding: str, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(text)))
    content = text.encode(encoding)
    start = bom_length(encoding) + byte_length(text[:cut], encoding)
    end = start + byte_length(text[cut:], encoding)
    assert end == len(content)
    # encode() chose the byte order of this machine.
    without_bom = {"utf-8-sig": "utf-8", "utf-16": "utf-16-" + content_order(content)}
    assert content[start:end].decode(without_bom.get(encoding, encoding)) == text[cut:]


def content_order(content: bytes) -> str:
    return "be" if content.startswith(b"\xfe\xff") else "le"


@given(st.text("aäöüßÄÖÜé€", max_size=20), st.sampled_from(["cp1252", "iso8859-15"]))
def test_legacy_encodings_take_a_byte_a_character(text: str, encoding: str) -> None:
    assert byte_length(text, encoding) == len(text) == len(text.encode(encoding))


@given(texts)
def test_utf16_units_add_up(text: str) -> None:
    assert sum(utf16_length(character) for character in text) == utf16_length(text)
