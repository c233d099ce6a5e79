"""The text of a page is what PDFium says of its characters one by one."""

from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.reading.extraction.pdf.engine import HYPHEN, opened, page_text
from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES
from tests.indexer.reading.extraction.pdf.pdf_writer import pdf, shown, unicode_font
from tests.property_examples import examples

GOLDENS = Path(__file__).parent / "goldens"
FILES = {path.name: path.read_bytes for path in sorted(GOLDENS.glob("*.pdf"))}
# Codes of the font that is drawn with; each means one of the letters.
CODES = "ABCDEFGHIJKLMNOP"
LETTERS = st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])


def one_by_one(content: bytes) -> list[str]:
    """Return the text of each page, without what is drawn upon it."""
    pages: list[str] = []
    for page in pdfium.PdfDocument(content):
        text_page = page.get_textpage()
        codes = [raw.FPDFText_GetUnicode(text_page, at) for at in range(text_page.count_chars())]
        hyphens = [raw.FPDFText_IsHyphen(text_page, at) == 1 for at in range(len(codes))]
        pages.append(
            "".join(
                "-" if is_hyphen and chr(code) == HYPHEN else chr(code)
                for code, is_hyphen in zip(codes, hyphens, strict=True)
            )
        )
    return pages


def at_once(content: bytes) -> list[str]:
    found: list[str] = []
    with opened(content) as file:
        for index in range(len(file)):
            with file.page(index) as page:
                assert page is not None
                with page_text(page) as text:
                    found.append(text.text)
    return found


# Pages that are turned, and forms that become part of a page, have another text by intent.
@pytest.mark.parametrize("name", sorted({*SAMPLES, *FILES} - {"rotated", "filled_form"}))
def test_of_samples(name: str) -> None:
    content = (SAMPLES | FILES)[name]()
    assert at_once(content) == one_by_one(content)


@examples(100)
@given(
    st.lists(LETTERS | st.sampled_from("-\u00ad\ufffe\x02𝑥😀ﬁ"), min_size=16, max_size=16),
    st.lists(st.text(CODES + "-", min_size=1, max_size=12), min_size=1, max_size=5),
)
def test_of_any_letters(letters: list[str], lines: list[str]) -> None:
    meant = {ord(code): letter for code, letter in zip(CODES, letters, strict=True)}
    content = pdf(shown(*lines, at=(20, 150), font="G"), font=unicode_font(meant))
    assert at_once(content) == one_by_one(content)
