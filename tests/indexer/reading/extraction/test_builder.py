"""A text that a builder has made is in its source, piece by piece."""

import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.pieces import (
    LIMITS,
    Extraction,
    Limits,
    Mark,
    MarkKind,
    Metadata,
    NotExtracted,
    Piece,
    PieceKind,
    Place,
)
from indexer.reading.extraction.reconstruction import reconstruct
from indexer.spans import Span
from tests.property_examples import examples


def build(source: bytes, *, encoding: str = "utf-8", limits: Limits = LIMITS) -> TextBuilder:
    builder = TextBuilder(limits)
    builder.place(Place(encoding=encoding), source)
    return builder


def kinds_and_texts(extraction: Extraction) -> list[tuple[str, str]]:
    return [
        (str(piece.kind), extraction.text[piece.start : piece.end]) for piece in extraction.pieces
    ]


def test_pieces_of_text_that_goes_on_in_the_source_are_one() -> None:
    source = b"one two"
    builder = build(source)
    builder.add(PieceKind.VERBATIM, "one", 0, 3)
    builder.blank()
    builder.add(PieceKind.VERBATIM, "two", 4, 7)
    assert builder.finish().pieces == (Piece(0, 7, PieceKind.VERBATIM, 0, 0, 7),)


def test_pieces_are_apart_where_the_source_has_more_between_them() -> None:
    builder = build(b"one <b>two</b>")
    builder.add(PieceKind.VERBATIM, "one", 0, 3)
    builder.blank()
    builder.add(PieceKind.VERBATIM, "two", 7, 10)
    extraction = builder.finish()
    assert extraction.text == "one two"
    assert kinds_and_texts(extraction) == [("verbatim", "one"), ("verbatim", "two")]


def test_references_are_merged_with_the_text_around_them() -> None:
    source = b"AT&amp;T &lt; all"
    builder = build(source)
    for kind, text, start, end in [
        (PieceKind.VERBATIM, "AT", 0, 2),
        (PieceKind.REFERENCE, "&", 2, 7),
        (PieceKind.VERBATIM, "T ", 7, 9),
        (PieceKind.REFERENCE, "<", 9, 13),
        (PieceKind.VERBATIM, " all", 13, 17),
    ]:
        builder.add(kind, text, start, end)
    assert kinds_and_texts(builder.finish()) == [("reference", "AT&T < all")]


@pytest.mark.parametrize(
    ("source", "cut"),
    [
        pytest.param(b"&amplt;", 4, id="a reference without its semicolon"),
        pytest.param(b"&amp;a&b;", 6, id="an ampersand that begins no reference"),
    ],
)
def test_references_are_not_merged_if_that_could_change_their_text(source: bytes, cut: int) -> None:
    builder = build(source)
    first, second = source[:cut].decode(), source[cut:].decode()
    builder.add(PieceKind.REFERENCE, html.unescape(first), 0, cut)
    builder.add(PieceKind.VERBATIM, second, cut, len(source))
    assert [piece.source_end for piece in builder.finish().pieces] == [cut, len(source)]


@pytest.mark.parametrize(
    ("kind", "text", "start", "end"),
    [
        (PieceKind.VERBATIM, "One", 0, 3),
        (PieceKind.VERBATIM, "one", 1, 4),
        (PieceKind.VERBATIM, "&amp;", 4, 8),
        (PieceKind.REFERENCE, "&amp;", 4, 9),
        (PieceKind.BLANK, " ", 0, 3),
        (PieceKind.VERBATIM, "one", 0, 99),
        (PieceKind.VERBATIM, "é", 9, 10),
    ],
)
def test_what_is_not_in_the_source_is_refused(
    kind: PieceKind, text: str, start: int, end: int
) -> None:
    builder = build("one &amp;é".encode())
    with pytest.raises(NotExtracted) as caught:
        builder.add(kind, text, start, end)
    assert caught.value.reason is SkipReason.DAMAGED


def test_half_a_character_of_a_json_string_is_refused() -> None:
    source = rb"\ud83d\ude00"
    whole = build(source)
    whole.add(PieceKind.ESCAPE, "😀", 0, 12)
    assert whole.finish().text == "😀"
    half = build(source)
    with pytest.raises(NotExtracted):
        half.add(PieceKind.ESCAPE, "\ud83d", 0, 6)


def test_words_of_a_page_are_held_against_the_text_of_the_page() -> None:
    builder = TextBuilder()
    builder.place(Place("iv", box=(0, 0, 595.28, 841.89)), "Dear reader")
    builder.add(PieceKind.DRAWN, "Dear", 0, 4, (7230, 52590, 9000, 53490))
    builder.blank()
    builder.add(PieceKind.DRAWN, "reader", 5, 11, (9100, 52590, 12000, 53490))
    with pytest.raises(NotExtracted):
        builder.add(PieceKind.DRAWN, "writer", 5, 11, (0, 0, 0, 0))
    extraction = builder.finish()
    assert kinds_and_texts(extraction) == [("drawn", "Dear"), ("drawn", "reader")]
    assert extraction.boxes == ((7230, 52590, 9000, 53490), (9100, 52590, 12000, 53490))


