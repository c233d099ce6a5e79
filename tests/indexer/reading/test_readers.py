import hashlib

import pytest
from hypothesis import given

from indexer.documents import (
    Document,
    EncodingSource,
    Heading,
    SkippedFile,
    SkipReason,
    TitleSource,
)
from indexer.reading.readers import read_document
from tests.indexer.strategies import file_names, texts


def title_of(path: str, text: str) -> str:
    document = read_document(path, text.encode())
    assert isinstance(document, Document)
    return document.title


def test_a_document_has_all_metadata_of_its_file() -> None:
    content = "\ufeff# Ärger\r\n\r\ntext".encode()
    assert read_document("notes/a.md", content) == Document(
        path="notes/a.md",
        text="# Ärger\r\n\r\ntext",
        encoding="utf-8-sig",
        media_type="text/markdown",
        title="Ärger",
        sha256=hashlib.sha256(content).hexdigest(),
        headings=(Heading(0, 1, "Ärger"),),
        title_source=TitleSource.DOCUMENT,
        encoding_source=EncodingSource.BOM,
    )


@pytest.mark.parametrize("path", ["a.md", "a.rst", "a.txt"])
def test_a_file_that_is_not_text_is_skipped(path: str) -> None:
    assert read_document(path, b"a\0b") == SkippedFile(path, SkipReason.BINARY, "NUL at byte 1")


@given(file_names, texts)
def test_any_text_is_read_verbatim(name: str, text: str) -> None:
    for suffix in ("", ".md", ".rst", ".org", ".adoc"):
        document = read_document(name + suffix, text.encode())
        if not text or text.isspace():
            assert document == SkippedFile(
                name + suffix, SkipReason.EMPTY, "nothing but blanks" if text else ""
            )
            continue
        assert isinstance(document, Document)
        assert document.text == text
        assert 1 <= len(document.title) <= 200
        starts = [heading.start for heading in document.headings]
        assert starts == sorted(set(starts))
        for heading in document.headings:
            assert heading.start == 0 or text[heading.start - 1] in "\r\n"
            assert 1 <= len(heading.title) <= 200
            assert heading.level >= 1


# Titles


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("First\n\nsecond", "First"),
        ("\n \n  First \n\t\nsecond", "First"),
        ("First\r\n\r\nsecond", "First"),
        ("First\r\rsecond", "First"),
        ("a  b \u00a0 c\n\n", "a b c"),
        ("x" * 200 + "\n\n", "x" * 200),
        ("First\nsecond\n\n", "stem"),  # a paragraph
        ("x" * 201 + "\n\n", "stem"),
        ("First\n", "stem"),
        ("First", "stem"),
    ],
)
def test_a_first_line_that_stands_alone_is_the_title(text: str, title: str) -> None:
    assert title_of("folder.d/stem.txt", text) == title


@pytest.mark.parametrize(
    ("path", "stem"), [("a/archive.tar.gz", "archive.tar"), ("Makefile", "Makefile")]
)
def test_the_stem_is_the_name_without_its_last_suffix(path: str, stem: str) -> None:
    assert title_of(path, "text") == stem


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Intro\n\n## Second level first\n\n# First", "First"),
        ("Intro\n\n## Second level", "Intro"),
        ("## Second level\n\ntext", "stem"),
        ("---\ntitle: Of the front matter\n---\n\nIntro\n\n# Heading", "Of the front matter"),
        ("---\ntitle: Of the front matter\n---\n\nIntro\n\ntext", "Of the front matter"),
        ("---\nauthor: Ada\n---\nIntro\n\ntext", "Intro"),
        ("Intro\n\ntext", "Intro"),
        ("text", "stem"),
    ],
)
def test_a_heading_is_a_better_title(text: str, title: str) -> None:
    assert title_of("stem.md", text) == title


def test_the_title_of_a_mailbox_is_not_the_subject_of_a_mail_in_it() -> None:
    assert title_of("family.mbox", "From a\nSubject: The ferry\n\nIt sails.\n") == "family"


# Media types


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("a.txt", "text/plain"),
        ("a.log", "text/plain"),
        ("Makefile", "text/plain"),
        ("a.unknown", "text/plain"),
        ("README.MD", "text/markdown"),
        ("a.markdown", "text/markdown"),
        ("a.rst", "text/x-rst"),
        ("a.py", "text/x-python"),
        ("a.ts", "text/x-typescript"),  # a film to Python
        ("a.csv", "text/csv"),
        ("a.json", "application/json"),
        ("a.mp4", "text/plain"),  # its bytes are text, despite its name
    ],
)
def test_media_types(path: str, media_type: str) -> None:
    document = read_document(path, b"text")
    assert isinstance(document, Document)
    assert document.media_type == media_type


# Cost


@pytest.mark.parametrize(
    "part",
    [
        "#",
        "# ",
        "#\n",
        "# [a](",
        "# *a ",
        "# `",
        "# _a ",
        "# <a ",
        "```\n",
        "```a\n~~~\n",
        "-",
        "- ",
        "x\n--\n",
        "<!--\n",
        "<pre>\n",
        "---\na:\n",
        "---\ntitle:\n",
        "+++\ntitle='''\n",
        "\n:a:",
        "* ",
        "* a :b:",
        "#+begin_a\n",
        "#+end_a\n",
        "#+title: /a ",
        "==== \n",
        "a\n----\n",
        "[[a|",
        "\n",
        " ",
        "\r",
        "=\nx\n=\n",
        "`a <",
        "*a ",
        "x",
    ],
    ids=repr,
)
def test_reading_takes_no_more_than_linear_time(part: str) -> None:
    # Scanning the rest of the text once for every part would take minutes.
    content = (part * (300_000 // len(part))).encode()
    for path in ("a.md", "a.rst", "a.org", "a.adoc", "a.txt"):
        read_document(path, content)


@pytest.mark.parametrize("path", ["a.md", "a.rst"])
def test_the_number_of_headings_is_limited(path: str) -> None:
    document = read_document(path, b"x\n=\n" * 100_001)
    assert isinstance(document, Document)
    assert len(document.headings) == 100_000
