"""Parts of long documents: whole lines, nothing skipped between one part and the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.pages.views.document_parts import PART_CHARS, choose_window
from indexer.spans import Span

LINES = "".join(f"line {number}\n" for number in range(20_000))
ONE_LINE = "word " * 40_000
NO_BLANKS = "x" * 200_000


def part_of(text: str, **where: int) -> Span:
    window = choose_window(len(text), **where)
    return window.whole_lines(text[window.start : window.end])


def test_a_document_that_fits_is_shown_whole() -> None:
    assert part_of("short\ntext", place=3) == Span(0, 10)
    assert part_of("x" * PART_CHARS, begin=500) == Span(0, PART_CHARS)


def test_a_part_contains_the_position_and_begins_and_ends_between_lines() -> None:
    part = part_of(LINES, place=100_000)
    assert part.start < 100_000 < part.end
    assert LINES[part.start - 1] == "\n"
    assert LINES[part.end - 1] == "\n"


def test_a_part_of_a_long_line_begins_and_ends_between_words() -> None:
    part = part_of(ONE_LINE, place=100_000)
    assert ONE_LINE[part.start - 1] == " "
    assert ONE_LINE[part.end - 1] == " "


def test_a_part_without_blanks_is_cut_at_the_limit() -> None:
    part = part_of(NO_BLANKS, place=100_000)
    assert len(part) == PART_CHARS


@pytest.mark.parametrize("text", [LINES, ONE_LINE, NO_BLANKS])
def test_parts_that_follow_each_other_make_up_the_document(text: str) -> None:
    parts = [part_of(text, begin=0)]
    while parts[-1].end < len(text):
        parts.append(part_of(text, begin=parts[-1].end))
    assert "".join(part.of(text) for part in parts) == text
    assert all(0 < len(part) <= PART_CHARS for part in parts)


@pytest.mark.parametrize("text", [LINES, ONE_LINE, NO_BLANKS])
def test_parts_that_precede_each_other_make_up_the_document(text: str) -> None:
    parts = [part_of(text, end=len(text))]
    while parts[-1].start > 0:
        parts.append(part_of(text, end=parts[-1].start))
    assert "".join(part.of(text) for part in reversed(parts)) == text


@given(
    st.sampled_from([LINES, ONE_LINE, NO_BLANKS, "ab"]),
    st.sampled_from(["place", "begin", "end"]),
    st.integers(0, 2**40),
)
def test_any_position_gives_a_part_that_is_not_empty(text: str, kind: str, at: int) -> None:
    part = part_of(text, **{kind: at})
    assert 0 < len(part) <= PART_CHARS
    assert part.end <= len(text)
    if kind == "place" and at < len(text):
        assert part.start <= at < part.end
