"""What a PDF says, in the order in which it is read, and what people are told about its pages."""

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.pdf.reader import read_pdf
from indexer.reading.extraction.pieces import LIMITS, Limits, Mark, MarkKind, NotExtracted
from tests.indexer.reading.extraction.pdf.pdf_samples import (
    PICTURE,
    SAMPLES,
    page_tree_loop,
)
from tests.indexer.reading.extraction.pdf.pdf_writer import (
    Page,
    encrypted,
    pdf,
    shown,
    unicode_font,
)
from tests.indexer.reading.extraction.pdf.reading import is_drawn, read
from tests.property_examples import examples

WORDS = st.lists(
    st.text(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,;!?()\\", min_size=1, max_size=9
    ),
    min_size=1,
    max_size=5,
)


def refusal(content: bytes, limits: Limits = LIMITS) -> tuple[SkipReason, str]:
    with pytest.raises(NotExtracted) as refused:
        read_pdf("a.pdf", content, limits)
    return refused.value.reason, refused.value.detail


def test_a_hyphen_at_the_end_of_a_line_keeps_its_line_break() -> None:
    text = read(pdf(shown("The cli-", "mate of the well-", "known island"))).text
    assert text == "The cli-\nmate of the well-\nknown island"


def test_a_hyphen_inside_a_line_is_followed_by_nothing() -> None:
    assert (
        read(pdf(shown("A well-known island", "and more"))).text == "A well-known island\nand more"
    )


def test_ligatures_are_their_letters() -> None:
    assert "office first final" in read(SAMPLES["one_column"]()).text


def test_columns_follow_each_other() -> None:
    text = read(SAMPLES["two_columns"]()).text
    assert text.index("never built") < text.index("Since the storm")


def test_a_gap_between_lines_begins_a_paragraph() -> None:
    lines = shown("One line", "and the next.", at=(20, 180)) + shown("A paragraph.", at=(20, 130))
    assert read(pdf(lines)).text == "One line\nand the next.\n\nA paragraph."


def test_lines_far_apart_throughout_are_one_paragraph() -> None:
    double_spaced = shown(*["one", "two", "three", "four", "five", "six"], at=(20, 180), leading=27)
    assert read(pdf(double_spaced)).text == "one\ntwo\nthree\nfour\nfive\nsix"


def test_cells_of_a_row_have_a_tab_between_them() -> None:
    row = shown("Year") + shown("Rain", at=(120, 150))
    assert read(pdf(row)).text == "Year\tRain"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_lines_of_any_direction_are_in_order(turn: int) -> None:
    lines = shown("The first line", "goes on in the sec-", "ond line.")
    matrices = {0: "1 0 0 1", 90: "0 -1 1 0", 180: "-1 0 0 -1", 270: "0 1 -1 0"}
    for matrix in matrices.values():
        content = pdf(
            Page(lines.replace("1 0 0 1", matrix).replace("20 150", "130 110"), f"/Rotate {turn}")
        )
        assert read(content).text == "The first line\ngoes on in the sec-\nond line."


def test_text_outside_the_page_is_left_out() -> None:
    extraction = read(SAMPLES["crop_box"]())
    assert extraction.text == "Inside the box\n\nseen"
    assert extraction.places[0].box == (100, 50, 290, 180)


def test_a_page_has_the_box_that_its_tree_gives() -> None:
    assert read(SAMPLES["inherited_box"]()).places[0].box == (0, 0, 900, 60)


def test_what_is_filled_in_a_form_is_text_and_hidden_notes_are_not() -> None:
    extraction = read(SAMPLES["filled_form"]())
    assert extraction.text == "Name:\nAda Lovelace"
    assert extraction.boxes[1] == pytest.approx((8200, 15000, 10300, 15862), abs=100)


def test_pages_are_marked_with_their_labels() -> None:
    marks = read(SAMPLES["outline"]()).marks
    assert [mark.label for mark in marks] == ["i", "ii", "7", "8"]
    assert read(pdf(shown("a"), shown("b"))).marks == (
        Mark(0, MarkKind.PAGE, "1"),
        Mark(3, MarkKind.PAGE, "2"),
    )


def test_control_characters_are_left_out() -> None:
    assert read(pdf(shown("a\x01b \x03 c", "d"))).text == "ab c\nd"


def test_halves_of_pairs_are_left_out() -> None:
    # A font that gives the first half of a pair for "a".
    font = unicode_font({0x61: "x", 0x62: "b"})
    font[0] = font[0].replace("<61> <0078>", "<61> <d835>")
    assert read(pdf(shown("ab b", font="G"), font=font)).text == "b b"


@pytest.mark.parametrize("name", SAMPLES)
def test_pieces_are_what_pdfium_alone_gives(name: str) -> None:
    content = SAMPLES[name]()
    extraction = read(content)
    for piece in extraction.pieces:
        page = extraction.places[piece.place].start
        text = extraction.text[piece.start : piece.end]
        assert is_drawn(text, content, page, piece.source_start, piece.source_end)


