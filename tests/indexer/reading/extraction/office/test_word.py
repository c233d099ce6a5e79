"""A Word file is read as its reader sees it."""

import pytest

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.office.word.reader import read_word
from indexer.reading.extraction.pieces import LIMITS, NotExtracted, PieceKind
from tests.indexer.reading.extraction.office.office_files import (
    CORE,
    WORD,
    package,
    read_body,
    relationships,
    word_file,
)
from tests.indexer.reading.extraction.proof import require_proof


def run(text: str, properties: str = "") -> str:
    look = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{look}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def style(id: str, inside: str, kind: str = "paragraph") -> str:
    return f'<w:style w:type="{kind}" w:styleId="{id}">{inside}</w:style>'


def box(*paragraphs: str) -> str:
    inside = f"<w:txbxContent>{''.join(paragraphs)}</w:txbxContent>"
    return (
        f"<w:r><mc:AlternateContent><mc:Choice>{inside}</mc:Choice>"
        f"<mc:Fallback><w:pict>{inside}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(paragraph(run("One ferry")), "One ferry", id="a paragraph"),
        pytest.param(
            paragraph(run("One")) + paragraph() + paragraph(run("Two")), "One\n\nTwo", id="two"
        ),
        pytest.param(paragraph(run("One "), run("ferry")), "One ferry", id="runs"),
        pytest.param(paragraph(run("fer"), run("ry")), "ferry", id="a word in two runs"),
        pytest.param(paragraph(run("R"), run("&amp;"), run("D")), "R&D", id="a reference alone"),
        pytest.param(paragraph(run("&amp;amp; &lt;b&gt;")), "&amp; <b>", id="references"),
        pytest.param(paragraph(run("&#x48;&#228;fen &#x1F6A2;")), "Häfen 🚢", id="by number"),
        pytest.param(paragraph(run("<![CDATA[a & b]]>")), "a & b", id="CDATA"),
        pytest.param(paragraph(run("one\r\n  two")), "one two", id="a line end in the source"),
        pytest.param(
            paragraph("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r>"),
            "a\nb\tc",
            id="a break and a tab",
        ),
        pytest.param(
            paragraph(run("a"), properties='<w:tabs><w:tab w:pos="7"/></w:tabs>'),
            "a",
            id="a tab stop",
        ),
        pytest.param(
            paragraph(
                "<w:ins>", run("in"), "</w:ins>", run("stay"), "<w:del>", run("out"), "</w:del>"
            ),
            "instay",
            id="tracked changes",
        ),
        pytest.param(
            paragraph(
                "<w:moveFrom>", run("out"), "</w:moveFrom><w:moveTo>", run("in"), "</w:moveTo>"
            ),
            "in",
            id="text that was moved",
        ),
        pytest.param(paragraph(run("a"), run("b", "<w:vanish/>")), "a", id="hidden text"),
        pytest.param(paragraph(run("a", '<w:vanish w:val="0"/>')), "a", id="not hidden"),
        pytest.param(
            paragraph(run("a"), properties="<w:rPr><w:vanish/></w:rPr>"),
            "a",
            id="a hidden end of a paragraph",
        ),
        pytest.param(
            paragraph(run("a", "<w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange>")),
            "a",
            id="text that was hidden before a change",
        ),
        pytest.param(
            paragraph(
                run("x = "), "<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den>"
            ).replace("</w:p>", "<m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath></w:p>"),
            "x = a b",
            id="a formula",
        ),
        pytest.param(
            paragraph(run("before "), box(paragraph(run("boxed"))), run("after"))
            + paragraph(run("next")),
            "before after\n\nboxed\n\nnext",
            id="a text box, once and after its paragraph",
        ),
        pytest.param(
            paragraph("<w:r><w:ruby><w:rt>", run("かんじ"), "</w:rt><w:rubyBase>").replace(
                "</w:p>", run("漢字") + "</w:rubyBase></w:ruby></w:r></w:p>"
            ),
            "漢字",
            id="pronunciation",
        ),
        pytest.param(
            paragraph(
                "<w:hyperlink>", run("a link"), "</w:hyperlink><w:fldSimple>", run(" 7")
            ).replace("</w:p>", "</w:fldSimple></w:p>"),
            "a link 7",
            id="links and fields",
        ),
    ],
)
def test_text(body: str, text: str) -> None:
    assert read_body(body).text == text


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        ('descr="A boat &amp; its crew"', "See\n\nA boat & its crew"),
        ("name = 'x>y' descr = 'A \"boat\"'", 'See\n\nA "boat"'),
        ('descr="C:\\pictures\\boat"', "See"),
        ('descr="boat.jpeg"', "See"),
        ('descr=""', "See"),
        ('name="Picture 1"', "See"),
    ],
)
def test_descriptions_of_pictures(attribute: str, text: str) -> None:
    drawing = f"<w:r><w:drawing><wp:inline><wp:docPr {attribute}/></wp:inline></w:drawing></w:r>"
    assert read_body(paragraph(run("See"), drawing)).text == text


