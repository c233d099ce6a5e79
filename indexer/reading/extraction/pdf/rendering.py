"""A page of a PDF as an image, with marks on it."""

import zlib
from collections.abc import Sequence
from struct import pack

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from indexer.documents import SkipReason
from indexer.reading.extraction.pdf.engine import opened
from indexer.reading.extraction.pieces import NotExtracted

__all__ = ["render_page"]

# The widest image, and the most pixels of one: pages may be much longer than wide.
WIDEST = 2_400
MOST_PIXELS = 8_000_000
# Yellow as of a highlighter pen, which lets dark letters through, and a line around it that is seen
# on dark pages too.
INK = (255, 221, 64, 255)
BLENDING = b"Multiply"
OUTLINE = (214, 158, 0, 255)
OUTLINE_WIDTH = 0.6
# How far a mark reaches beyond its box, in points.
MARGIN = 1.0
# Fast, and within a few percent of the best for pages of text.
COMPRESSION = 3


def render_page(
    content: bytes, index: int, boxes: Sequence[tuple[float, float, float, float]], width: int
) -> bytes:
    """Return a PNG of the page, `width` pixels wide, with these boxes marked.

    `index` counts from 0. Boxes are in points, before rotation. Raises NotExtracted if there is no
    such page.
    """
    with opened(content) as file:
        if not 0 <= index < len(file):
            raise NotExtracted(SkipReason.DAMAGED, f"there is no page {index + 1:,}")
        with file.page(index) as page:
            if page is None:
                raise NotExtracted(SkipReason.DAMAGED, f"page {index + 1:,} cannot be read")
            for box in boxes:
                _mark(page, box)
            return _png(page.render(scale=_scale(page, width), rev_byteorder=True))


def _mark(page: pdfium.PdfPage, box: tuple[float, float, float, float]) -> None:
    """Draw a mark on the open page, so that it is turned and cut off with it."""
    left, bottom, right, top = box
    corner = (left - MARGIN, bottom - MARGIN)
    size = (right - left + 2 * MARGIN, top - bottom + 2 * MARGIN)
    ink = raw.FPDFPageObj_CreateNewRect(*corner, *size)
    raw.FPDFPageObj_SetFillColor(ink, *INK)
    raw.FPDFPath_SetDrawMode(ink, raw.FPDF_FILLMODE_WINDING, False)
    raw.FPDFPageObj_SetBlendMode(ink, BLENDING)
    raw.FPDFPage_InsertObject(page, ink)
    outline = raw.FPDFPageObj_CreateNewRect(*corner, *size)
    raw.FPDFPageObj_SetStrokeColor(outline, *OUTLINE)
    raw.FPDFPageObj_SetStrokeWidth(outline, OUTLINE_WIDTH)
    raw.FPDFPath_SetDrawMode(outline, raw.FPDF_FILLMODE_NONE, True)
    raw.FPDFPage_InsertObject(page, outline)


def _scale(page: pdfium.PdfPage, width: int) -> float:
    """Return the pixels of a point for an image of this width, or less for a page that is long."""
    across, down = (max(edge, 1.0) for edge in page.get_size())
    wide = min(max(width, 1), WIDEST) / across
    return float(min(wide, (MOST_PIXELS / (across * down)) ** 0.5))


def _png(bitmap: pdfium.PdfBitmap) -> bytes:
    """Return the bitmap as a PNG with 8 bits for each of red, green and blue.

    https://www.w3.org/TR/png-3/
    """
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    pixels = memoryview(bitmap.buffer)
    # Each line begins with its filter: none.
    lines = b"".join(
        b"\0" + pixels[at : at + 3 * width].tobytes() for at in range(0, stride * height, stride)
    )
    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, COMPRESSION)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