def test_a_page_whose_lines_run_downwards_is_turned_before_it_is_read() -> None:
    content = pdf(Page(shown("one line", "and two"), "/Rotate 90"))
    piece = read(content).pieces[0]
    page = pdfium.PdfDocument(content)[0]
    assert page.get_textpage().get_text_bounded() == "and two\r\none line"
    page.set_rotation(180)
    turned = page.get_textpage().get_text_bounded()
    assert turned[piece.source_start : piece.source_end] == "one"


@examples(200)
@given(st.lists(WORDS, min_size=1, max_size=5))
def test_the_words_of_any_page_survive(lines: list[list[str]]) -> None:
    # PDFium takes lines of points and commas alone for parts of others.
    drawn = [" ".join(["Line", *words]) for words in lines]
    text = read(pdf(shown(*drawn, at=(5, 180), size=5, leading=6))).text
    assert text.split() == " ".join(drawn).split()
    assert [*filter(None, text.split("\n"))] == drawn


# Warnings and refusals


def test_scanned_pages_are_named_and_empty_ones_are_not() -> None:
    scanned = "Pages 2 and 3 have no text: a scan or a drawing."
    assert read(SAMPLES["scanned"]()).warnings == (scanned,)


def test_pages_with_letters_of_an_unknown_kind_are_named() -> None:
    garbled = "Page 2 has characters that cannot be read: a font does not tell its letters."
    assert read(SAMPLES["garbled"]()).warnings == (garbled,)


def test_text_that_nobody_can_read_weighs_little() -> None:
    extraction = read(SAMPLES["garbled"]())
    assert [span.of(extraction.text)[0] for span in extraction.repeated] == [chr(0xE000 + ord("N"))]


def test_pages_with_right_to_left_text_are_named() -> None:
    [warning] = read(SAMPLES["hebrew"]()).warnings
    assert warning.startswith("Page 1 has right-to-left text, ")


def test_a_file_of_pictures_has_no_text() -> None:
    assert refusal(pdf(PICTURE, PICTURE, "")) == (
        SkipReason.NO_TEXT,
        "2 of its 3 pages have pictures only",
    )
    assert refusal(pdf("")) == (SkipReason.NO_TEXT, "")


def test_a_password_is_asked_for_only_if_it_is_not_empty() -> None:
    assert read(encrypted("Nothing to hide", b"")).text == "Nothing to hide"
    assert refusal(encrypted("A secret", b"swordfish")) == (SkipReason.ENCRYPTED, "")


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"%PDF-1.7\nnot a PDF at all\n%%EOF"])
def test_a_file_that_is_no_pdf_is_damaged(content: bytes) -> None:
    assert refusal(content) == (SkipReason.DAMAGED, "it is not a PDF that can be opened")


def test_a_tree_of_pages_that_contains_itself_ends() -> None:
    assert refusal(page_tree_loop()) == (SkipReason.DAMAGED, "none of its pages can be read")


def test_a_page_that_cannot_be_read_is_named() -> None:
    content = pdf(shown("one"), shown("two"), shown("three"))
    damaged = content.replace(b"/Type /Page ", b"/Type /Pxxx ", 2).replace(b"/Pxxx", b"/Page", 1)
    extraction = read(damaged)
    assert (extraction.text, extraction.warnings) == (
        "one\n\nthree",
        ("Page 2 has damage, and could not be read.",),
    )


def test_more_text_than_the_limit_is_too_costly() -> None:
    content = pdf(*(shown("word " * 10) for _ in range(5)))
    assert refusal(content, Limits(text=200))[0] is SkipReason.TOO_COSTLY


# Headings and running lines


def test_headings_are_the_entries_of_the_outline() -> None:
    titles = [(heading.level, heading.title) for heading in read(SAMPLES["outline"]()).headings]
    assert titles == [(1, "1. Springs"), (1, "2. Wells"), (1, "3. Rivers"), (1, "4. Rain")]


def test_without_an_outline_headings_are_lines_in_larger_letters() -> None:
    def section(title: str, top: float) -> str:
        lines = shown(
            "The text of the section", "goes on for two lines.", at=(20, top - 20), size=9
        )
        return shown(title, at=(20, top), size=12) + lines

    page = shown("A book", at=(20, 180), size=18) + section("One", 150) + section("Two", 90)
    text = read(pdf(page)).text
    assert read(pdf(page)).headings == (
        Heading(0, 1, "A book"),
        Heading(text.index("One"), 2, "One"),
        Heading(text.index("Two"), 2, "Two"),
    )


def test_running_lines_and_page_numbers_are_repeated() -> None:
    extraction = read(SAMPLES["outline"]())
    repeated = [span.of(extraction.text) for span in extraction.repeated]
    assert repeated == [each for page in "1234" for each in ("Waters of the island", page)]
