"""Places in files in words, and as fragments of addresses."""

import pytest

from api.contract.documents import SpanOut
from api.contract.sources import (
    CellsSource,
    HtmlSource,
    JsonSource,
    MailSource,
    MarkOut,
    PageSource,
    PdfSource,
    RtfSource,
    Source,
    SubtitlesSource,
    XmlSource,
)
from api.documents.sources.place_names import fragment_of, place_words, text_directive
from indexer.reading.extraction.pieces import MarkKind

SPAN = SpanOut(0, 9)


def page(number: int, label: str) -> PageSource:
    return PageSource(number, label, [0, 0, 595, 842], 0, [])


def member(kind: MarkKind, label: str) -> XmlSource:
    return XmlSource("xml", "a.xml", "00", SPAN, MarkOut(0, kind, label))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, ""),
        (HtmlSource("html", SPAN), ""),
        (RtfSource("rtf", SPAN), ""),
        (PdfSource("pdf", [page(12, "12")]), "page 12"),
        (PdfSource("pdf", [page(12, "")]), "page 12"),
        (PdfSource("pdf", [page(12, "xii")]), "page xii (12)"),
        (PdfSource("pdf", [page(12, "12"), page(13, "13")]), "pages 12–13"),
        (XmlSource("xml", "word/document.xml", "00", SPAN), ""),
        (member(MarkKind.SLIDE, "3"), "slide 3"),
        (member(MarkKind.CHAPTER, "4"), "chapter 4"),
        (member(MarkKind.CHAPTER, "The flood"), "chapter “The flood”"),
        (CellsSource("cells", "2024", "B7:D9"), "sheet “2024”, B7:D9"),
        (JsonSource("json", SPAN, 5), "cell 5"),
        (SubtitlesSource("subtitles", SPAN, "00:12:30"), "00:12:30"),
        (MailSource("mail", "1.1", None, "utf-8", SPAN, SPAN, None), ""),
        (MailSource("mail", "4/1.1", None, "utf-8", SPAN, SPAN, None), "message 4"),
    ],
)
def test_a_place_in_words(source: Source | None, words: str) -> None:
    assert place_words(source) == words


def test_fragments_of_addresses() -> None:
    assert fragment_of(PdfSource("pdf", [page(12, "xii")]), "x") == "#page=12"
    assert fragment_of(HtmlSource("html", SPAN), "the tide") == "#:~:text=the%20tide"
    assert fragment_of(RtfSource("rtf", SPAN), "the tide") == ""


@pytest.mark.parametrize(
    ("text", "directive"),
    [
        ("  ", ""),
        ("well-known, they say & so", ":~:text=well%2Dknown%2C%20they%20say%20%26%20so"),
        ("1 2 3 4 5 6 7 8 9 10 11", ":~:text=1%202%203%204%205,7%208%209%2010%2011"),
        # A browser looks for each of both inside one element.
        (
            "A heading\n\nThe first words of it.",
            ":~:text=A%20heading,The%20first%20words%20of%20it.",
        ),
    ],
)
def test_a_directive_names_the_first_and_the_last_words(text: str, directive: str) -> None:
    assert text_directive(text) == directive
