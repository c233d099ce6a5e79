"""Reads a PDF in a test, and checks what is true of every PDF that has been read."""

from contextlib import suppress
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from indexer.reading.extraction.pdf.engine import HYPHEN
from indexer.reading.extraction.pdf.reader import read_pdf
from indexer.reading.extraction.pieces import LIMITS, Extraction, PieceKind

__all__ = ["check", "is_drawn", "read"]


def read(content: bytes) -> Extraction:
    """Return what a PDF says, after a check of all of its pieces."""
    extraction = read_pdf("a.pdf", content, LIMITS)
    check(extraction)
    return extraction


def check(extraction: Extraction) -> None:
    """Check that pieces are in order and apart, and cover all but blanks, and that boxes are on
    their pages.
    """
    text, pieces = extraction.text, extraction.pieces
    assert len(extraction.boxes) == len(pieces)
    edges = [0, *(edge for piece in pieces for edge in (piece.start, piece.end)), len(text)]
    assert all(start <= end for start, end in pairwise(edges))
    between = [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    assert set("".join(between)) <= {" ", "\t", "\n"}
    for piece, box in zip(pieces, extraction.boxes, strict=True):
        assert piece.kind is PieceKind.DRAWN
        assert not any(map(str.isspace, text[piece.start : piece.end]))
        left, bottom, right, top = (100 * edge for edge in extraction.places[piece.place].box)
        assert left - 1 <= box[0] <= box[2] <= right + 1
        assert bottom - 1 <= box[1] <= box[3] <= top + 1
    assert [*extraction.headings] == sorted(extraction.headings)
    for heading in extraction.headings:
        assert heading.start == 0 or text[heading.start - 1] == "\n"
        assert text[heading.start :].split()[: len(heading.title.split())] == heading.title.split()


def is_drawn(text: str, content: bytes, page: int, start: int, end: int) -> bool:
    """Return whether PDFium alone gives this text for characters of a page, as anyone can ask it.

    Forms, notes and stamps become part of the page first, and a page whose lines run downwards is
    turned.
    """
    document = pdfium.PdfDocument(content)
    for before in range(page):
        # The tree of pages of a damaged file can be walked from its start only.
        with suppress(pdfium.PdfiumError):
            document[before]
    drawn = document[page]
    if raw.FPDFPage_Flatten(drawn, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
        drawn = document[page]
    if _text(drawn, start, end) == text:
        return True
    drawn.set_rotation((drawn.get_rotation() + 90) % 360)
    return _text(drawn, start, end) == text


def _text(page: pdfium.PdfPage, start: int, end: int) -> str:
    text_page = page.get_textpage()
    codes = [raw.FPDFText_GetUnicode(text_page, at) for at in range(start, end)]
    drawn = "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)
    drawn = drawn.replace(HYPHEN, "-")
    return drawn.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
