"""Titles found by the beginnings of their words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.suggest.titles import TitleIndex
from indexer.index.analysis.analyzer import Analyzer

ANALYZER = Analyzer("english")
TITLES = [
    (7, "Annual report 2031"),
    (3, "The annual report of the harbour"),
    (9, "README"),
    (4, "Report"),
    (5, "README"),
    (8, "Café 気候変動"),
]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["annual"], [7, 3]),  # the title that begins with it comes first
        (["rep"], [4, 7, 3]),  # then the shorter one
        (["rep", "ann"], [7, 3]),
        (["read"], [9]),  # one of each title
        (["cafe"], [8]),
        (["気候"], [8]),
        (["候変", "気候"], [8]),
        (["eport"], []),
        (["annual", "x"], []),
    ],
)
def test_titles_are_found_by_the_beginnings_of_their_words(
    words: list[str], expected: list[int]
) -> None:
    assert TitleIndex(TITLES, ANALYZER).find(words, 10) == expected


def test_titles_are_limited_in_number_and_to_the_given_documents() -> None:
    titles = TitleIndex(TITLES, ANALYZER)
    assert titles.find(["rep"], 2) == [4, 7]
    assert titles.find(["rep"], 2, among={3}) == [3]
    assert titles.find(["read"], 2, among={5}) == [5]
    assert TitleIndex([], ANALYZER).find(["x"], 2) == []


@given(
    st.lists(st.text("abc é気", max_size=8), max_size=12), st.text("abc", min_size=1, max_size=2)
)
def test_titles_are_found_as_by_a_scan_of_all_titles(texts: list[str], typed: str) -> None:
    found = TitleIndex(list(enumerate(texts)), ANALYZER).find([typed], len(texts))
    expected = {
        text for text in texts if any(term.text.startswith(typed) for term in ANALYZER.words(text))
    }
    assert {texts[document] for document in found} == expected
    assert len(found) == len(expected)
