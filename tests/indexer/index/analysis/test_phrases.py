"""Where phrases occur among the words of a text."""

import re

import pytest

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.analysis.phrases import inner_words, occurrences, term_patterns

ENGLISH = Analyzer("english")


def found(text: str, phrase: str) -> list[str]:
    return [span.of(text) for span in occurrences(ENGLISH.words(text), ENGLISH.word_texts(phrase))]


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("The ferry, the ferry sails.", "the ferry", ["The ferry", "the ferry"]),
        ("東京。大阪まで", "京。大", ["京。大"]),
        ("東京。大阪まで", "京。大阪ま", ["京。大阪ま"]),
        ("京。大阪まで", "京。大阪", ["京。大阪"]),
        ("京都。大阪まで", "京。大阪", []),
        ("「ｶﾀ」大阪", "タ」大", ["ﾀ」大"]),
        ("in C++, not in C", "in C", ["in C", "in C"]),
        ("R&D pays. ARD pays.", "D pays", ["D pays"]),
        ("At the V&A today", "A today", ["A today"]),
        ("cats and cod", "and c", []),
        ("a word", "", []),
    ],
)
def test_a_phrase_occurs_where_its_edges_are_parts_of_terms(
    text: str, phrase: str, expected: list[str]
) -> None:
    assert found(text, phrase) == expected


def test_a_word_that_is_written_otherwise_is_covered_whole() -> None:
    # The first of these is two characters, and one in normal form.
    assert found("「ｶﾞﾀ」大阪", "タ」大") == ["ｶﾞﾀ」大"]
    # The compatibility character is one, and its normal form is two.
    assert found("㋿。大阪", "和。大") == ["㋿。大"]


@pytest.mark.parametrize(
    ("phrase", "matching", "others"),
    [
        ("京。大阪", ["東京 大阪", "京 大阪"], ["京都 大阪", "東京 大"]),
        ("in C", ["in c", "in c++", "in c#"], ["in cat", "in cc", "begin c"]),
        ("D pays", ["d pays", "r&d pays"], ["ad pays"]),
    ],
)
def test_the_engine_is_asked_for_what_the_edges_may_be(
    phrase: str, matching: list[str], others: list[str]
) -> None:
    patterns = term_patterns(ENGLISH.word_texts(phrase))
    assert patterns is not None
    for texts, expected in ((matching, True), (others, False)):
        for text in texts:
            terms = zip(patterns, text.split(), strict=True)
            assert all(re.fullmatch(*each) is not None for each in terms) is expected, text


def test_whole_words_are_only_themselves() -> None:
    for phrase in ("the ferry sails", "東京大阪", "C", "京"):
        words = ENGLISH.word_texts(phrase)
        assert term_patterns(words) is None
        assert inner_words(words) == words
