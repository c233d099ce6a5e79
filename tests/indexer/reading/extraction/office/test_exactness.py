"""Whatever is written in an office file is read; whatever is read from it is in it."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Document, SkippedFile
from indexer.reading.extraction.office.ebook import read_ebook
from indexer.reading.extraction.office.open_document.reader import read_open_document
from indexer.reading.extraction.office.slides import read_slides
from indexer.reading.extraction.office.word.reader import read_word
from indexer.reading.extraction.office.workbook.reader import read_workbook
from indexer.reading.extraction.pieces import LIMITS, Extraction, Limits, NotExtracted
from indexer.reading.readers import read_document
from tests.indexer.reading.extraction.office.office_files import (
    read_body,
    read_open_text,
    read_slide_parts,
)
from tests.indexer.reading.extraction.proof import require_proof
from tests.property_examples import examples
from tests.stress.formats.mutations import mutated

GOLDENS = Path(__file__).parents[1] / "goldens"
READERS: dict[str, Callable[[str, bytes, Limits], Extraction]] = {
    ".docx": read_word,
    ".pptx": read_slides,
    ".odt": read_open_document,
    ".odp": read_open_document,
    ".epub": read_ebook,
    ".xlsx": read_workbook,
    ".ods": read_workbook,
}
FILES = sorted(path.name for path in GOLDENS.iterdir() if path.suffix in READERS)

WORDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zs", "Zl", "Zp"]), min_size=1, max_size=8
)


def as_references(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


def as_data(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


WAYS: list[Callable[[str], str]] = [lambda text: escape(text), as_references, as_data]


@st.composite
def lines(draw: st.DrawFn) -> list[list[tuple[str, str]]]:
    """Draw paragraphs, each a list of words with the XML of each."""
    words = st.tuples(WORDS, st.sampled_from(WAYS)).map(lambda each: (each[0], each[1](each[0])))
    return draw(st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=5))


def expected(paragraphs: list[list[tuple[str, str]]]) -> list[str]:
    return [" ".join(word for word, _ in paragraph) for paragraph in paragraphs]


@examples(60)
@given(lines())
def test_paragraphs_of_word(paragraphs: list[list[tuple[str, str]]]) -> None:
    body = "".join(
        "<w:p>"
        + "<w:r><w:t> </w:t></w:r>".join(f"<w:r><w:t>{xml}</w:t></w:r>" for _, xml in each)
        + "</w:p>"
        for each in paragraphs
    )
    assert read_body(body).text.split("\n\n") == expected(paragraphs)


@examples(60)
@given(lines())
def test_paragraphs_of_slides(paragraphs: list[list[tuple[str, str]]]) -> None:
    body = "".join(
        "<p:sp><a:p>"
        + "".join(f"<a:r><a:t>{xml} </a:t></a:r>" for _, xml in each)
        + "</a:p></p:sp>"
        for each in paragraphs
    )
    assert read_slide_parts(body).text.split("\n\n") == expected(paragraphs)


@examples(60)
@given(lines())
def test_paragraphs_of_open_documents(paragraphs: list[list[tuple[str, str]]]) -> None:
    body = "".join(
        "<text:p>" + "\n ".join(f"<text:span>{xml}</text:span>" for _, xml in each) + "</text:p>"
        for each in paragraphs
    )
    assert read_open_text(body).text.split("\n\n") == expected(paragraphs)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused_or_read_exactly(name: str) -> None:
    content = (GOLDENS / name).read_bytes()
    read = READERS[Path(name).suffix]
    for seed in range(40):
        damaged = mutated(content, Random(seed))
        try:
            extraction = read(name, damaged, LIMITS)
        except NotExtracted:
            continue
        require_proof(extraction, damaged)


def test_a_damaged_old_spreadsheet_costs_only_itself() -> None:
    """Its engine may crash or take all memory, so it is tried as builds do it: in the child."""
    content = (GOLDENS / "libreoffice.xls").read_bytes()
    for seed in range(10):
        found = read_document("a.xls", mutated(content, Random(seed)))
        assert isinstance(found, SkippedFile) or found.text
    whole = read_document("a.xls", content)
    assert isinstance(whole, Document)
