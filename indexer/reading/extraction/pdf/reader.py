"""Reads a PDF: the words that its pages show, in the order of the engine, with their boxes."""

import dataclasses

from indexer.documents import SkipReason
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.pdf.engine import PageText, PdfFile, opened, page_text
from indexer.reading.extraction.pdf.headings import headings_of
from indexer.reading.extraction.pdf.metadata import metadata_of
from indexer.reading.extraction.pdf.paragraphs import breaks_before
from indexer.reading.extraction.pdf.rows import Row
from indexer.reading.extraction.pdf.running import running_lines
from indexer.reading.extraction.pdf.warnings import (
    Trouble,
    troubles_of,
    unreadable_share,
    warnings_of,
)
from indexer.reading.extraction.pdf.words import Line, lines_of
from indexer.reading.extraction.pieces import (
    Extraction,
    Limits,
    MarkKind,
    NotExtracted,
    PieceKind,
    Place,
)
from indexer.spans import Span, merge_spans

__all__ = ["read_pdf"]

# A page takes a dictionary of its own at least, so honest files are far below.
MOST_PAGES = 50_000
# The lines of a page weigh little if more than this share of its characters cannot be read.
GARBAGE = 0.5


def read_pdf(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of a PDF. Raises NotExtracted if it has none, or cannot be opened."""
    with opened(content) as file:
        if len(file) > MOST_PAGES:
            raise NotExtracted(SkipReason.TOO_COSTLY, f"it has {len(file):,} pages")
        return _Reading(file, limits).extraction(content)


class _Reading:
    """The reading of one file."""

    def __init__(self, file: PdfFile, limits: Limits) -> None:
        self._file = file
        self._builder = TextBuilder(limits)
        self._rows: list[Row] = []
        self._garbage: list[Span] = []
        # The numbers of the pages with each trouble.
        self._troubles: dict[Trouble, list[int]] = {trouble: [] for trouble in Trouble}

    def extraction(self, content: bytes) -> Extraction:
        pages = len(self._file)
        for index in range(pages):
            self._read_page(index)
        self._check(pages)
        for warning in warnings_of(self._troubles):
            self._builder.warn(warning)
        metadata = metadata_of(self._file.properties(), self._file.language(), content)
        found = self._builder.finish(metadata)
        running = running_lines(found.text, self._rows, pages)
        repeated = merge_spans([*running, *self._garbage])
        headings = headings_of(found.text, self._rows, self._file.bookmarks(), repeated)
        return dataclasses.replace(found, headings=tuple(headings), repeated=tuple(repeated))

    def _check(self, pages: int) -> None:
        """Raise NotExtracted if no page has text."""
        if len(self._troubles[Trouble.DAMAGED]) == pages:
            raise NotExtracted(SkipReason.DAMAGED, "none of its pages can be read")
        if not self._builder.length:
            pictures = len(self._troubles[Trouble.NO_TEXT])
            detail = f"{pictures:,} of its {pages:,} pages have pictures only" if pictures else ""
            raise NotExtracted(SkipReason.NO_TEXT, detail)

    def _read_page(self, index: int) -> None:
        with self._file.page(index) as page:
            if page is None:
                self._troubles[Trouble.DAMAGED].append(index + 1)
                return
            with page_text(page) as text:
                self._add_page(index, text)

    def _add_page(self, index: int, page: PageText) -> None:
        unreadable = unreadable_share(page)
        for trouble in troubles_of(page, unreadable):
            self._troubles[trouble].append(index + 1)
        label = self._file.page_label(index)
        box = tuple(round(edge, 2) for edge in page.box)
        place = Place(label, start=index, box=box, rotate=page.rotate)
        self._builder.place(place, page.text)
        self._builder.mark(MarkKind.PAGE, label)
        lines = lines_of(page)
        for line, breaks in zip(lines, breaks_before(lines), strict=True):
            self._builder.line_break(breaks)
            start = self._add_line(line)
            height = _height(page, *line.origin)
            self._rows.append(Row(start, self._builder.length, index, line.size, height))
            if unreadable > GARBAGE:
                self._garbage.append(Span(start, self._builder.length))

    def _add_line(self, line: Line) -> int:
        """Add a line to the text; return its start."""
        builder = self._builder
        start = -1
        for word, separator in zip(line.words, line.separators(), strict=True):
            if separator == "\t":
                builder.tab()
            elif separator:
                builder.blank()
            builder.add(PieceKind.DRAWN, word.text, word.start, word.end, word.box)
            if start < 0:
                start = builder.length - len(word.text)
        return start


def _height(page: PageText, x: float, y: float) -> float:
    """Return how far down the displayed page a point is: 0 is its upper edge, 1 the lower one."""
    left, bottom, right, top = page.box
    width, height = max(right - left, 1), max(top - bottom, 1)
    turned = {
        0: (top - y) / height,
        90: (x - left) / width,
        180: (y - bottom) / height,
        270: (right - x) / width,
    }
    return min(max(turned.get(page.rotate, 0.5), 0.0), 1.0)