def test_a_large_first_letter_belongs_to_the_next_paragraph() -> None:
    initial = paragraph(run("T"), properties='<w:framePr w:dropCap="drop" w:lines="3"/>')
    frame = paragraph(run("framed"), properties='<w:framePr w:w="3"/>')
    assert read_body(initial + paragraph(run("hey rowed.")) + frame).text == "They rowed.\n\nframed"


def test_the_non_breaking_hyphen_is_a_piece() -> None:
    extraction = read_body(paragraph("<w:r><w:t>co</w:t><w:noBreakHyphen/><w:t>op</w:t></w:r>"))
    assert extraction.text == "co‑op"
    kinds = [piece.kind for piece in extraction.pieces]
    assert kinds == [PieceKind.VERBATIM, PieceKind.ELEMENT, PieceKind.VERBATIM]


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def test_rows_of_a_table_are_lines_with_tabs() -> None:
    body = table(
        row(paragraph(run("Day")), paragraph(run("Boats"))),
        row(paragraph(), paragraph(run("12"))),
        row(paragraph(run("one")) + paragraph(run("two")), paragraph(run("3"))),
    )
    extraction = read_body(paragraph(run("Above")) + body + paragraph(run("Below")))
    assert extraction.text == "Above\n\nDay\tBoats\n\t12\none two\t3\n\nBelow"


def test_a_table_inside_a_cell_has_its_own_rows() -> None:
    inner = table(row(paragraph(run("a")), paragraph(run("b"))))
    extraction = read_body(table(row(paragraph(run("before")) + inner, paragraph(run("after")))))
    assert extraction.text == "before\n\na\tb\n\nafter"


def test_a_table_with_long_cells_is_read_cell_by_cell() -> None:
    long = paragraph(run("A long story. " * 50)) + paragraph(run("Its end."))
    extraction = read_body(table(row(long, paragraph(run("the margin")))))
    assert extraction.text.endswith("A long story.\n\nIts end.\n\nthe margin")


def test_notes_and_comments_follow_their_paragraph() -> None:
    extraction = read_body(
        paragraph(
            run("The ferry"),
            '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:commentReference w:id="0"/></w:r>',
            run(" stopped."),
        )
        + paragraph(run("It rained."), '<w:r><w:endnoteReference w:id="1"/></w:r>'),
        footnotes=f'<w:footnote w:id="0">{paragraph(run("separator"))}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph(run("Not the old one."))}</w:footnote>',
        endnotes=f'<w:endnote w:id="1">{paragraph(run("For a week."))}</w:endnote>',
        comments=f'<w:comment w:id="0">{paragraph(run("Which one?"))}</w:comment>',
    )
    assert extraction.text == (
        "The ferry stopped.\n\nNot the old one.\n\nWhich one?\n\nIt rained.\n\nFor a week."
    )


def test_notes_of_a_table_follow_the_table() -> None:
    noted = paragraph(run("12"), '<w:r><w:footnoteReference w:id="1"/></w:r>')
    extraction = read_body(
        table(row(paragraph(run("Boats")), noted), row(paragraph(run("Ships")), paragraph())),
        footnotes=f'<w:footnote w:id="1">{paragraph(run("Counted twice."))}</w:footnote>',
    )
    assert extraction.text == "Boats\t12\nShips\n\nCounted twice."


