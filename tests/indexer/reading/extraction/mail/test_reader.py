"""The text of a mail is what a person reads of it, and every piece is in the file."""

from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.mail.reader import read_mail, read_mbox
from indexer.reading.extraction.pieces import LIMITS, Extraction, NotExtracted, PieceKind
from tests.indexer.reading.extraction.proof import require_proof
from tests.property_examples import examples

HEADER = b"From: Ann <ann@example.org>\nSubject: Rain\n"

words = st.text(
    st.sampled_from("abcz =?_-.:<>@\"'\\äßéЖ北👍")
    | st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]),
    min_size=1,
    max_size=30,
).filter(lambda text: bool(text.strip()))
body_texts = st.text(
    st.sampled_from(" \t\r\n=39AFCabé北") | st.characters(exclude_categories=["Cs"]), max_size=200
)
transfers = st.sampled_from(["quoted-printable", "base64", "8bit"])
charsets = st.sampled_from(["utf-8", "utf-16", "iso-2022-jp", "koi8-r", "gb18030", "utf-7", "x-no"])


def read(content: bytes) -> Extraction:
    extraction = read_mail("a.eml", content, LIMITS)
    require_proof(extraction, content)
    return extraction


def body_of(content: bytes) -> str:
    """Return the text without the subject and the lines of the header."""
    return read(content).text.partition("\n\n")[2].partition("\n\n")[2]


def blanks_as_one(text: str) -> str:
    return " ".join(text.split())


@given(subject=words, lines=st.lists(words, min_size=1, max_size=6), transfer=transfers)
@examples(60)
def test_the_words_of_a_mail_survive(subject: str, lines: list[str], transfer: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "ann@example.org"
    mail.set_content("\n".join(lines), cte=transfer)
    for line_ends in (policy.SMTP, policy.default):
        content = mail.as_bytes(policy=line_ends)
        found = blanks_as_one(read(content).text)
        assert found.endswith(blanks_as_one("\n".join(lines)))


@given(
    source=body_texts,
    transfer=transfers,
    charset=charsets,
)
@examples(150)
def test_any_body_gives_pieces_of_the_file(source: str, transfer: str, charset: str) -> None:
    header = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {transfer}\n"
    read(HEADER + header.encode() + b"\n" + source.encode())


@given(data=st.data())
@examples(150)
def test_a_changed_mail_is_read_or_refused(data: st.DataObject) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Größe und Gewicht der Äpfel"
    mail["From"] = "Jürgen <j@example.org>"
    mail.set_content("Äpfel wiegen mehr als Birnen.\n" * 5, cte="quoted-printable")
    mail.add_alternative("<p>Äpfel &amp; Birnen</p>", subtype="html", cte="base64")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="äpfel.pdf")
    content = bytearray(mail.as_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        position = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 6))
        content[position : position + length] = data.draw(
            st.sampled_from([b"", b"\n", b"=", b"--", b"\x00", b"\xff\xfe", b"=?utf-8?q?=C3?="])
            | st.binary(max_size=6)
        )
    for reader in (read_mail, read_mbox):
        try:
            extraction = reader("a", bytes(content), LIMITS)
        except NotExtracted:
            continue
        require_proof(extraction, bytes(content))


def test_title_author_and_date_come_from_the_header() -> None:
    content = (
        b"Date: Mon, 5 Oct 2026 10:00:00 +0200\n"
        b"From: =?utf-8?q?J=C3=BCrgen?=\n =?utf-8?q?_Gro=C3=9F?= <j@example.org>\n"
        b"Subject: The\n\tbridge\n\nIt opens.\n"
    )
    assert read(content).metadata == (
        "The bridge",
        "Jürgen Groß",
        None,
        "2026-10-05T10:00:00+02:00",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("sender", "author"),
    [
        (b"ann@example.org", "ann@example.org"),
        (b"<ann@example.org>", "ann@example.org"),
        (b'"Lee, Ann" <ann@example.org>', "Lee, Ann"),
        (b"", None),
    ],
)
def test_the_author_is_the_name_of_the_sender_or_the_address(
    sender: bytes, author: str | None
) -> None:
    assert read(b"From: " + sender + b"\nSubject: a\n\nb\n").metadata.author == author


