"""Stored documents and passages -> the fields that clients get."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

from api.contract.documents import DocumentMetadata, ExtractionOut, LineRange, SpanOut, State
from api.contract.passages import PassageOut
from api.contract.sources import Source
from indexer.documents import EncodingSource, TitleSource, calendar_us
from indexer.index.records import StoredDocument, StoredPassage
from indexer.reading.containers import outer_path
from indexer.spans import Span, byte_length, utf16_length

__all__ = [
    "PassageFields",
    "document_metadata",
    "moment_of",
    "passage_fields",
    "passage_out",
    "span_out",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS = 1_000_000


class PassageFields(TypedDict):
    """The fields of a `PassageOut`, which a `Hit` also has."""

    passage_id: str
    document: DocumentMetadata
    heading: str
    text: str
    span: SpanOut
    byte_span: SpanOut | None
    utf16_span: SpanOut
    lines: LineRange
    source: Source | None


def span_out(span: Span) -> SpanOut:
    return SpanOut(start=span.start, end=span.end)


def document_metadata(stored: StoredDocument, folder: Path) -> DocumentMetadata:
    """Return the document as it was indexed, and whether its file is still the same."""
    return DocumentMetadata(
        id=stored.id,
        path=stored.path,
        title=stored.title,
        title_source=TitleSource(stored.title_source),
        sha256=stored.sha256,
        encoding=stored.encoding,
        encoding_source=EncodingSource(stored.encoding_source) if stored.encoding else None,
        extraction=_extraction(stored),
        media_type=stored.media_type,
        author=stored.author,
        publisher=stored.publisher,
        published=stored.published,
        source_url=stored.source_url,
        size_bytes=stored.size_bytes,
        modified=moment_of(calendar_us(stored.mtime_ns)),
        state=_state(stored, folder),
    )


def passage_out(
    passage: StoredPassage,
    stored: StoredDocument,
    metadata: DocumentMetadata,
    source: Source | None = None,
) -> PassageOut:
    """Return the passage with its span in every unit."""
    return PassageOut(**passage_fields(passage, stored, metadata, source))


def passage_fields(
    passage: StoredPassage,
    stored: StoredDocument,
    metadata: DocumentMetadata,
    source: Source | None,
) -> PassageFields:
    """Return the fields of a passage, with its span in every unit."""
    text = passage.text
    byte_start, utf16_start, line = passage.byte_start, passage.utf16_start, passage.line_start
    return {
        "passage_id": stored.passage_id(passage.span),
        "document": metadata,
        "heading": passage.heading,
        "text": text,
        "span": span_out(passage.span),
        # An extracted text has no bytes of its own.
        "byte_span": SpanOut(byte_start, byte_start + byte_length(text, stored.encoding))
        if stored.encoding
        else None,
        "utf16_span": SpanOut(utf16_start, utf16_start + utf16_length(text)),
        # A line end belongs to the line that it ends.
        "lines": LineRange(line, line + text[:-1].count("\n")),
        "source": source,
    }


def moment_of(calendar_us: int) -> datetime:
    """Return a moment that counts microseconds since the epoch, in UTC and to the second."""
    return EPOCH + timedelta(seconds=calendar_us // MICROSECONDS)


def _extraction(stored: StoredDocument) -> ExtractionOut | None:
    extraction = stored.extraction
    if extraction is None:
        return None
    reader, engine, text_sha256 = extraction.reader, extraction.engine, extraction.text_sha256
    return ExtractionOut(reader, engine, text_sha256, list(extraction.warnings))


def _state(stored: StoredDocument, folder: Path) -> State:
    try:
        # Runs for every hit; joining the paths with pathlib takes ten times as long.
        outer = outer_path(stored.path)
        found = os.lstat(f"{folder}/{outer}")
    except (OSError, ValueError):
        return State.MISSING
    # A file inside an archive has the time of the archive, and a size of its own.
    size_bytes = found.st_size if outer == stored.path else stored.size_bytes
    same = (size_bytes, found.st_mtime_ns) == (stored.size_bytes, stored.mtime_ns)
    return State.CURRENT if same else State.CHANGED