def test_headers_and_footers_come_last_and_are_repeated() -> None:
    extraction = read_body(
        paragraph(run("Body")),
        header=paragraph(run("The Skerrow Tide")),
        footer=paragraph(run("The Skerrow Tide")) + paragraph(run("7")),
    )
    assert extraction.text == "Body\n\nThe Skerrow Tide"
    assert [span.of(extraction.text) for span in extraction.repeated] == ["The Skerrow Tide"]


def test_headings_are_known_by_their_styles() -> None:
    styles = (
        style("berschrift1", '<w:name w:val="heading 1"/>')
        + style("Kapitel", '<w:name w:val="Kapitel"/><w:basedOn w:val="berschrift1"/>')
        + style("Own", '<w:name w:val="Own"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr>')
        + style("Loop", '<w:name w:val="Loop"/><w:basedOn w:val="Loop"/>')
    )

    def styled(id: str, more: str = "") -> str:
        return paragraph(run(f"of {id}"), properties=f'<w:pStyle w:val="{id}"/>{more}')

    body = (
        styled("berschrift1")
        + styled("Kapitel")
        + styled("Own")
        + styled("Loop")
        + styled("Kapitel", '<w:outlineLvl w:val="9"/>')
        + styled("Loop", '<w:outlineLvl w:val="4"/>')
    )
    extraction = read_body(body, styles=styles)
    assert [(each.level, each.title) for each in extraction.headings] == [
        (1, "of berschrift1"),
        (1, "of Kapitel"),
        (2, "of Own"),
        (5, "of Loop"),
    ]


def test_a_long_paragraph_is_not_a_heading() -> None:
    long = paragraph(run("word " * 100), properties='<w:outlineLvl w:val="0"/>')
    assert read_body(long + paragraph(run("end"))).headings == ()


def test_hidden_styles_hide_their_text() -> None:
    styles = (
        style("Secret", "<w:rPr><w:vanish/></w:rPr>", kind="character")
        + style("Gone", "<w:rPr><w:vanish/></w:rPr>")
        + style("Shown", '<w:rPr><w:vanish w:val="false"/></w:rPr>', kind="character")
    )
    extraction = read_body(
        paragraph(run("kept "), run("out", '<w:rStyle w:val="Secret"/>'))
        + paragraph(
            run("out"),
            run("shown", '<w:rStyle w:val="Shown"/>'),
            properties='<w:pStyle w:val="Gone"/>',
        ),
        styles=styles,
    )
    assert extraction.text == "kept\n\nshown"


def test_tables_of_contents_and_placeholders_are_repeated() -> None:
    def control(property: str, text: str) -> str:
        return (
            f"<w:sdt><w:sdtPr>{property}</w:sdtPr><w:sdtContent>{paragraph(run(text))}"
            "</w:sdtContent></w:sdt>"
        )

    extraction = read_body(
        control('<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>', "1 A")
        + paragraph(run("2 B"), properties='<w:pStyle w:val="Verzeichnis1"/>')
        + control("<w:showingPlcHdr/>", "Click here")
        + control("", "Mine"),
        styles=style("Verzeichnis1", '<w:name w:val="toc 1"/>'),
    )
    assert [span.of(extraction.text) for span in extraction.repeated] == [
        "1 A",
        "2 B",
        "Click here",
    ]


def test_items_of_a_list_have_no_empty_lines_between_them() -> None:
    item = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{}"/></w:numPr>'
    extraction = read_body(
        paragraph(run("They:"))
        + paragraph(run("rowed"), properties=item.format(1))
        + paragraph(run("waited"), properties=item.format(1))
        + paragraph(run("So it was."), properties=item.format(0))
    )
    assert extraction.text == "They:\n\nrowed\nwaited\n\nSo it was."


