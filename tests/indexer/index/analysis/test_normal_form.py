"""The normal form over all of Unicode, and what is left to the engine."""

import re
import unicodedata
from collections.abc import Iterator

import pytest
import regex
from hypothesis import given

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.analysis.escapes import ESCAPES
from indexer.index.analysis.normal_form import NEEDED, NORMAL_FORM
from indexer.index.analysis.rewriting import Traced
from tests.indexer.strategies import texts

ANALYZER = Analyzer("none")
WORD = r"\w"


def characters() -> Iterator[str]:
    """Yield every character that Unicode has assigned."""
    every = map(chr, range(0x110000))
    return (each for each in every if unicodedata.category(each) not in ("Cn", "Co", "Cs"))


def words(text: str) -> list[str]:
    return [term.text for term in ANALYZER.words(text)]


def test_both_packages_agree_on_what_is_a_word_character() -> None:
    """Texts of settled characters alone are read with `re`, others with `regex`."""
    settled = [each for each in characters() if not NEEDED.search(each)]
    assert len(settled) > 40_000
    assert [
        each for each in settled if bool(re.match(WORD, each)) != bool(regex.match(WORD, each))
    ] == []


def test_a_character_has_the_words_of_its_decomposition_and_of_its_small_letter() -> None:
    differing = [
        (each, other)
        for each in characters()
        # Notes decompose into a head and a stem, which are no letters.
        if not unicodedata.name(each, "").startswith("MUSICAL SYMBOL")
        for other in {unicodedata.normalize("NFD", each), each.lower()} - {each}
        if words(f"x {each} y") != words(f"x {other} y")
    ]
    assert differing == []


@given(texts)
def test_the_traced_text_is_the_same_text(text: str) -> None:
    for rewriting in (ESCAPES, NORMAL_FORM):
        traced = rewriting.traced(Traced(text))
        assert traced.text == rewriting.text(text)
        spans = [traced.span(place, place + 1) for place in range(len(traced.text))]
        assert spans == sorted(spans)
        assert all(span.start < span.end <= len(text) for span in spans)


@given(texts)
def test_the_normal_form_has_no_other_normal_form(text: str) -> None:
    once = " ".join(words(text))
    assert words(once) == once.split()


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ﬁ", "fi"),
        ("Ⅷ", "viii"),
        ("㍿", "株式会社"),
        ("℃", "°c"),
        ("™", "™"),
        ("20º", "20°"),
        ("Nº", "No"),
        ("2½", "2 1⁄2"),
        ("น้ำ", "น้ำ"),
        ("e\u0301", "e"),
        ("и\u0306", "й"),
        ("a\u200db", "ab"),
    ],
)
def test_what_is_folded(text: str, normal: str) -> None:
    assert NORMAL_FORM.text(text) == normal
