"""Citations: what people and programs copy of a hit."""

import json
from datetime import UTC, datetime

import pytest

from api.citations import Quotation, citation, selectors
from api.schemas import DocumentMetadata, DocumentText, SpanOut, State
from indexer.spans import Span

#       0         1         2
#       0123456789012345678901234567
TEXT = "One.\r\nTwo is 😀.\nThree “it”."
SHA256 = "5f" * 32


def quote(start: int, end: int, first_line: int, around: tuple[int, int] = (0, 28)) -> Quotation:
    document = DocumentMetadata(
        id="0123456789abcdef",
        path="a folder/numbers.txt",
        title="One.",
        sha256=SHA256,
        encoding="utf-8",
        media_type="text/plain",
        size_bytes=len(TEXT.encode()),
        modified=datetime(2024, 6, 28, tzinfo=UTC),
        state=State.CURRENT,
    )
    surroundings = DocumentText(
        id=document.id,
        sha256=SHA256,
        encoding="utf-8",
        span=SpanOut(start=around[0], end=around[1]),
        length=len(TEXT),
        text=TEXT[slice(*around)],
    )
    return Quotation(document, Span(start, end), first_line, surroundings)


def test_a_citation_names_path_line_characters_and_file() -> None:
    assert citation(quote(6, 15, first_line=2)) == (
        f"“Two is 😀.”\na folder/numbers.txt, line 2, characters 6–15, SHA-256 {SHA256}"
    )


def test_a_citation_over_several_lines_names_the_first_and_last() -> None:
    assert "numbers.txt, lines 1–2, characters 0–15" in citation(quote(0, 15, first_line=1))


def test_the_line_end_belongs_to_its_line() -> None:
    assert "line 2," in citation(quote(6, 16, first_line=2))


def test_selectors_hold_position_and_quotation_with_its_surroundings() -> None:
    target = json.loads(selectors(quote(6, 15, first_line=2), "http://example.test/documents/1"))
    assert target["source"] == "http://example.test/documents/1"
    assert target["selector"] == [
        {"type": "TextPositionSelector", "start": 6, "end": 15},
        {
            "type": "TextQuoteSelector",
            "exact": "Two is 😀.",
            "prefix": "One.\r\n",
            "suffix": "\nThree “it”.",
        },
    ]


@pytest.mark.parametrize("around", [(0, 28), (4, 20), (6, 15)])
def test_the_quotation_does_not_depend_on_how_much_surrounds_it(around: tuple[int, int]) -> None:
    assert quote(6, 15, 2, around).text == "Two is 😀."
