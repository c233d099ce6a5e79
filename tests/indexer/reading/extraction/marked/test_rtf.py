"""RTF becomes its text, and each piece of it can be rebuilt from its controls."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.marked.rtf import read_rtf
from indexer.reading.extraction.pieces import LIMITS, Extraction, NotExtracted
from tests.indexer.reading.extraction.proof import require_proof
from tests.property_examples import examples

HEAD = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}{\f2\fcharset2 C;}}"

words = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs", "Cn"])
    | st.sampled_from("{}\\ "),
    min_size=1,
    max_size=20,
)


def read(body: bytes) -> Extraction:
    content = HEAD + body + b"}"
    extraction = read_rtf("a.rtf", content, LIMITS)
    require_proof(extraction, content)
    return extraction


def written(text: str) -> bytes:
    """Return the text as a program would write it."""
    parts = []
    for character in text:
        units = character.encode("utf-16-le")
        if character in "{}\\":
            parts.append("\\" + character)
        elif character.isascii():
            parts.append(character)
        else:
            numbers = [units[at] + 256 * units[at + 1] for at in range(0, len(units), 2)]
            parts.extend(f"\\u{number - 65_536 * (number > 32_767)}?" for number in numbers)
    return "".join(parts).encode()


@given(paragraphs=st.lists(words, min_size=1, max_size=5))
@examples(100)
def test_the_words_of_a_document_survive(paragraphs: list[str]) -> None:
    body = b"\\par\n".join(map(written, paragraphs))
    with suppress(NotExtracted):
        assert read(body).text.split() == " ".join(paragraphs).split()


@given(data=st.data())
@examples(200)
def test_a_changed_document_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(
        HEAD + rb"\pard\f1\'cf\'f0 \u8212?{\*\x{\footnote a}}{\v c}\intbl d\cell\row\uc2\u-10179ab}"
    )
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(6, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 4))] = data.draw(
            st.sampled_from([b"{", b"}", b"\\", b"\\'", b"\\u", b"\\bin9", b"\\f9", b"\xff", b"\0"])
            | st.binary(max_size=4)
        )
    with suppress(NotExtracted):
        require_proof(read_rtf("a", bytes(content), LIMITS), bytes(content))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"caf\'e9 \endash  so", "café – so"),
        (rb"\f1\'c4\'e0\f0\'e9 {\f1\'ed\'e5\'f2}\'e9", "Даé нетé"),
        (rb"a\f2 bc\plain d", "ad"),
        (rb"\u233?\uc0\u233x\uc2\u233\'e9\'e9y", "ééxéy"),
        (rb"\u-10179?\u-8704?", "😀"),
        (rb"\u-10179?a", "a"),
        (rb"a\~b\tab c\_d\-e", "a b\tc\u2011de"),
        (rb"one\line two\par three", "one\ntwo\n\nthree"),
        (rb"a{\v b}{\deleted c}\v d\v0 e{\pict 00}{\*\unknown f}", "ae"),
        (b"a\\\nb\nc\td", "a\n\nbc\td"),
        (rb"a{\footnote note {\footnote inner}}b\par c", "ab\n\nnote\n\nc"),
        (rb"\intbl a\par b\cell c\cell\row\intbl d\cell\row\pard e\par f", "a b\tc\nd\ne\n\nf"),
        (rb"a\bin4 }}}}b", "ab"),
    ],
)
def test_controls_are_read(body: bytes, text: str) -> None:
    assert read(body).text == text


def test_headings_have_the_level_of_their_outline_or_style() -> None:
    styles = rb"{\stylesheet{\s0 Normal;}{\s3\sbasedon0\b heading 2;}}"
    extraction = read(styles + rb"\pard\outlinelevel0 One\par\pard\s3 Two\par\pard Three\par")
    assert extraction.headings == (Heading(0, 1, "One"), Heading(5, 2, "Two"))


def test_title_and_author_come_from_the_information_group() -> None:
    author = rb"{\author Ann{\*\x y} Lee}"
    twice = rb"{\info{\title Gr\'f6\u223?e}" + author + rb"{\creatim\yr2026}" + author
    extraction = read(twice + rb"{\company no}}a")
    assert extraction.metadata[:2] == ("Größe", "Ann Lee")
    assert extraction.text == "a"


def test_the_margins_of_pages_are_repeated_text() -> None:
    extraction = read(rb"{\header Page}\pard a\par b")
    assert extraction.text == "a\n\nPage\n\nb"
    assert [span.of(extraction.text) for span in extraction.repeated] == ["Page"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no", SkipReason.DAMAGED),
        (b"{\\rtf1}", SkipReason.NO_TEXT),
        (b"{\\rtf1" + b"{" * 1_000_000, SkipReason.TOO_COSTLY),
        (b"{\\rtf1 \\bin99999999 a}", SkipReason.NO_TEXT),
    ],
)
def test_other_files_are_refused(content: bytes, reason: SkipReason) -> None:
    with pytest.raises(NotExtracted) as refused:
        read_rtf("a.rtf", content, LIMITS)
    assert refused.value.reason is reason


def test_notes_in_notes_are_read_once() -> None:
    nested = rb"{\footnote a" * 900 + b"}" * 900
    assert read(b"x" + nested * 20 + rb"\par y").text.count("a") == 20
