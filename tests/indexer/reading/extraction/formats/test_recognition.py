"""Which format a file is of: its content decides where its name says something else."""

from pathlib import Path

import pytest

from indexer.config import VERBATIM
from indexer.documents import SkipReason
from indexer.reading.extraction.formats.recognition import format_of
from indexer.reading.extraction.formats.table import FORMATS
from indexer.reading.extraction.pieces import NotExtracted

PAGE = b"<!-- saved -->\n<!DOCTYPE html><p>text"


@pytest.mark.parametrize(
    ("path", "content", "name"),
    [
        ("page.html", PAGE, "html"),
        ("PAGE.HTM", b"no markup at all", "html"),
        ("article", PAGE, "html"),
        ("page.html?id=3", PAGE, "html"),
        ("notes.txt", PAGE, None),
        ("page.php", PAGE, None),
        ("notes.md", b"# Notes", None),
        ("letter.eml", b"Received: x\nSubject: a\n\nb", "mail"),
        ("letter.eml", b"no header", None),
        ("box.mbox", b"From a\nSubject: a\n\nb", "mbox"),
        ("box.mbox", b"a table with one line", None),
        ("INBOX", b"From a\nSubject: a\n\nb", "mbox"),
        ("INBOX", b"a list without mail", None),
        ("a.ipynb", b"{}", "notebook"),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\na", "srt"),
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\na".encode("utf-16"), "vtt"),
        ("a.srt", b"no times", None),
        ("a.vtt", b"WEBVTT\n\n00:00 --> 00:01\na", None),
        ("a.doc", b"{\\rtf1 a}", "rtf"),
        ("data.xml", b"<?xml version='1.0'?><html/>", None),
    ],
)
def test_formats_of_text(path: str, content: bytes, name: str | None) -> None:
    found = format_of(path, content)
    assert (found.name if found else None) == name


def test_markup_can_be_read_as_it_is() -> None:
    assert format_of("page.html", PAGE, {"html"}) is None
    assert format_of("article", PAGE, {"html"}) is None


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("photo.jpg", b"\xff\xd8\xff\xe0", "JPEG"),
        ("photo.html", b"\xff\xd8\xff\xe0", "JPEG"),
        ("photo.webp", b"RIFF\x00\x00\x00\x00WEBP", "WebP"),
        ("film.mp4", b"\x00\x00\x00\x20ftypisom", "MP4"),
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", ".doc"),
        ("letter", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "an old Office file"),
    ],
)
def test_kinds_that_are_not_read_have_names(path: str, content: bytes, kind: str) -> None:
    with pytest.raises(NotExtracted) as caught:
        format_of(path, content)
    assert (caught.value.reason, caught.value.detail) == (SkipReason.UNSUPPORTED, kind)


def test_an_encrypted_office_file_wants_a_password() -> None:
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(NotExtracted) as caught:
        format_of("letter.docx", content)
    assert caught.value.reason is SkipReason.ENCRYPTED


OFFICE = sorted(
    path
    for path in (Path(__file__).parents[1] / "goldens").iterdir()
    if path.suffix in {".docx", ".epub", ".odp", ".ods", ".odt", ".pptx", ".xls", ".xlsx"}
)


@pytest.mark.parametrize("path", OFFICE, ids=lambda path: path.name)
def test_office_files_are_known_by_their_content(path: Path) -> None:
    content = path.read_bytes()
    found = format_of(path.name, content)
    assert found is not None
    assert path.suffix in found.suffixes
    for name in ("letter", "letter.txt", "letter.docx", "letter.pdf", "letter.xls"):
        assert format_of(name, content) is found


def test_an_office_file_that_is_cut_short_is_damaged() -> None:
    content = OFFICE[0].read_bytes()[:2000]
    with pytest.raises(NotExtracted) as caught:
        format_of("letter.docx", content)
    assert caught.value.reason is SkipReason.DAMAGED
    assert caught.value.detail == "its name says Word, but it is cut short or another zip file"


def test_text_with_the_name_of_an_office_file_is_damaged() -> None:
    with pytest.raises(NotExtracted) as caught:
        format_of("letter.odt", b"Dear Anna,")
    assert caught.value.reason is SkipReason.DAMAGED
    assert (
        caught.value.detail == "its name says OpenDocument text, but its content is something else"
    )


def test_an_option_names_all_formats_that_are_text() -> None:
    assert {each.verbatim for each in FORMATS if each.verbatim} == VERBATIM


def test_no_suffix_and_no_name_is_taken_twice() -> None:
    suffixes = [suffix for each in FORMATS for suffix in each.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert len(FORMATS) == len({each.name for each in FORMATS})
