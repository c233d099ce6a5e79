"""Pages of a PDF as images, with the words of a span marked on them."""

import atexit
from collections import OrderedDict
from threading import BoundedSemaphore, Lock

from api.contract.errors import PageNotFound
from api.documents.sources.originals import original
from api.telemetry.stages import stage, turn_of
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.reading.extraction.child.answers import PageRequest
from indexer.reading.extraction.child.process import ChildLimits, ReadingProcess
from indexer.reading.extraction.maps import PieceMap
from indexer.reading.extraction.pdf.boxes import Points, boxes_of
from indexer.reading.extraction.pieces import NotExtracted
from indexer.spans import Span

__all__ = ["PageImages"]

# Drawing takes much memory, and the child draws one page at a time anyway. Others wait for a turn
# as long as their requests may take, and not in a queue of the child.
DRAWINGS_AT_ONCE = 1
LIMITS = ChildLimits(memory=1 << 30, cpu_seconds=8, seconds=8)
# A page of text is 50 to 300 KB.
REMEMBERED_BYTES = 32 << 20
_DRAWING = ReadingProcess(LIMITS)
"""The child that draws, so that pages need not wait for files that are read anew."""
atexit.register(_DRAWING.close)


_Key = tuple[str, int, tuple[Points, ...], int]


class PageImages:
    """Draws pages of the documents of one generation, and remembers the last ones."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._turns = BoundedSemaphore(DRAWINGS_AT_ONCE)
        self._remembered = _Images(REMEMBERED_BYTES)

    def page(self, stored: StoredDocument, number: int, span: Span, width: int) -> bytes:
        """Return a page as a PNG; `number` counts from 1. The words of the span are marked.

        Raises PageNotFound if the document has no such page or if it cannot be drawn, and
        OriginalChanged if its file has changed.
        """
        piece_map = self._snapshot.map_of(stored)
        extraction = stored.extraction
        if piece_map is None or extraction is None or extraction.format != "pdf":
            raise PageNotFound(f"{stored.path!r} is not a PDF, so it has no pages to show")
        boxes = self._boxes(stored, piece_map, number, span)
        key = (stored.sha256, number, boxes, width)
        with stage("drawing"):
            if (known := self._remembered.get(key)) is not None:
                return known
            with turn_of(self._turns):
                png = _drawn(original(self._snapshot, stored), number, boxes, width)
        self._remembered.keep(key, png)
        return png

    def _boxes(
        self, stored: StoredDocument, piece_map: PieceMap, number: int, span: Span
    ) -> tuple[Points, ...]:
        """Return the boxes of the lines of the span on one page."""
        part = piece_map.within(span)
        text = self._snapshot.text(stored, span)
        pages = boxes_of(part, piece_map.places, text, span.start)
        return next((each.boxes for each in pages if each.page == number), ())


class _Images:
    """The last images, as many as fit into so many bytes. Safe to share between threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._images: OrderedDict[_Key, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key) -> bytes | None:
        with self._lock:
            if key in self._images:
                self._images.move_to_end(key)
            return self._images.get(key)

    def keep(self, key: _Key, image: bytes) -> None:
        """Remember an image, and forget those that were not asked for longest."""
        with self._lock:
            if key not in self._images:
                self._bytes += len(image)
            self._images[key] = image
            while self._bytes > self._most_bytes:
                _, forgotten = self._images.popitem(last=False)
                self._bytes -= len(forgotten)


def _drawn(content: bytes, number: int, boxes: tuple[Points, ...], width: int) -> bytes:
    try:
        return _DRAWING.draw(PageRequest(content, number - 1, boxes, width))
    except NotExtracted as refused:
        reason = refused.detail or refused.reason
        raise PageNotFound(f"page {number:,} cannot be drawn: {reason}") from None
