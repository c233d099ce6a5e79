"""Reads a PDF in a test, and checks what is true of every PDF that has been read."""

from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from indexer.reading.extraction.pdf.engine import HYPHEN
from indexer.reading.extraction.pdf.reader import read_pdf
from indexer.reading.extraction.pieces import LIMITS, Extraction, PieceKind

__all__ = ["check", "drawn_text", "read"]


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


def drawn_text(content: bytes, page: int, start: int, end: int) -> str:
    """Return characters of a page from PDFium alone, as anyone can who checks a quotation."""
    text_page = pdfium.PdfDocument(content)[page].get_textpage()
    codes = [raw.FPDFText_GetUnicode(text_page, at) for at in range(start, end)]
    drawn = "".join(map(chr, codes)).replace(HYPHEN, "-")
    return drawn.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
