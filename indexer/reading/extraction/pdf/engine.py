"""What PDFium says about a file: its pages, the characters on them, its outline, its properties.

PDFium counts the characters of a page, and every call here takes such an index. Calls take most of
the time, so that a page is asked for as much as possible at once. PDFium can abort the process, and
it is not thread-safe: read in a child.
"""

import ctypes
import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise, repeat
from math import degrees, hypot
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from indexer.documents import SkipReason
from indexer.reading.extraction.pieces import Box, NotExtracted

__all__ = [
    "Bookmark",
    "PageText",
    "PdfFile",
    "opened",
    "page_text",
]

# PDFium gives this code to a hyphen that it takes for the end of a line, and leaves out the break.
HYPHEN = "\x02"
# The code of the same hyphen in the text of a page as a whole.
HYPHEN_IN_BULK = "\ufffe"
# Characters of a page that are asked for their direction, or whether their font tells their code.
SAMPLED = 200
# Text that runs from the top of the page to its bottom as it is displayed, in degrees clockwise.
DOWNWARDS = 90
DEEPEST_BOOKMARK = 10
MOST_BOOKMARKS = 20_000
LONGEST_LABEL = 40


# Left, bottom, right and top.
Points = tuple[float, float, float, float]


class _NoSystemFonts(pdfium.PdfSysfontBase):  # type: ignore[misc]  # it has no types
    """Lets PDFium use its own fonts only, for those that a PDF names but lacks.

    With those of the machine, the boxes of a file would differ from machine to machine, and the
    blanks between its words with them.
    """

    def EnumFonts(self, _: object, mapper: object) -> None:
        pass

    def MapFont(self, *_: object) -> None:
        return None

    def GetFont(self, *_: object) -> None:
        return None


_NoSystemFonts().setup()


class Bookmark(NamedTuple):
    """An entry of the outline. `level` is 1 for the outermost ones."""

    page: int
    level: int
    title: str


