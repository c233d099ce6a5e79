"""OpenDocument files are read as their reader sees them."""

import pytest

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.office.open_document.reader import read_open_document
from indexer.reading.extraction.pieces import LIMITS, Mark, MarkKind, NotExtracted
from tests.indexer.reading.extraction.office.office_files import (
    open_document,
    package,
    read_open_text,
)
from tests.indexer.reading.extraction.proof import require_proof


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("<text:p>One</text:p>\n <text:p>Two</text:p>", "One\n\nTwo", id="paragraphs"),
        pytest.param("<text:p> one\n   two </text:p>", "one two", id="blanks"),
        pytest.param(
            "<text:p>a<text:s text:c='3'/>b<text:tab/>c<text:line-break/>d</text:p>",
            "a b\tc\nd",
            id="blanks that are elements",
        ),
        pytest.param(
            "<text:p>R&amp;D <text:span>fer</text:span>ry</text:p>", "R&D ferry", id="span"
        ),
        pytest.param(
            "<text:tracked-changes><text:changed-region><text:deletion><text:p>out</text:p>"
            "</text:deletion></text:changed-region></text:tracked-changes><text:p>in</text:p>",
            "in",
            id="deleted text",
        ),
        pytest.param(
            "<text:p>The ferry<text:note><text:note-citation>1</text:note-citation><text:note-body>"
            "<text:p>Not the old one.</text:p></text:note-body></text:note> stopped.</text:p>"
            "<text:p>End</text:p>",
            "The ferry stopped.\n\nNot the old one.\n\nEnd",
            id="a note",
        ),
        pytest.param(
            "<text:p>The ferry<office:annotation><dc:creator>Ida</dc:creator>"
            "<text:p>Which?</text:p></office:annotation> stopped.</text:p>",
            "The ferry stopped.\n\nWhich?",
            id="a comment",
        ),
        pytest.param(
            "<text:p>before <draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box>"
            "</draw:frame>after</text:p><text:p>next</text:p>",
            "before after\n\nboxed\n\nnext",
            id="a text box",
        ),
        pytest.param(
            "<text:p>See<draw:frame><svg:title>x</svg:title><svg:desc>A boat</svg:desc>"
            "</draw:frame> it<draw:frame><svg:desc>boat.png</svg:desc></draw:frame>.</text:p>",
            "See it.\n\nA boat",
            id="descriptions of pictures",
        ),
        pytest.param(
            "<text:list><text:list-item><text:p>a</text:p><text:list><text:list-item><text:p>b"
            "</text:p></text:list-item></text:list></text:list-item></text:list><text:p>c</text:p>",
            "a\nb\n\nc",
            id="lists",
        ),
        pytest.param(
            "<table:table><table:table-header-rows><table:table-row><table:table-cell>"
            "<text:p>Day</text:p></table:table-cell><table:table-cell><text:p>Boats</text:p>"
            "</table:table-cell></table:table-row></table:table-header-rows><table:table-row>"
            "<table:covered-table-cell/><table:table-cell><text:p>12</text:p></table:table-cell>"
            "</table:table-row></table:table>",
            "Day\tBoats\n\t12",
            id="a table",
        ),
        pytest.param(
            "<text:p>seen <text:hidden-text text:is-hidden='true'>not</text:hidden-text></text:p>"
            "<text:section text:display='none'><text:p>not</text:p></text:section>",
            "seen",
            id="hidden text",
        ),
        pytest.param(
            "<text:p>Page <text:page-number>7</text:page-number></text:p>",
            "Page",
            id="page numbers",
        ),
    ],
)
def test_text(body: str, text: str) -> None:
    assert read_open_text(body).text == text


def test_styles_can_hide_text() -> None:
    styles = (
        '<style:style style:name="T1" style:family="text">'
        '<style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="P1" style:family="paragraph" '
        'style:parent-style-name="P2"/><style:style style:name="P2" style:family="paragraph">'
        '<style:text-properties text:display="none"/></style:style>'
    )
    body = (
        '<text:p>a <text:span text:style-name="T1">out</text:span>b</text:p>'
        '<text:p text:style-name="P1">out</text:p>'
    )
    assert read_open_text(body, styles=styles).text == "a b"


