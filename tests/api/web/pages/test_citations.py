"""Citations of a hit for people and programs."""

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.documents import DocumentMetadata, ExtractionOut, SpanOut, State
from api.contract.sources import CellsSource, HtmlSource, MailSource, PageSource, PdfSource, Source
from api.web.pages.citations import CONTEXT_CHARS, Quotation, Surroundings, citation, selectors
from indexer.documents import EncodingSource, TitleSource
from indexer.index.folder import IndexFolder
from indexer.spans import Span
from tests.api.served_index import publish, serve, write

#       0         1         2
#       0123456789012345678901234567
TEXT = "One.\r\nTwo is 😀.\nThree “it”."
SHA256 = "5f" * 32


ORIGIN = "http://example.test"
ADDRESS = f"{ORIGIN}/documents/0123456789abcdef"


def quote(
    start: int, end: int, first_line: int, around: tuple[int, int] = (0, 28), text: str = TEXT
) -> Quotation:
    document = DocumentMetadata(
        id="0123456789abcdef",
        path="a folder/numbers.txt",
        title="One.",
        title_source=TitleSource.DOCUMENT,
        sha256=SHA256,
        encoding="utf-8",
        encoding_source=EncodingSource.UTF_8,
        media_type="text/plain",
        size_bytes=len(text.encode()),
        modified=datetime(2024, 6, 28, tzinfo=UTC),
        state=State.CURRENT,
    )
    surroundings = Surroundings(around[0], text[slice(*around)])
    return Quotation(document, Span(start, end), first_line, surroundings)


def test_a_citation_names_path_line_characters_and_file() -> None:
    assert citation(quote(6, 15, first_line=2)) == (
        f"“Two is 😀.”\na folder/numbers.txt, line 2, characters 6–15, SHA-256 {SHA256}"
    )


def test_a_citation_over_several_lines_names_the_first_and_last() -> None:
    assert "numbers.txt, lines 1–2, characters 0–15" in citation(quote(0, 15, first_line=1))


def test_the_line_end_belongs_to_its_line() -> None:
    assert "line 2," in citation(quote(6, 16, first_line=2))


def test_selectors_contain_position_and_quotation_with_its_context() -> None:
    target = json.loads(selectors(quote(6, 15, first_line=2), ORIGIN))
    assert target["selector"] == [
        {"type": "TextPositionSelector", "start": 6, "end": 15},
        {
            "type": "TextQuoteSelector",
            "exact": "Two is 😀.",
            "prefix": "One.\r\n",
            "suffix": "\nThree “it”.",
        },
    ]


def extracted(source: Source | None, **description: str) -> Quotation:
    """Return a quotation of a text that was extracted from its file."""
    quotation = quote(6, 15, first_line=2)
    found = ExtractionOut("a reader/1", "an engine", SHA256, [])
    known: dict[str, object] = {"path": "a.pdf", "encoding": None, "extraction": found}
    document = quotation.document.model_copy(update=known | description)
    return replace(quotation, document=document, source=source)


PAGE = PageSource(14, "xii", [0, 0, 595, 842], 0, [[10, 10, 90, 20]])


def test_a_citation_of_an_extracted_text_names_its_page_and_who_wrote_it() -> None:
    quotation = extracted(
        PdfSource("pdf", [PAGE]),
        author="Nell Arkwright",
        publisher="The Tide",
        published="2031-10-14T08:00:00Z",
    )
    assert citation(quotation) == (
        "“Two is 😀.”\n"
        "Nell Arkwright, “One.”, The Tide, 2031-10-14\n"
        f"a.pdf, page xii (14), characters 6–15 of its text, SHA-256 {SHA256}"
    )


def test_a_citation_says_nothing_about_lines_of_a_text_that_has_none() -> None:
    quotation = extracted(HtmlSource("html", SpanOut(100, 120)))
    assert citation(quotation) == (
        f"“Two is 😀.”\na.pdf, characters 6–15 of its text, SHA-256 {SHA256}"
    )