class PageText:
    """The characters of a page and where they are, in points from the page's lower left corner.

    `text` has one character for each of the engine's; characters beyond U+FFFF take two, as in
    UTF-16. `box` is the part of the page that is displayed, and `rotate` turns it clockwise.
    """

    def __init__(self, page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> None:
        self._handle = text_page.raw
        self.box: Points = page.get_bbox()
        self.rotate: int = page.get_rotation()
        # Whether it shows anything, if only a picture.
        self.draws = raw.FPDFPage_CountObjects(page) > 0
        drawn = _drawn(self._handle, text_page.count_chars())
        self._hyphens = [
            found.start()
            for found in re.finditer(HYPHEN, drawn)
            if raw.FPDFText_IsHyphen(self._handle, found.start()) == 1
        ]
        self.text = _with_hyphens(drawn, self._hyphens)
        # Left, top, right, bottom: the order in which PDFium takes them.
        self._values = (ctypes.c_double * 4)()
        size = ctypes.sizeof(ctypes.c_double)
        self._edges = [
            ctypes.byref(ctypes.c_double.from_buffer(self._values, size * edge))
            for edge in range(4)
        ]

    def hyphens_between(self, start: int, end: int) -> list[int]:
        """Return the hyphens among these characters after which a line ends."""
        hyphens = self._hyphens
        return hyphens and hyphens[bisect_left(hyphens, start) : bisect_left(hyphens, end)]

    def displayed_box(self, start: int, end: int) -> Box | None:
        """Return the box around these characters, or None if they are not on the page.

        What sticks out of the page is cut off.
        """
        handle, edges = self._handle, self._edges
        rectangles: int = raw.FPDFText_CountRects(handle, start, end - start)
        if rectangles == 1:
            raw.FPDFText_GetRect(handle, 0, *edges)
            x0, y1, x1, y0 = self._values
        else:
            found = self._rectangles(rectangles) or self._loose(start, end)
            if not found:
                return None
            lefts, bottoms, rights, tops = zip(*found, strict=True)
            x0, y0, x1, y1 = min(lefts), min(bottoms), max(rights), max(tops)
        left, bottom, right, top = self.box
        x0 = left if x0 < left else x0
        y0 = bottom if y0 < bottom else y0
        x1 = right if x1 > right else x1
        y1 = top if y1 > top else y1
        # Not true if one of them is not a number.
        if not (x0 <= x1 and y0 <= y1):
            return None
        return round(x0 * 100), round(y0 * 100), round(x1 * 100), round(y1 * 100)

    def origin(self, at: int) -> tuple[float, float]:
        """Return where the character sits on its line."""
        raw.FPDFText_GetCharOrigin(self._handle, at, self._edges[0], self._edges[3])
        return self._values[0], self._values[3]

    def angle(self, at: int) -> float:
        """Return the direction in which the line of the character runs: radians, clockwise."""
        return max(0.0, float(raw.FPDFText_GetCharAngle(self._handle, at)))

    def size(self, at: int) -> float:
        """Return the size of the character in points."""
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._handle, at, matrix)
        return float(raw.FPDFText_GetFontSize(self._handle, at)) * hypot(matrix.c, matrix.d)

    def sample(self) -> range:
        """Return indices of some characters, evenly over the page."""
        return range(0, len(self.text), 1 + len(self.text) // SAMPLED)

    def unknown_share(self) -> float:
        """Return the share of characters whose font does not tell what they are."""
        sample = self.sample()
        unknown = [at for at in sample if raw.FPDFText_HasUnicodeMapError(self._handle, at) == 1]
        return len(unknown) / max(1, len(sample))

    def _rectangles(self, number: int) -> list[Points]:
        found: list[Points] = []
        for index in range(number):
            raw.FPDFText_GetRect(self._handle, index, *self._edges)
            left, top, right, bottom = self._values
            found.append((left, bottom, right, top))
        return found

    def _loose(self, start: int, end: int) -> list[Points]:
        """Return boxes from the measures of the font, for characters that it has no shapes for."""
        rectangle = raw.FS_RECTF()
        return [
            (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
            for at in range(start, end)
            if raw.FPDFText_GetLooseCharBox(self._handle, at, rectangle)
        ]


class PdfFile:
    """An open PDF."""

    def __init__(self, document: pdfium.PdfDocument) -> None:
        self._document = document

    def __len__(self) -> int:
        """Return the number of pages."""
        return len(self._document)

    @contextmanager
    def page(self, index: int) -> Iterator[pdfium.PdfPage | None]:
        """Open a page; None if PDFium cannot.

        What is written in its forms, and notes and stamps on it, become part of the page, so that
        it says what people see.
        """
        try:
            page = self._document[index]
            if raw.FPDFPage_GetAnnotCount(page) and _flattened(page):
                page.close()
                page = self._document[index]
        except pdfium.PdfiumError:
            yield None
            return
        try:
            yield page
        finally:
            page.close()

    def page_label(self, index: int) -> str:
        """Return what the page is called, such as xii: else its number."""
        label = " ".join(self._document.get_page_label(index)[:LONGEST_LABEL].split())
        return label or str(index + 1)

    def bookmarks(self) -> list[Bookmark]:
        """Return the entries of the outline that lead to a page, in its order."""
        found: list[Bookmark] = []
        for bookmark in self._document.get_toc(max_depth=DEEPEST_BOOKMARK):
            destination = bookmark.get_dest()
            page = None if destination is None else destination.get_index()
            title = " ".join(bookmark.get_title().split())
            if page is not None and title:
                found.append(Bookmark(page, bookmark.level + 1, title))
            if len(found) == MOST_BOOKMARKS:
                break
        return found

    def properties(self) -> dict[str, str]:
        """Return the entries of the document information."""
        found: dict[str, str] = self._document.get_metadata_dict(skip_empty=True)
        return found

    def language(self) -> str:
        """Return the language of the document, or an empty string."""
        length = raw.FPDFCatalog_GetLanguage(self._document, None, 0)
        buffer = (raw.FPDF_WCHAR * (length // 2 + 1))()
        raw.FPDFCatalog_GetLanguage(self._document, buffer, length)
        return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0").strip()


@contextmanager
def opened(content: bytes) -> Iterator[PdfFile]:
    """Open a PDF with the empty password. Raises NotExtracted if that cannot be done."""
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise NotExtracted(SkipReason.ENCRYPTED) from None
        raise NotExtracted(SkipReason.DAMAGED, "it is not a PDF that can be opened") from None
    try:
        yield PdfFile(document)
    finally:
        document.close()


@contextmanager
def page_text(page: pdfium.PdfPage) -> Iterator[PageText]:
    """Give the text of a page.

    PDFium puts the lines of a text that runs downwards in the wrong order, so such a page is turned
    until its text runs upright. That changes nothing else: positions are those before rotation.
    """
    text_page = page.get_textpage()
    try:
        text = PageText(page, text_page)
        if _runs_downwards(text):
            text_page.close()
            page.set_rotation((text.rotate + 90) % 360)
            text_page = page.get_textpage()
            page.set_rotation(text.rotate)
            text = PageText(page, text_page)
        yield text
    finally:
        text_page.close()


def _flattened(page: pdfium.PdfPage) -> bool:
    """Make what is drawn upon a page part of it; return whether there is any such thing."""
    found = raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    return bool(found == raw.FLATTEN_SUCCESS)


def _drawn(handle: object, number: int) -> str:
    """Return what PDFium says of each of so many characters.

    The text as a whole leaves out glyphs without codes, so that its positions are others. If it is
    as long as the page has characters, it says the same as they do one by one.
    """
    buffer = (ctypes.c_ushort * (number + 1))()
    length = raw.FPDFText_GetText(handle, 0, number, buffer)
    if length != number + 1:
        return _characters([*map(raw.FPDFText_GetUnicode, repeat(handle), range(number))])
    text = bytes(buffer)[: 2 * number].decode("utf-16-le", "surrogatepass")
    if len(text) < number:  # a pair is one character for Python, and two for PDFium
        text = _characters(buffer[:number])
    return text.replace(HYPHEN_IN_BULK, HYPHEN)


def _characters(codes: list[int]) -> str:
    try:
        return "".join(map(chr, codes))
    except (ValueError, OverflowError):
        return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)


def _with_hyphens(text: str, hyphens: list[int]) -> str:
    edges = [-1, *hyphens, len(text)]
    return "-".join(text[before + 1 : hyphen] for before, hyphen in pairwise(edges))


def _runs_downwards(text: PageText) -> bool:
    """Return whether most lines of the page, as it is displayed, run downwards."""
    sample = [at for at in text.sample() if not text.text[at].isspace()]
    downwards = sum(
        abs((degrees(text.angle(at)) + text.rotate) % 360 - DOWNWARDS) < 1 for at in sample
    )
    return 2 * downwards > len(sample)