def test_the_document_says_who_wrote_it_and_when() -> None:
    members = {
        "_rels/.rels": relationships(
            "officeDocument word/document.xml", "core-properties docProps/core.xml"
        ),
        "word/document.xml": f'<w:document xmlns:w="{WORD}">{paragraph(run("a"))}</w:document>',
        "docProps/core.xml": CORE.format(
            "<dc:title>The ferry &amp; I</dc:title><dc:creator>Ida Brandt</dc:creator>"
            "<dc:language>en-GB</dc:language>"
            "<dcterms:created>2024-03-05T10:00:00Z</dcterms:created>"
        ),
    }
    metadata = read_word("a.docx", package(members), LIMITS).metadata
    assert (metadata.title, metadata.author) == ("The ferry & I", "Ida Brandt")
    assert (metadata.published, metadata.language) == ("2024-03-05T10:00:00Z", "en-GB")


@pytest.mark.parametrize(
    ("title", "author", "created"),
    [
        ("Microsoft Word - a.doc", "python-docx", "2013-12-23T23:15:00Z"),
        ("Document1", "Author", "1601-01-01T00:00:00Z"),
        ("Untitled", "Microsoft Office User", "yesterday"),
    ],
)
def test_what_programs_fill_in_is_left_out(title: str, author: str, created: str) -> None:
    members = {
        "_rels/.rels": relationships("core-properties core.xml"),
        "word/document.xml": f'<w:document xmlns:w="{WORD}">{paragraph(run("a"))}</w:document>',
        "core.xml": CORE.format(
            f"<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>"
            f"<dcterms:created>{created}</dcterms:created>"
        ),
    }
    assert set(read_word("a.docx", package(members), LIMITS).metadata) == {None}


def test_damaged_properties_do_not_matter() -> None:
    members = {
        "_rels/.rels": relationships("core-properties core.xml"),
        "word/document.xml": f'<w:document xmlns:w="{WORD}">{paragraph(run("a"))}</w:document>',
        "core.xml": "<cp:coreProperties>",
    }
    extraction = read_word("a.docx", package(members), LIMITS)
    assert (extraction.text, set(extraction.metadata)) == ("a", {None})


def test_the_title_of_the_text_comes_before_the_one_of_the_properties() -> None:
    extraction = read_body(
        paragraph(run("The "), run("ferry"), properties='<w:pStyle w:val="Titel"/>'),
        styles=style("Titel", '<w:name w:val="Title"/>'),
    )
    assert extraction.metadata.title == "The ferry"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_parts_can_have_any_encoding(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    xml = f'<?xml version="1.0" encoding="{declared}"?><w:document xmlns:w="{WORD}">'
    xml += paragraph(run(" Zoë &amp; Åsa "), run("&lt;é&gt;")) + "</w:document>"
    content = package({"word/document.xml": xml.encode(encoding)})
    extraction = read_word("a.docx", content, LIMITS)
    require_proof(extraction, content)
    assert extraction.text == "Zoë & Åsa <é>"


def test_other_prefixes_and_the_strict_namespace_are_the_same() -> None:
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    xml = f'<document xmlns="{strict}"><body><p><r><t>One ferry</t></r></p></body></document>'
    content = package({"word/document.xml": xml})
    assert read_word("a.docx", content, LIMITS).text == "One ferry"


def test_names_of_parts_may_have_other_capitals() -> None:
    xml = f'<w:document xmlns:w="{WORD}">{paragraph(run("One ferry"))}</w:document>'
    members = {
        "_rels/.rels": relationships("officeDocument /Word/Document.xml"),
        "word/document.xml": xml,
    }
    assert read_word("a.docx", package(members), LIMITS).text == "One ferry"


def test_headings_start_where_their_text_does() -> None:
    body = paragraph(run("Above")) + paragraph(run(" The "), run("end"), properties="")
    level = '<w:outlineLvl w:val="0"/>'
    extraction = read_body(body.replace("<w:pPr></w:pPr>", f"<w:pPr>{level}</w:pPr>"))
    assert extraction.headings == (Heading(0, 1, "Above"), Heading(7, 1, "The end"))


def test_a_file_without_text_is_reported_as_such() -> None:
    with pytest.raises(NotExtracted) as refused:
        read_word("a.docx", word_file(paragraph()), LIMITS)
    assert refused.value.reason is SkipReason.NO_TEXT
