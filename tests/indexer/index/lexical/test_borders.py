"""The border terms of two passages are the same from their words in the index as from the text."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.lexical.borders import border_terms, border_terms_between

ANALYZER = Analyzer("english")
# What words, other spellings, identifiers and no words at all are made of.
PIECES = st.sampled_from(
    [
        *("word", "Word", "x", "7", "12", "naïve", "北京", "мир", "é", "ß"),
        *" .-:/@#_&'’,%$()[]\"*`§",
        *("  ", "\n", "\t", "don't", "U.N.", "A&E", "1,000", "C++", "e-mail", "70 %", ".NET"),
        *("&amp;", "\\n", "\\nabc", "\x1b[1m", "\u00ad"),
    ]
)
PASSAGES = st.lists(PIECES, max_size=8).map("".join)


def terms_from_words(before: str, after: str) -> tuple[str, ...]:
    words = [ANALYZER.index_forms(text).words for text in (before, after)]
    return border_terms_between(words[0], words[1], ANALYZER)


@given(PASSAGES.filter(str.strip), PASSAGES.filter(str.strip), st.sampled_from(" \n"))
def test_the_terms_are_those_of_the_text(before: str, after: str, blank: str) -> None:
    of_text = border_terms(before + blank + after, len(before) + 1, ANALYZER)

    assert terms_from_words(before + blank, after) in (of_text, ())


def test_other_spellings_are_at_no_border() -> None:
    assert terms_from_words("Send an e-mail ", "to us.") == ("mail to",)


def test_without_a_word_nothing_is_certain() -> None:
    assert terms_from_words("*** ", "to us.") == ()


def test_of_scripts_without_blanks_the_single_characters_are_in_terms_too() -> None:
    assert terms_from_words("東京。\n", "大阪まで") == ("東京 大阪", "東京 大", "京 大阪", "京 大")


def test_letters_with_signs_are_in_terms_without_them_too() -> None:
    assert terms_from_words("the scope\n", "C++ code") == ("scope c++", "scope c")
    assert terms_from_words("the R&D\n", "pays") == ("r&d pays", "d pays")


def test_inside_a_word_without_end_there_is_no_term() -> None:
    """It is not looked at to its ends from each of its many borders."""
    assert border_terms("x" * 100_000, 50_000, ANALYZER) == ()
    assert border_terms("a " + "x" * 100_000, 2, ANALYZER) == ()
