"""Parts of documents, and places in them: a span of the text, by lines, by pages, by a path."""

from bisect import bisect_left, bisect_right

from api.contract.documents import DocumentMetadata, LineRange, SpanOut
from api.contract.errors import InvalidQuery
from api.contract.sources import PdfSource
from api.documents.presentation import document_metadata
from api.documents.sources.origins import source_of
from api.search.searcher import Searcher
from api.serving.agents.answers import Place
from api.serving.agents.requests import Numbers
from api.serving.agents.wording import where
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.reading.extraction.pieces import MarkKind
from indexer.spans import Span

__all__ = ["PartReader"]


class PartReader:
    """Reads parts of one document, as it was indexed."""

    def __init__(self, searcher: Searcher, stored: StoredDocument) -> None:
        self._snapshot: Snapshot = searcher.snapshot
        self._documents = searcher.documents
        self.stored = stored
        self.metadata: DocumentMetadata = document_metadata(stored, searcher.snapshot.folder)

    def text(self, start: int, end: int) -> str:
        """Return the text between two places, which are clipped to the document."""
        end = min(max(end, 0), self.stored.length)
        return self._snapshot.text(self.stored, Span(min(max(start, 0), end), end))

    def place(self, start: int, text: str) -> Place:
        """Return the place of a text that begins there."""
        stored, span = self.stored, Span(start, start + len(text))
        first = self._documents.line_number(stored.id, start)
        lines = LineRange(first, first + text[:-1].count("\n"))
        source = source_of(self._snapshot, stored, span, text)
        pages = [each.page for each in source.pages] if isinstance(source, PdfSource) else None
        return Place(
            path=stored.path,
            sha256=stored.sha256,
            state=self.metadata.state,
            span=SpanOut(span.start, span.end),
            lines=lines,
            pages=pages,
            where=where(lines, source),
            text=text,
        )

    def of_lines(self, lines: Numbers) -> Span:
        """Return the span of the lines. Raises InvalidQuery if the document is shorter."""
        start = self._line_start(lines.start)
        if start is None:
            last = self._documents.line_number(self.stored.id, max(self.stored.length - 1, 0))
            raise InvalidQuery(
                f"there is no line {lines.start:,}; the document ends at line {last:,}",
                parameter="lines",
            )
        end = self._line_start(lines.end + 1)
        return Span(start, self.stored.length if end is None else end)

    def of_pages(self, pages: Numbers) -> Span:
        """Return the span of the pages. Raises InvalidQuery if the document has no such page."""
        starts = self._page_starts()
        if not starts:
            raise InvalidQuery(
                "the document has no pages; read it by lines instead", parameter="pages"
            )
        numbers = [number for number, _ in starts]
        first, end = bisect_left(numbers, pages.start), bisect_right(numbers, pages.end)
        if first == end:
            raise InvalidQuery(
                f"there is no text on page {pages.start:,}; the pages with text end at "
                f"{numbers[-1]:,}",
                parameter="pages",
            )
        return Span(starts[first][1], starts[end][1] if end < len(starts) else self.stored.length)

    def _page_starts(self) -> list[tuple[int, int]]:
        """Return the number of each page that could be read, and where its text begins."""
        piece_map = self._snapshot.map_of(self.stored)
        if piece_map is None:
            return []
        # Pages have one place and one mark each; marks of pages at the end may lack their text.
        return [
            (place.start + 1, mark.start)
            for place, mark in zip(piece_map.places, piece_map.marks, strict=False)
            if mark.kind is MarkKind.PAGE
        ]

    def _line_start(self, number: int) -> int | None:
        """Return where a line of the text begins; None if the text has fewer lines."""
        rows = range(self.stored.first_row, self.stored.end_row)
        if number == 1 or not rows:
            return 0 if number == 1 else None
        # The last passage whose piece begins in an earlier line has the line's start.
        after = bisect_left(rows, number, key=self._first_line)
        row = rows[after - 1]
        (passage,) = self._snapshot.passages([row])
        place = -1
        for _ in range(number - self._first_line(row)):
            place = passage.piece.find("\n", place + 1)
            if place < 0:
                return None
        start = passage.piece_start + place + 1
        # A line end at the end of the text begins no line.
        return start if start < self.stored.length else None

    def _first_line(self, row: int) -> int:
        """Return the line in which the piece of a passage begins."""
        (passage,) = self._snapshot.passages([row])
        leading = passage.piece[: passage.span.start - passage.piece_start]
        return passage.line_start - leading.count("\n")
