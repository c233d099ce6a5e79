import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from indexer.splitting.graphemes import is_grapheme_boundary, last_grapheme_boundary
from tests.indexer.strategies import texts

FAMILY = "👩‍👩‍👧‍👦"


def boundaries(text: str) -> list[int]:
    return [0, *(found.end() for found in regex.finditer(r"\X", text))]


@pytest.mark.parametrize(
    ("before", "after", "cut"),
    [
        ("a", "b", True),
        (" ", "a", True),
        ("\r", "\n", False),
        ("\n", "\r", True),
        (" ", "\u0301", False),  # a combining mark combines with the blank
        ("\n", "\u0301", True),  # but never with a line end
        (" ", "\u200d", False),  # a joiner
        ("ก", "ำ", False),
        ("\u0600", " ", False),  # an Arabic sign that precedes a number
        ("。", "北", True),
        (".", "👩", True),
    ],
)
def test_two_characters_form_one_grapheme_or_two(before: str, after: str, cut: bool) -> None:
    assert is_grapheme_boundary(before + after, 1) == cut


@given(texts)
def test_a_boundary_next_to_a_blank_is_one_of_the_annex(text: str) -> None:
    expected = boundaries(text)
    for at in range(len(text) + 1):
        if text[max(0, at - 1) : at + 1].isspace() or not 0 < at < len(text):
            assert is_grapheme_boundary(text, at) == (at in expected)


# One character of each distinguished range, and characters that join their neighbours.
joining = st.sampled_from(
    ["\r", "\n", " ", "a", "\u0301", "\u05ff", "\u0600", "\u200d", "ำ", "👍", "🏽"]
)


@given(joining | st.characters(), joining | st.characters())
def test_two_characters_alone_are_cut_as_in_the_annex(before: str, after: str) -> None:
    assert is_grapheme_boundary(before + after, 1) == (len(boundaries(before + after)) == 3)


@given(texts, st.integers(1, 20))
def test_the_last_boundary_is_the_last_one_up_to_the_limit(text: str, length: int) -> None:
    expected = boundaries(text)
    for start in expected[:-1]:
        limit = min(start + length, len(text))
        within = [at for at in expected if start < at <= limit]
        assert last_grapheme_boundary(text, start, limit) == max(within, default=limit)


def test_a_grapheme_longer_than_the_limit_is_cut() -> None:
    assert last_grapheme_boundary("ab" + FAMILY, 0, 4) == 2
    assert last_grapheme_boundary("ab" + FAMILY, 2, 4) == 4