def test_headings_and_the_title() -> None:
    styles = (
        '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    )
    extraction = read_open_text(
        '<text:p text:style-name="P1">On <text:span>ferries</text:span></text:p>'
        '<text:h text:outline-level="2">How</text:h><text:p>a</text:p><text:h>Why</text:h>',
        styles=styles,
        meta="<dc:title>Template</dc:title><meta:initial-creator>Ida</meta:initial-creator>"
        "<dc:creator>Bo</dc:creator><meta:creation-date>2024-03-05T10:00:00</meta:creation-date>",
    )
    assert extraction.headings == (Heading(12, 2, "How"), Heading(20, 1, "Why"))
    metadata = extraction.metadata
    assert (metadata.title, metadata.author) == ("On ferries", "Ida")
    assert metadata.published == "2024-03-05T10:00:00"


def test_contents_headers_and_footers_are_repeated() -> None:
    extraction = read_open_text(
        "<text:table-of-content><text:index-body><text:p>How 7</text:p></text:index-body>"
        "</text:table-of-content><text:p>a</text:p>",
        page_styles="<text:p>not shown</text:p>"
        "<style:header><text:p>The Tide</text:p></style:header>"
        "<style:footer><text:p>The Tide</text:p></style:footer>",
    )
    assert extraction.text == "How 7\n\na\n\nThe Tide"
    assert [span.of(extraction.text) for span in extraction.repeated] == ["How 7", "The Tide"]


def test_slides() -> None:
    def frame(kind: str, text: str, more: str = "") -> str:
        return (
            f'<draw:frame presentation:class="{kind}"{more}><draw:text-box><text:p>{text}</text:p>'
            "</draw:text-box></draw:frame>"
        )

    prompt = ' presentation:placeholder="true"'
    extraction = read_open_text(
        f"<draw:page>{frame('outline', 'They rowed.')}{frame('title', 'The ferry')}"
        f"{frame('page-number', '1')}{frame('footer', 'Skerrow')}"
        f"{frame('outline', 'Click', prompt)}"
        f"<presentation:notes>{frame('page', 'x')}{frame('notes', 'Wait.')}</presentation:notes>"
        "</draw:page><draw:page><draw:g><draw:custom-shape><text:p>a</text:p></draw:custom-shape>"
        "<draw:rect><text:p>b</text:p></draw:rect></draw:g></draw:page>",
        kind="presentation",
    )
    assert extraction.text == "The ferry\n\nThey rowed.\n\nSkerrow\n\nWait.\n\na\n\nb"
    assert extraction.headings == (Heading(0, 1, "The ferry"),)
    assert extraction.marks == (Mark(0, MarkKind.SLIDE, "1"), Mark(40, MarkKind.SLIDE, "2"))
    assert [span.of(extraction.text) for span in extraction.repeated] == ["Skerrow"]
    assert extraction.metadata.title == "The ferry"


def test_a_formula_is_read_where_it_is_shown() -> None:
    names = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    names += 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    names += 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    formula = '<draw:object xlink:href="./Object 1"/>'
    content = package(
        {
            "content.xml": f"<a {names}><text:p>So {formula} it is. {formula}</text:p></a>",
            "Object 1/content.xml": '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>v</mi>'
            "<mo>=</mo><mn>3</mn><annotation>v = 3</annotation></math>",
        }
    )
    extraction = read_open_document("a.odt", content, LIMITS)
    require_proof(extraction, content)
    assert extraction.text == "So v = 3 it is."


def test_an_encrypted_file_is_reported_as_such() -> None:
    manifest = "<m><file-entry><encryption-data/></file-entry></m>"
    content = package({"META-INF/manifest.xml": manifest, "content.xml": b"\x00\x01"})
    with pytest.raises(NotExtracted) as refused:
        read_open_document("a.odt", content, LIMITS)
    assert refused.value.reason is SkipReason.ENCRYPTED


def test_a_file_without_text_is_reported_as_such() -> None:
    with pytest.raises(NotExtracted) as refused:
        read_open_document("a.odt", open_document("<text:p/>"), LIMITS)
    assert refused.value.reason is SkipReason.NO_TEXT
