"""Documents and passages -> new records for the store. It numbers them later."""

import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from indexer.documents import Document, Passage, SourceFile, document_id
from indexer.index.records import (
    NOWHERE,
    PLACE,
    StoredDocument,
    StoredExtraction,
    StoredPassage,
    content_of,
)
from indexer.spans import Span, bom_length, byte_length, utf16_length

__all__ = ["new_document", "new_passages", "placed_passages"]


def new_document(
    document: Document,
    source: SourceFile,
    *,
    read_ns: int,
    passages: int,
    repeated_title: bool = False,
) -> StoredDocument:
    """Return a document for the store. `read_ns` is when reading its file began."""
    extracted = document.extraction
    return StoredDocument(
        document=NOWHERE,
        id=document_id(document.path),
        path=document.path,
        title=document.title,
        title_source=document.title_source.value,
        sha256=document.sha256,
        encoding=document.encoding,
        encoding_source=document.encoding_source.value,
        media_type=document.media_type,
        size_bytes=source.size_bytes,
        mtime_ns=source.mtime_ns,
        ctime_ns=source.ctime_ns,
        inode=source.inode,
        read_ns=read_ns,
        length=len(document.text),
        first_row=NOWHERE,
        passages=passages,
        repeated_title=int(repeated_title),
        packed_extraction=StoredExtraction.of(extracted).packed() if extracted else None,
        **document.description._asdict(),
    )


def new_passages(
    document: Document,
    passages: Sequence[Passage],
    embeddings: Sequence[bytes | None],
    signatures: Sequence[bytes],
) -> Iterator[StoredPassage]:
    """Yield the passages of a document for the store, in the order of its text.

    Each passage counts bytes, UTF-16 units and lines on from the passage before it.
    """
    byte_start = bom_length(document.encoding)
    utf16_start, line_start = 0, 1
    counted = 0
    cuts = [0, *(passage.span.start for passage in passages[1:]), len(document.text)]
    pieces = pairwise(cuts)
    for passage, embedding, signature in zip(passages, embeddings, signatures, strict=True):
        piece_start, piece_end = next(pieces)
        start = passage.span.start
        before = document.text[counted:start]
        byte_start += byte_length(before, document.encoding)
        utf16_start += utf16_length(before)
        line_start += before.count("\n")
        counted = start
        stored = StoredPassage(
            row=NOWHERE,
            document=NOWHERE,
            start=start,
            end=passage.span.end,
            heading=passage.heading,
            packed_windows=_packed(passage.windows),
            packed_repeated=_packed(passage.repeated),
            piece_start=piece_start,
            piece=document.text[piece_start:piece_end],
            byte_start=byte_start,
            utf16_start=utf16_start,
            line_start=line_start,
            embedding=embedding,
            signature=signature,
        )
        yield stored.sealed()


def placed_passages(
    passages: Iterable[StoredPassage], *, document: int, first_row: int
) -> Iterator[tuple[Any, ...]]:
    """Yield the columns of the new passages of a document as they are stored, in order."""
    for row, passage in enumerate(passages, start=first_row):
        checksum = zlib.crc32(PLACE.pack(row, document), passage.checksum)
        yield (row, document, *content_of(passage), checksum)


def _packed(spans: Sequence[Span]) -> bytes:
    return array("I", [edge for span in spans for edge in (span.start, span.end)]).tobytes()
