import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Document, TitleSource
from indexer.reading.readers import read_document

WORDS = "The ferry to the island was cancelled again on Monday, and nobody on the quay knew why. "


def titled(path: str, text: str) -> tuple[str, TitleSource]:
    document = read_document(path, text.encode())
    assert isinstance(document, Document)
    return document.title, document.title_source


@pytest.mark.parametrize("path", ["0001.txt", "IMG_1234.md", "7b03f4becdd2075e.rst"])
def test_a_file_without_a_name_is_shown_by_its_opening_words(path: str) -> None:
    assert titled(path, WORDS * 5) == (
        "The ferry to the island was cancelled again on Monday, and nobody on the quay…",
        TitleSource.OPENING,
    )


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("two words", "two words"),
        ("wrapped\nlines\n\nanother paragraph", "wrapped lines"),
        ("## A *small* heading\n\ntext", "A small heading"),
        ("---\ntags: x\n---\n\nthe body\nof it", "the body of it"),
        ("- an item\n- another", "an item - another"),
        ("字" * 100, "字" * 79 + "…"),
        ("e\u0301" * 100, "e\u0301" * 79 + "…"),
    ],
)
def test_the_opening_is_cut_at_words(text: str, opening: str) -> None:
    assert titled("0001.md", text) == (opening, TitleSource.OPENING)


def test_a_document_without_words_is_named_by_its_file() -> None:
    assert titled("0001.txt", "12 34\n56") == ("0001", TitleSource.FILE_NAME)
    assert titled("0001.json", '{"name": "Ada"}') == ("0001", TitleSource.FILE_NAME)


def test_its_own_title_is_preferred_to_its_opening() -> None:
    assert titled("0001.txt", "The ferry\n\ntext") == ("The ferry", TitleSource.DOCUMENT)
    assert titled("0001.md", "text\n\n# The ferry") == ("The ferry", TitleSource.DOCUMENT)


def test_a_first_line_of_code_is_no_title() -> None:
    assert titled("run.py", "Words\n\nmore") == ("run", TitleSource.FILE_NAME)


@given(st.text(max_size=300).filter(lambda text: bool(text.strip())))
def test_a_title_is_one_line(text: str) -> None:
    document = read_document("0001.txt", text.encode())
    if isinstance(document, Document):
        assert 1 <= len(document.title) <= 200
        assert document.title == " ".join(document.title.split())
