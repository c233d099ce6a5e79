"""The pieces of a span of a document, with their places, as clients get them."""

from bisect import bisect_left
from operator import attrgetter

from api.contract.documents import SpanOut
from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_SOURCE_CHARS
from api.contract.sources import DocumentSource, MarkOut, PieceOut, PlaceOut
from api.documents.quotations.stretches import stored_stretch
from api.documents.sources.origins import cell_name, mark_out, source_of
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.reading.extraction.maps import MapPart, PieceMap
from indexer.reading.extraction.pieces import Box, Piece, PieceKind, Place
from indexer.spans import Span

__all__ = ["document_source"]


def document_source(
    snapshot: Snapshot, stored: StoredDocument, start: int, end: int | None
) -> DocumentSource:
    """Return the pieces of a span, which is clipped to the document's length.

    Raises InvalidQuery if the span is too long.
    """
    last = stored.length if end is None else min(end, stored.length)
    span = Span(min(start, last), last)
    if len(span) > MAX_SOURCE_CHARS:
        raise InvalidQuery(
            f"the span has {len(span):,} characters; ask for at most {MAX_SOURCE_CHARS:,}",
            parameter="end",
        )
    text = snapshot.text(stored, span)
    piece_map = snapshot.map_of(stored)
    if piece_map is None:
        places, pieces = _of_text_file(snapshot, stored, span, text)
        marks = []
    else:
        places, pieces = _of_map(piece_map, span)
        marks = _marks(piece_map, span)
    return DocumentSource(
        id=stored.id,
        sha256=stored.sha256,
        span=SpanOut(span.start, span.end),
        length=stored.length,
        text=text,
        source=source_of(snapshot, stored, span, text),
        places=places,
        pieces=pieces,
        marks=marks,
    )


def _of_text_file(
    snapshot: Snapshot, stored: StoredDocument, span: Span, text: str
) -> tuple[list[PlaceOut], list[PieceOut]]:
    """Return the file as the place of one piece."""
    encoding = stored.encoding
    assert encoding is not None
    place = PlaceOut("", None, encoding, None, None, None)
    if not text:
        return [place], []
    source = stored_stretch(snapshot, stored, span).place(span).byte_span
    assert source is not None
    whole = PieceOut(
        span=SpanOut(span.start, span.end),
        kind=PieceKind.VERBATIM,
        place=0,
        source=SpanOut(source.start, source.end),
    )
    return [place], [whole]


def _of_map(piece_map: PieceMap, span: Span) -> tuple[list[PlaceOut], list[PieceOut]]:
    """Return the pieces of the span, and their places, numbered anew."""
    part = piece_map.within(span) if len(span) else MapPart([], [])
    numbers = {
        number: new for new, number in enumerate(dict.fromkeys(p.place for p in part.pieces))
    }
    boxes: list[Box | None] = list(part.boxes) if part.boxes else [None] * len(part.pieces)
    pieces = [
        _piece(piece, numbers[piece.place], box)
        for piece, box in zip(part.pieces, boxes, strict=True)
    ]
    return [_place(piece_map.places[number], bool(part.boxes)) for number in numbers], pieces


def _piece(piece: Piece, place: int, box: Box | None) -> PieceOut:
    start, end, kind, _, source_start, source_end = piece
    is_cell = kind is PieceKind.CELL
    return PieceOut(
        span=SpanOut(start, end),
        kind=kind,
        place=place,
        source=None if is_cell else SpanOut(source_start, source_end),
        box=[edge / 100 for edge in box] if box else None,
        cell=cell_name(source_start, source_end) if is_cell else None,
    )


def _place(place: Place, is_page: bool) -> PlaceOut:
    is_part = bool(place.end)
    return PlaceOut(
        name=place.name,
        sha256=place.sha256 or None,
        encoding=place.encoding,
        transfer=place.transfer or None,
        part_bytes=SpanOut(place.start, place.end) if is_part else None,
        page=place.start + 1 if is_page else None,
    )


def _marks(piece_map: PieceMap, span: Span) -> list[MarkOut]:
    marks = piece_map.marks
    first = bisect_left(marks, span.start, key=attrgetter("start"))
    end = bisect_left(marks, span.end, key=attrgetter("start"))
    return [mark_out(mark) for mark in marks[first:end]]