def test_breaks_and_blanks_appear_only_between_text() -> None:
    builder = build(b"abcd")
    builder.line_break(2)
    builder.blank()
    builder.add(PieceKind.VERBATIM, "a", 0, 1)
    builder.blank()
    builder.line_break()
    builder.line_break(2)
    builder.blank()
    builder.add(PieceKind.VERBATIM, "b", 1, 2)
    builder.tab()
    builder.tab()
    builder.add(PieceKind.VERBATIM, "c", 2, 3)
    builder.tab()
    builder.line_break()
    builder.tab()
    builder.add(PieceKind.VERBATIM, "d", 3, 4)
    builder.line_break(2)
    assert builder.finish().text == "a\n\nb\t\tc\n\td"


def test_headings_marks_and_repeated_text_begin_with_their_text() -> None:
    builder = build(b"menu Title rest")
    with builder.repeated():
        builder.add(PieceKind.VERBATIM, "menu", 0, 4)
    builder.mark(MarkKind.PAGE, "1")
    builder.heading(2)
    builder.add(PieceKind.VERBATIM, "Title", 5, 10)
    builder.end_heading()
    builder.add(PieceKind.VERBATIM, "rest", 11, 15)
    builder.mark(MarkKind.PAGE, "2")
    extraction = builder.finish(Metadata(author="Ann"))
    assert extraction.text == "menu\n\nTitle\n\nrest"
    assert extraction.headings == (Heading(6, 2, "Title"),)
    assert extraction.repeated == (Span(0, 4),)
    assert extraction.marks == (Mark(6, MarkKind.PAGE, "1"), Mark(17, MarkKind.PAGE, "2"))
    assert extraction.metadata.author == "Ann"


def test_a_file_without_text_and_one_with_too_much_are_refused() -> None:
    with pytest.raises(NotExtracted) as caught:
        build(b"x").finish()
    assert caught.value.reason is SkipReason.NO_TEXT
    builder = build(b"word", limits=Limits(text=3))
    with pytest.raises(NotExtracted) as caught:
        builder.add(PieceKind.VERBATIM, "word", 0, 4)
    assert caught.value.reason is SkipReason.TOO_COSTLY


def test_mail_counts_encoded_bytes_for_transfers_and_decoded_ones_for_the_rest() -> None:
    content = b"From: a\n\ncaf=C3=A9 =\nau lait\n"
    place = Place("1", transfer="quoted-printable", start=9, end=len(content))
    decoded = "café au lait\n".encode()
    encoded = Piece(0, 5, PieceKind.TRANSFER, 0, 0, 10)
    assert reconstruct(encoded, place, content) == "café "
    assert reconstruct(Piece(0, 4, PieceKind.VERBATIM, 0, 0, 5), place, content) == "café"
    builder = TextBuilder()
    builder.place(place, decoded)
    builder.add(PieceKind.VERBATIM, "café", 0, 5)
    assert builder.finish().text == "café"


PARTS = st.sampled_from(["word", "é", "😀", "&", "&amp;", "&lt", "&#233;", ";", "amp", "lt;", "  "])


@examples(300)
@given(st.lists(PARTS, min_size=1), st.data())
def test_every_piece_can_be_rebuilt(parts: list[str], data: st.DataObject) -> None:
    encoding = data.draw(st.sampled_from(["utf-8", "utf-16-le"]))
    source = "".join(parts).encode(encoding)
    builder = build(source, encoding=encoding)
    expected = ""
    start = 0
    for part in parts:
        end = start + len(part.encode(encoding))
        if part.strip():
            unescaped = html.unescape(part)
            kind = PieceKind.VERBATIM if unescaped == part else PieceKind.REFERENCE
            builder.add(kind, unescaped, start, end)
            expected += unescaped
        start = end
    if not expected:
        return
    extraction = builder.finish()
    assert extraction.text == expected
    edges = [edge for piece in extraction.pieces for edge in piece[:2]]
    assert edges == sorted(edges)
    for piece in extraction.pieces:
        rebuilt = reconstruct(piece, extraction.places[piece.place], source)
        assert rebuilt == extraction.text[piece.start : piece.end]


@given(st.text(st.characters()))
def test_escapes_are_those_of_json(text: str) -> None:
    source = json.dumps(text)[1:-1].encode()
    if not text.strip():
        return
    builder = build(source)
    try:
        builder.add(PieceKind.ESCAPE, text, 0, len(source))
    except NotExtracted:
        # Half a character, which no text may have.
        with pytest.raises(UnicodeEncodeError):
            text.encode()
        return
    [piece] = builder.finish().pieces
    assert reconstruct(piece, Place(), source) == text


@pytest.mark.parametrize("source", [b"<w:noBreakHyphen/>", b"<noBreakHyphen >"])
def test_an_element_can_mean_a_character(source: bytes) -> None:
    builder = build(source)
    builder.add(PieceKind.ELEMENT, "\u2011", 0, len(source))
    extraction = builder.finish()
    assert [reconstruct(piece, Place(), source) for piece in extraction.pieces] == ["\u2011"]


@pytest.mark.parametrize("source", [b"<w:softHyphen/>", b"noBreakHyphen", b"<w:noBreakHyphen/>x"])
def test_other_elements_mean_nothing(source: bytes) -> None:
    with pytest.raises(NotExtracted):
        build(source).add(PieceKind.ELEMENT, "\u2011", 0, len(source))
