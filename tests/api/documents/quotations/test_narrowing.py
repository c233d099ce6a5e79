"""Quotations of long texts, which are compared only in part."""

import pytest

from api.documents.quotations.comparing import compare
from api.documents.quotations.narrowing import LONG_CHARS, likely_spans
from api.documents.quotations.similarity import Quotation
from indexer.spans import Span

FILLER = "zanthor querl mibben dastrow plicket\n"
LETTER = "“Die Fähre legt heute um Mitternacht ab,” said the harbourmaster — and left."


def long_text(number: int = 20_000) -> str:
    return f"{FILLER * number}{LETTER}\n{FILLER * number}"


def test_a_short_text_is_compared_as_a_whole() -> None:
    assert likely_spans("a" * LONG_CHARS, Quotation("b")) == [Span(0, LONG_CHARS)]


@pytest.mark.parametrize(
    "given_text",
    [
        '"Die Fähre legt heute um Mitternacht ab," said the harbourmaster',
        "DIE FÄHRE LEGT HEUTE UM MITTERNACHT AB,” SAID THE HARBOURMASTER",
        "Die Fa\u0308hre legt heute um Mittag ab,” said the harbourmaster",
        "Die Fähre … said the harbourmaster",
        "Die  Fähre\nlegt heute um Mitternacht ab",
    ],
)
def test_a_similar_place_is_found_by_some_of_its_words(given_text: str) -> None:
    text = long_text()
    standing = compare(text, Quotation(given_text), None, 5)
    assert [place.span.of(text)[:4] for place in standing.places] in (["Die "], ["“Die"])


def test_words_that_occur_everywhere_narrow_nothing_down() -> None:
    assert likely_spans(long_text(), Quotation("Zanthor  querl mibben")) == []
