"""What must be true of a text and its map: each piece is in the file, and only blanks are not."""

from functools import cache

from indexer.reading.extraction.maps import PieceMap
from indexer.reading.extraction.pieces import PieceKind, Place
from indexer.reading.extraction.reconstruction import decoded, place_bytes

__all__ = ["faults_of"]

BLANKS = set("\n\t ")
# How far a box may be outside of its page, in hundredths of a point.
TOLERANCE = 1


def faults_of(text: str, pieces: PieceMap, content: bytes) -> list[str]:
    """Return what is wrong with the text that was read from these bytes, in words."""
    whole = pieces.whole()
    found: list[str] = []
    end = 0
    source_of = cache(lambda place: place_bytes(place, content))
    for number, piece in enumerate(whole.pieces):
        place = pieces.places[piece.place]
        if not end <= piece.start < piece.end <= len(text):
            found.append(f"{piece} does not follow {end}")
        if not set(text[end : piece.start]) <= BLANKS:
            found.append(f"there is text before {piece}")
        end = piece.end
        if piece.kind is PieceKind.DRAWN:
            if not _is_on_page(whole.boxes[number], place):
                found.append(f"{piece} is not on its page")
        elif piece.kind is not PieceKind.CELL:
            encoded = piece.kind is PieceKind.TRANSFER
            source = content[place.start : place.end] if encoded else source_of(place)
            part = source[piece.source_start : piece.source_end]
            if decoded(piece.kind, place, part) != text[piece.start : piece.end]:
                found.append(f"{piece} is not in the file")
    if end != len(text):
        found.append("the text does not end with a piece")
    return found


def _is_on_page(box: tuple[int, int, int, int], place: Place) -> bool:
    left, bottom, right, top = (100 * edge for edge in place.box)
    return (
        left - TOLERANCE <= box[0] <= box[2] <= right + TOLERANCE
        and bottom - TOLERANCE <= box[1] <= box[3] <= top + TOLERANCE
    )
