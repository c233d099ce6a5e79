"""Pieces -> the bytes that a span takes up in each place, cut where that is possible."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from indexer.reading.extraction.pieces import Piece, PieceKind, Place
from indexer.spans import Span

__all__ = ["Extent", "TextOf", "by_place", "extents"]

TextOf = Callable[[Span], str]
"""Reads a part of a document's text."""


class Extent(NamedTuple):
    """What a span takes up in one place: bytes as its pieces count them, and the first piece."""

    place: Place
    bytes: Span
    first: Piece


def extents(
    pieces: Sequence[Piece], places: Sequence[Place], span: Span, text_of: TextOf
) -> Iterator[Extent]:
    """Yield the extent of the span in each place, in the order in which the text comes to them.

    If only a part of a piece is in the span, that part counts for a verbatim piece, and the whole
    piece for any other.
    """
    for number, own in by_place(pieces).items():
        place = places[number]
        starts, ends = [piece.source_start for piece in own], [piece.source_end for piece in own]
        # Only the first and the last piece of the span can be cut.
        starts[0] += _bytes_up_to(span.start, own[0], place, text_of) or 0
        up_to_end = _bytes_up_to(span.end, own[-1], place, text_of)
        if up_to_end is not None:
            ends[-1] = own[-1].source_start + up_to_end
        yield Extent(place, Span(min(starts), max(ends)), own[0])


def by_place(pieces: Sequence[Piece]) -> dict[int, list[Piece]]:
    """Return the pieces of each place."""
    found: dict[int, list[Piece]] = {}
    for piece in pieces:
        found.setdefault(piece.place, []).append(piece)
    return found


def _bytes_up_to(position: int, piece: Piece, place: Place, text_of: TextOf) -> int | None:
    """Return how many bytes a piece has up to a position inside it, or None if that is unknown."""
    if not piece.start < position < piece.end or piece.kind is not PieceKind.VERBATIM:
        return None
    if piece.source_end - piece.source_start == piece.end - piece.start:
        return position - piece.start
    if not place.encoding.startswith("utf-"):
        # Some encodings have several codes for a character.
        return None
    return len(text_of(Span(piece.start, position)).encode(place.encoding))
