"""A span of an extracted text -> its source in the file, in the words of the file's format."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from api.contract.documents import SpanOut
from api.contract.sources import (
    CellsSource,
    HtmlSource,
    JsonSource,
    MailSource,
    MarkOut,
    PageSource,
    PdfSource,
    RtfSource,
    Source,
    SubtitlesSource,
    XmlSource,
)
from api.documents.sources.extents import Extent, by_place, extents
from indexer.index.records import StoredDocument, StoredPassage
from indexer.index.snapshot import Snapshot
from indexer.reading.extraction.maps import MapPart, PieceMap
from indexer.reading.extraction.pdf.boxes import boxes_of
from indexer.reading.extraction.pieces import Mark, Piece, PieceKind
from indexer.spans import Span

__all__ = ["cell_name", "mark_out", "passage_source", "source_of"]

_LETTERS = 26


def passage_source(
    snapshot: Snapshot, stored: StoredDocument, passage: StoredPassage
) -> Source | None:
    """Return where in the file of its document a passage is from; None for a text file."""
    if stored.packed_extraction is None:
        # Runs for every hit, and most are of text files.
        return None
    return source_of(snapshot, stored, passage.span, passage.text)


def source_of(snapshot: Snapshot, stored: StoredDocument, span: Span, text: str) -> Source | None:
    """Return where in the file a span of the document is from; `text` is the text of the span.

    None for a text file, and for a span without anything from the file.
    """
    if not len(span) or (extraction := stored.extraction) is None:
        return None
    piece_map = snapshot.map_of(stored)
    assert piece_map is not None
    part = piece_map.within(span)
    if not part.pieces:
        return None
    return _KINDS[extraction.format](_Origin(snapshot, stored, piece_map, part, span, text))


def _span(span: Span) -> SpanOut:
    return SpanOut(span.start, span.end)


def mark_out(mark: Mark) -> MarkOut:
    return MarkOut(*mark)


def cell_name(row: int, column: int) -> str:
    """Return what people call a cell, from its row and column, which count from 0."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


@dataclass(frozen=True, slots=True)
class _Origin:
    """A span, and the part of the map of its document that it touches."""

    snapshot: Snapshot
    stored: StoredDocument
    map: PieceMap
    part: MapPart
    span: Span
    text: str

    @property
    def extents(self) -> list[Extent]:
        return list(extents(self.part.pieces, self.map.places, self.span, self._text_of))

    @property
    def bytes(self) -> SpanOut:
        """The bytes of a file whose places are all the file itself."""
        found = [extent.bytes for extent in self.extents]
        return SpanOut(min(each.start for each in found), max(each.end for each in found))

    def mark(self, start: int) -> Mark | None:
        """Return the last mark up to there."""
        marks = self.map.marks
        number = bisect_right(marks, start, key=attrgetter("start"))
        return marks[number - 1] if number else None

    def _text_of(self, span: Span) -> str:
        return self.snapshot.text(self.stored, span)


def _html(origin: _Origin) -> HtmlSource:
    return HtmlSource("html", origin.bytes)


def _rtf(origin: _Origin) -> RtfSource:
    return RtfSource("rtf", origin.bytes)


def _subtitles(origin: _Origin) -> SubtitlesSource:
    cue = origin.mark(origin.part.pieces[0].start)
    return SubtitlesSource("subtitles", origin.bytes, cue.label if cue else None)


def _notebook(origin: _Origin) -> JsonSource:
    cell = origin.mark(origin.part.pieces[0].start)
    return JsonSource("json", origin.bytes, int(cell.label) if cell else None)


def _xml(origin: _Origin) -> XmlSource:
    first, *others = [
        XmlSource(
            "xml",
            place.name,
            place.sha256,
            _span(found),
            mark_out(mark) if (mark := origin.mark(piece.start)) else None,
        )
        for place, found, piece in origin.extents
    ]
    return replace(first, others=others)


def _mail(origin: _Origin) -> MailSource:
    first, *others = [_part(extent) for extent in origin.extents]
    return replace(first, others=others)


def _part(extent: Extent) -> MailSource:
    place, counted, piece = extent
    is_decoded = bool(place.transfer) and piece.kind is not PieceKind.TRANSFER
    return MailSource(
        kind="mail",
        part=place.name,
        transfer=place.transfer or None,
        charset=place.encoding,
        part_bytes=SpanOut(place.start, place.end),
        bytes=None if is_decoded else _span(counted.shifted(place.start)),
        decoded_bytes=_span(counted) if is_decoded else None,
    )


def _cells(origin: _Origin) -> CellsSource:
    places = origin.map.places
    first, *others = [
        CellsSource("cells", places[number].name, _range(pieces))
        for number, pieces in by_place(origin.part.pieces).items()
    ]
    return replace(first, others=others)


def _range(cells: Sequence[Piece]) -> str:
    """Return the smallest range with all the cells."""
    rows = [cell.source_start for cell in cells]
    columns = [cell.source_end for cell in cells]
    first = cell_name(min(rows), min(columns))
    last = cell_name(max(rows), max(columns))
    return first if first == last else f"{first}:{last}"


def _pdf(origin: _Origin) -> PdfSource:
    pages = boxes_of(origin.part, origin.map.places, origin.text, origin.span.start)
    return PdfSource(
        "pdf",
        [
            PageSource(
                page.page, page.label, list(page.box), page.rotate, [list(b) for b in page.boxes]
            )
            for page in pages
        ],
    )


_OFFICE = ("word", "powerpoint", "odt", "odp", "odg", "epub")
_KINDS: dict[str, Callable[[_Origin], Source]] = {
    "html": _html,
    "pdf": _pdf,
    **dict.fromkeys(_OFFICE, _xml),
    **dict.fromkeys(("excel", "ods"), _cells),
    **dict.fromkeys(("mail", "mbox"), _mail),
    "notebook": _notebook,
    "rtf": _rtf,
    **dict.fromkeys(("srt", "vtt"), _subtitles),
}
