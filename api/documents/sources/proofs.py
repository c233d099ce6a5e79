"""Whether a span of a text is in the bytes of its file, shown without the reader that found it."""

from collections.abc import Callable

from api.contract.quotations import Proof
from indexer.reading.extraction.maps import PieceMap
from indexer.reading.extraction.pieces import NotExtracted, Piece, PieceKind
from indexer.reading.extraction.reconstruction import decoded, place_bytes
from indexer.spans import Span

__all__ = ["proof_of"]

# Only the engine can tell what these are.
OF_ENGINES = frozenset({PieceKind.DRAWN, PieceKind.CELL})
BLANKS = " \t\n"


def proof_of(piece_map: PieceMap, text: str, span: Span, content: bytes) -> Proof | None:
    """Return how each piece of the span follows from the content, or None if one does not.

    `text` is the document's whole text.
    """
    pieces = piece_map.within(span).pieces
    if not _only_blanks_between(pieces, text, span):
        return None
    bytes_of = _places(piece_map, content)
    for piece in pieces:
        if piece.kind in OF_ENGINES:
            continue
        place = piece_map.places[piece.place]
        try:
            source = bytes_of(piece)[piece.source_start : piece.source_end]
            found = decoded(piece.kind, place, source)
        except NotExtracted:
            return None
        if found != text[piece.start : piece.end]:
            return None
    by_engine = any(piece.kind in OF_ENGINES for piece in pieces)
    return Proof.EXTRACTOR if by_engine else Proof.BYTES


def _only_blanks_between(pieces: list[Piece], text: str, span: Span) -> bool:
    end = span.start
    for piece in pieces:
        if text[end : piece.start].strip(BLANKS):
            return False
        end = max(end, piece.end)
    return not text[end : span.end].strip(BLANKS)


def _places(piece_map: PieceMap, content: bytes) -> Callable[[Piece], bytes]:
    """Return a function that gives what a piece counts; each member is unpacked once."""
    found: dict[tuple[int, bool], bytes] = {}

    def bytes_of(piece: Piece) -> bytes:
        is_encoded = piece.kind is PieceKind.TRANSFER
        key = (piece.place, is_encoded)
        if key not in found:
            place = piece_map.places[piece.place]
            found[key] = (
                content[place.start : place.end] if is_encoded else place_bytes(place, content)
            )
        return found[key]

    return bytes_of