def test_words_with_a_character_cut_in_two_are_one_piece() -> None:
    extraction = read(b"Subject: =?utf-8?q?Br=C3?= =?utf-8?q?=BCcke?=\n\nbody\n")
    assert extraction.metadata.title == "Brücke"
    assert extraction.pieces[0].kind is PieceKind.ENCODED_WORD


def test_a_line_that_quoted_printable_cuts_inside_a_character_goes_on() -> None:
    content = HEADER + (
        b"Content-Type: text/plain; charset=utf-8\n"
        b"Content-Transfer-Encoding: quoted-printable\n\nthe Br=C3=\n=BCcke =\nis=20\nopen\n"
    )
    assert body_of(content) == "the Brücke is\nopen"


def test_base64_that_is_cut_off_gives_what_is_there() -> None:
    content = HEADER + b"Content-Transfer-Encoding: base64\n\nSXQgcmFpbnMu\nSXQ\n"
    assert body_of(content) == "It rains."


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be"])
def test_wide_charsets_are_read_line_by_line(charset: str) -> None:
    mail = HEADER + f"Content-Type: text/plain; charset={charset}\n".encode()
    mail += b"Content-Transfer-Encoding: 8bit\n\n" + "one \r\n\r\n\u0a0a北".encode(charset)
    assert body_of(mail) == "one\n\n\u0a0a北"


def test_a_charset_that_does_not_fit_is_detected_with_a_warning() -> None:
    text = "La réunion est déplacée à jeudi, après le déjeuner.\n".encode("cp1252")
    content = HEADER + b"Content-Type: text/plain; charset=utf-8\n\n" + text
    extraction = read(content)
    assert "déplacée à jeudi" in extraction.text
    assert extraction.warnings == (
        "part 1: its charset 'utf-8' does not fit; it was read as windows-1252",
    )


def test_a_part_that_is_no_text_is_left_out_with_a_warning() -> None:
    extraction = read(HEADER + b"Content-Type: text/plain\n\n\x00\x01\xff\xfe\n")
    assert extraction.text == "Rain\n\nFrom: Ann <ann@example.org>"
    assert extraction.warnings == ("part 1: it is not text in its charset '' or any other",)


def test_latin_1_of_programs_for_windows_is_windows_1252() -> None:
    content = HEADER + b"Content-Type: text/plain; charset=iso-8859-1\n\n\x93so\x94 \xe9\n"
    assert body_of(content) == "“so” é"
    assert read(content).warnings == ()


def test_html_is_read_if_there_is_no_plain_text() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Autumn"
    mail.set_content(
        "<title>x</title><h1>Apples</h1><p>They are ripe &amp; <b>cheap</b>, like 1 &lt; 2.</p>",
        subtype="html",
        cte="quoted-printable",
    )
    extraction = read(mail.as_bytes())
    assert extraction.text == "Autumn\n\nApples\n\nThey are ripe & cheap, like 1 < 2."
    assert extraction.headings == (Heading(0, 1, "Autumn"), Heading(8, 2, "Apples"))
    assert extraction.metadata.title == "Autumn"


def test_an_alternative_without_text_is_not_chosen() -> None:
    content = HEADER + (
        b"Content-Type: multipart/alternative; boundary=x\n\n--x\n\n \n"
        b"--x\nContent-Type: multipart/mixed; boundary=y\n\n"
        b"--y\nContent-Type: text/plain\n\nIt rains.\n--y--\n--x--\n"
    )
    assert body_of(content) == "It rains."


def test_an_encrypted_mail_says_so() -> None:
    content = HEADER + (
        b"Content-Type: application/pkcs7-mime; name=smime.p7m\n"
        b"Content-Transfer-Encoding: base64\n\nAAAA\n"
    )
    assert read(content).warnings == ("part 1: it is encrypted",)


