"""A PowerPoint file is read slide by slide."""

from indexer.documents import Heading
from indexer.reading.extraction.office.slides import read_slides
from indexer.reading.extraction.pieces import LIMITS, Mark, MarkKind
from tests.indexer.reading.extraction.office.office_files import presentation, read_slide_parts


def shape(*paragraphs: str, kind: str = "", name: str = "") -> str:
    lines = "".join(f"<a:p><a:r><a:t>{each}</a:t></a:r></a:p>" for each in paragraphs)
    placeholder = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else ""
    return f"<p:sp><p:nvSpPr>{name}{placeholder}</p:nvSpPr><p:txBody>{lines}</p:txBody></p:sp>"


def test_titles_are_headings_and_come_first() -> None:
    extraction = read_slide_parts(
        shape("They rowed.", "They waited.") + shape("The ferry", kind="title"),
        shape("The end", kind="title") + shape("It came back."),
    )
    assert extraction.text == "The ferry\n\nThey rowed.\nThey waited.\n\nThe end\n\nIt came back."
    assert extraction.headings == (Heading(0, 1, "The ferry"), Heading(37, 1, "The end"))
    assert extraction.marks == (Mark(0, MarkKind.SLIDE, "1"), Mark(37, MarkKind.SLIDE, "2"))


def test_a_title_in_two_lines_is_one_heading() -> None:
    extraction = read_slide_parts(shape("The", "ferry", kind="ctrTitle"))
    assert extraction.text == "The\nferry"
    assert extraction.headings == (Heading(0, 1, "The ferry"),)
    assert extraction.metadata.title == "The ferry"


def test_the_order_is_that_of_the_presentation() -> None:
    content = presentation([shape("One"), shape("Two")], shown=[2, 1, 7])
    assert read_slides("a.pptx", content, LIMITS).text == "Two\n\nOne"


def test_margins_are_repeated_and_numbers_left_out() -> None:
    number = (
        '<p:sp><p:txBody><a:p><a:fld type="slidenum"><a:t>7</a:t></a:fld></a:p></p:txBody></p:sp>'
    )
    extraction = read_slide_parts(
        shape("They rowed.")
        + shape("Skerrow 2024", kind="ftr")
        + shape("1", kind="sldNum")
        + number
    )
    assert extraction.text == "They rowed.\n\nSkerrow 2024"
    assert [span.of(extraction.text) for span in extraction.repeated] == ["Skerrow 2024"]


def test_hidden_shapes_are_left_out() -> None:
    hidden = '<p:cNvPr id="1" hidden="1"/>'
    assert read_slide_parts(shape("seen") + shape("unseen", name=hidden)).text == "seen"


def test_notes_of_the_speaker_and_comments_follow_their_slide() -> None:
    extraction = read_slide_parts(
        shape("The ferry", kind="title"),
        shape("Next"),
        notesSlide=shape("the picture") + shape("Wait for laughter.", kind="body"),
        comments="<p:cm><p:text>Really?</p:text></p:cm>",
    )
    assert extraction.text == "The ferry\n\nWait for laughter.\n\nReally?\n\nNext"


def test_tables_and_breaks() -> None:
    def cell(text: str) -> str:
        return f"<a:tc><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"

    rows = "".join(
        f"<a:tr>{cell(left)}{cell(right)}</a:tr>"
        for left, right in [("Day", "Boats"), ("1", "&lt;2")]
    )
    line = "<p:sp><a:p><a:r><a:t>a</a:t></a:r><a:br/><a:r><a:t>b</a:t></a:r></a:p></p:sp>"
    frame = f"<p:graphicFrame><a:tbl>{rows}</a:tbl></p:graphicFrame>"
    assert read_slide_parts(frame + line).text == "Day\tBoats\n1\t<2\n\na\nb"


def test_descriptions_of_pictures() -> None:
    picture = '<p:pic><p:nvPicPr><p:cNvPr id="4" descr="A boat"/></p:nvPicPr></p:pic>'
    assert read_slide_parts(shape("They rowed.") + picture).text == "They rowed.\n\nA boat"
