"""Does the store have the text of a document as it was indexed, and is its map whole?"""

import codecs
import hashlib
from collections.abc import Sequence
from itertools import pairwise

from indexer.documents import document_id
from indexer.errors import IndexUnusable
from indexer.index.records import StoredDocument, StoredPassage
from indexer.index.store.reader import PassageStore
from indexer.spans import bom_length, byte_length, utf16_length

__all__ = ["document_problem"]


def document_problem(
    stored: StoredDocument, passages: Sequence[StoredPassage], store: PassageStore
) -> str | None:
    """Return what is wrong with a document, its passages or its map, or None."""
    if stored.id != document_id(stored.path):
        return f"its id is {stored.id}, which does not match its path"
    for passage in passages:
        if passage.document != stored.document:
            return (
                f"row {passage.row} belongs to document {passage.document}, not {stored.document}"
            )
    text = "".join(passage.piece for passage in passages)
    if len(text) != stored.length or not _is_content(text, stored):
        return "its passages do not contain the text of the file that was indexed"
    return _passage_problem(stored, passages) or _map_problem(stored, store)


def _map_problem(stored: StoredDocument, store: PassageStore) -> str | None:
    """Return what is wrong with the map of an extracted document, whose text is right."""
    try:
        piece_map = store.map_of(stored)
        if piece_map is None:
            return None
        pieces, places = piece_map.whole().pieces, len(piece_map.places)
    except (IndexUnusable, ValueError) as error:
        return str(error)
    text = store.text(stored)
    end = 0
    for piece in pieces:
        if not end <= piece.start < piece.end <= len(text) or not 0 <= piece.place < places:
            return f"its map has a piece at {piece.start}-{piece.end} that does not fit"
        if text[end : piece.start].strip(" \t\n"):
            return f"its map lacks the text at {end}-{piece.start}"
        end = piece.end
    if text[end:].strip():
        return f"its map lacks the text from {end} on"
    return None


def _is_content(text: str, stored: StoredDocument) -> bool:
    """Return whether the text is the one that was indexed.

    Encoded, it has the hash of the file; a text that was extracted has a hash of its own.
    """
    extraction = stored.extraction
    if extraction is not None:
        return hashlib.sha256(text.encode()).hexdigest() == extraction.text_sha256
    if stored.encoding is None:
        return False
    if stored.encoding == "utf-16":
        contents = [
            codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
            codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        ]
    else:
        contents = [text.encode(stored.encoding)]
    return stored.sha256 in {hashlib.sha256(content).hexdigest() for content in contents}


def _passage_problem(stored: StoredDocument, passages: Sequence[StoredPassage]) -> str | None:
    """Return the problem of the first passage that does not continue the ones before it."""
    place, bytes_before, utf16_before, line = 0, bom_length(stored.encoding), 0, 1
    for passage in passages:
        piece_end = passage.piece_start + len(passage.piece)
        if not place == passage.piece_start <= passage.span.start <= passage.span.end <= piece_end:
            return (
                f"row {passage.row} has {passage.span} in a piece that starts at "
                f"{passage.piece_start}"
            )
        for part in (passage.windows, passage.repeated):
            inside = all(map(passage.span.contains, part))
            if not inside or any(one.end > other.start for one, other in pairwise(part)):
                return f"row {passage.row} has {passage.span}, but the spans inside it do not fit"
        blanks = passage.piece[: passage.span.start - passage.piece_start]
        expected = (
            bytes_before + byte_length(blanks, stored.encoding),
            utf16_before + utf16_length(blanks),
            line + blanks.count("\n"),
        )
        found = (passage.byte_start, passage.utf16_start, passage.line_start)
        if found != expected:
            return f"row {passage.row} starts at byte, UTF-16 unit and line {found}, not {expected}"
        place = piece_end
        bytes_before += byte_length(passage.piece, stored.encoding)
        utf16_before += utf16_length(passage.piece)
        line += passage.piece.count("\n")
    return None