def test_the_lines_of_the_header_are_data_beside_a_letter() -> None:
    content = HEADER + b"To: Bob <bob@example.org>\n\nIt rains.\n"
    extraction = read(content)
    assert [span.of(extraction.text) for span in extraction.repeated] == [
        "From: Ann <ann@example.org>\nTo: Bob <bob@example.org>"
    ]


def test_the_lines_of_the_header_are_all_that_a_mail_without_a_letter_has() -> None:
    assert read(HEADER + b"\n").repeated == ()


def test_a_long_list_of_receivers_weighs_little() -> None:
    receivers = b", ".join(b"p%d@example.org" % number for number in range(50))
    extraction = read(b"Subject: a\nTo: " + receivers + b"\n\n")
    assert [span.of(extraction.text)[:5] for span in extraction.repeated] == ["To: p"]


def test_a_mail_without_words_is_refused() -> None:
    with pytest.raises(NotExtracted) as refused:
        read(b"X-Spam: no\n\n\n")
    assert refused.value.reason is SkipReason.NO_TEXT


def test_a_message_of_an_mbox_begins_after_an_empty_line_and_before_a_field() -> None:
    content = (
        b"From ann Mon\nSubject: One\n\nFrom here it is near.\n\nFrom there\n it is not.\n\n"
        b"From bo Tue\nSubject: Two\n\nBody\nFrom x\nSubject: no\n"
    )
    extraction = read_mbox("a.mbox", content, LIMITS)
    require_proof(extraction, content)
    assert [heading.title for heading in extraction.headings] == ["One", "Two"]
    assert [mark.label for mark in extraction.marks] == ["1", "2"]


def test_a_file_that_does_not_begin_as_an_mbox_is_refused() -> None:
    with pytest.raises(NotExtracted) as refused:
        read_mbox("a.mbox", b"Subject: a\n\nb\n", LIMITS)
    assert refused.value.detail == "it does not begin as an mbox file does"


# Structure


def test_a_longer_delimiter_inside_does_not_end_a_part() -> None:
    content = HEADER + (
        b"Content-Type: multipart/mixed; boundary=a\n\nignored\n--a\n"
        b'Content-Type: multipart/mixed; boundary="a b"\n\n--a b\n\none\n--a b\n\ntwo\n--a b--\n'
        b"--a \n\nthree\n--a--\n\nignored\n"
    )
    assert body_of(content) == "one\n\ntwo\n\nthree"


def test_a_multipart_without_a_last_delimiter_ends_with_the_mail() -> None:
    content = HEADER + b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntwo"
    assert body_of(content) == "one\n\ntwo"


def test_a_multipart_without_a_delimiter_is_text() -> None:
    assert body_of(HEADER + b"Content-Type: multipart/mixed\n\none\n") == "one"


@pytest.mark.parametrize(
    "one_more",
    [
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n",
        b"Content-Type: message/rfc822\n\nX-%d: %d\n",
    ],
)
def test_parts_in_each_other_are_read_to_a_depth(one_more: bytes) -> None:
    nested = b"".join(one_more % (number, number) for number in range(1_000))
    extraction = read(HEADER + nested + b"\nbody\n")
    assert [each.rpartition(": ")[2] for each in extraction.warnings] == [
        "it encloses more than is read"
    ]


def test_more_parts_than_a_mail_may_have_are_left_out() -> None:
    content = HEADER + b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nzz\n" * 12_000
    extraction = read(content)
    assert extraction.text.count("zz") == LIMITS.members - 1
    assert extraction.warnings == ("the mail: it encloses more than is read",)


@pytest.mark.parametrize("receivers", [b"ann@example.org, ", b"ann@example.org,\n "])
def test_four_megabytes_of_receivers_are_cut(receivers: bytes) -> None:
    extraction = read(b"Subject: a\nTo: " + receivers * 250_000 + b"\n\nbody\n")
    assert len(extraction.text) < LIMITS.header + 100
    assert extraction.text.endswith("\n\nbody")