@pytest.mark.parametrize(
    ("source", "selector"),
    [
        (
            PdfSource("pdf", [PAGE]),
            {
                "type": "FragmentSelector",
                "conformsTo": "http://tools.ietf.org/rfc/rfc3778",
                "value": "page=14",
            },
        ),
        (
            HtmlSource("html", SpanOut(100, 120)),
            {"type": "DataPositionSelector", "start": 100, "end": 120},
        ),
        (
            MailSource("mail", "1", None, "utf-8", SpanOut(0, 99), SpanOut(10, 20), None),
            {"type": "DataPositionSelector", "start": 10, "end": 20},
        ),
        (MailSource("mail", "1", "base64", "utf-8", SpanOut(0, 99), None, SpanOut(1, 2)), None),
        (
            MailSource(
                *("mail", "1", None, "utf-8", SpanOut(0, 9), SpanOut(1, 2), None),
                [MailSource("mail", "2", None, "utf-8", SpanOut(9, 19), SpanOut(10, 12), None)],
            ),
            None,
        ),
        (CellsSource("cells", "2024", "B2:C3"), None),
        (None, None),
    ],
)
def test_an_extracted_text_is_selected_in_its_file(
    source: Source | None, selector: dict[str, object] | None
) -> None:
    target = json.loads(selectors(extracted(source), ORIGIN))
    assert target["source"] == f"{ORIGIN}/v1/documents/0123456789abcdef/file"
    *others, quoted = target["selector"]
    assert others == ([selector] if selector else [])
    assert (quoted["type"], quoted["exact"]) == ("TextQuoteSelector", "Two is 😀.")


@pytest.mark.parametrize("around", [(0, 28), (4, 20), (6, 15)])
def test_the_quotation_does_not_depend_on_the_length_of_its_context(
    around: tuple[int, int],
) -> None:
    assert quote(6, 15, 2, around).text == "Two is 😀."


def test_selectors_form_the_target_of_a_web_annotation() -> None:
    target = json.loads(selectors(quote(6, 15, first_line=2), ORIGIN))
    assert {name: value for name, value in target.items() if name != "selector"} == {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "SpecificResource",
        "source": ADDRESS,
        "state": {"type": "TimeState", "sourceDate": "2024-06-28T00:00:00Z"},
    }


# Astral characters, combining marks, right-to-left text, and characters that JSON escapes.
any_text = st.text(
    st.sampled_from('a b\r\n"\\\u0301\u200dש🐟👩é長\u2028<&'), min_size=1, max_size=120
)


@given(any_text, st.data())
def test_both_selectors_select_the_same_code_points(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    around = (max(0, start - CONTEXT_CHARS), min(len(text), end + CONTEXT_CHARS))
    quotation = quote(start, end, 1, around, text)
    position, quoted = json.loads(selectors(quotation, ORIGIN))["selector"]
    assert text[position["start"] : position["end"]] == quoted["exact"]
    before, after = text[: position["start"]], text[position["end"] :]
    assert before.endswith(quoted["prefix"])
    assert after.startswith(quoted["suffix"])
    assert len(quoted["prefix"]) == min(CONTEXT_CHARS, len(before))
    assert len(quoted["suffix"]) == min(CONTEXT_CHARS, len(after))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_text_copied_from_a_hit_occurs_in_the_file(
    folder: Path, index: IndexFolder, encoding: str
) -> None:
    text = "😀 “Zero” <b>.\r\nThe ferry “sails” at noon 🐟.\r\n\r\nTwo.\r\n"
    write(folder, "a <b>.txt", text.encode(encoding))
    publish(folder, index)
    with serve(index) as client:
        page = client.get("/", params={"q": "ferry"}).text
        (copied, link, target) = map(html.unescape, re.findall("<pre>(.*?)</pre>", page, re.DOTALL))
        position, quoted = json.loads(target)["selector"]
        span = {"start": position["start"], "end": position["end"]}
        sha256 = copied.rpartition(" ")[2]
        request = {"path": "a <b>.txt", "span": span, "text": quoted["exact"], "sha256": sha256}
        answer = client.post("/v1/verify", json=request).json()
        assert (answer["verdict"], answer["span"], answer["sha256"]) == ("exact", span, sha256)
        assert copied.startswith(f"“{quoted['exact']}”\na <b>.txt, line")
        assert f"characters {span['start']}–{span['end']}" in copied
        opened = urlsplit(link)
        assert client.get(f"{opened.path}?{opened.query}").status_code == 200
        assert client.get(urlsplit(json.loads(target)["source"]).path).status_code == 200
