"""Values of the index -> the models of the published contract."""

import os
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.contract.documents import DocumentMetadata, LineRange, SpanOut, State
from api.contract.hits import Explanation, RetrieverExplanation
from api.contract.passages import PassageOut
from api.contract.search import Facet, FacetCount
from api.ranking.fusion import FusedCandidate
from indexer.index.catalog import CatalogEntry
from indexer.index.records import StoredDocument, StoredPassage
from indexer.spans import Span, byte_length, utf16_length

__all__ = [
    "document_metadata",
    "explanation",
    "facet_counts",
    "passage_fields",
    "passage_out",
    "span_out",
]

NANOSECONDS = 1_000_000_000


def span_out(span: Span) -> SpanOut:
    return SpanOut(start=span.start, end=span.end)


def document_metadata(stored: StoredDocument, folder: Path) -> DocumentMetadata:
    """Return the document as it was indexed, and whether its file is still the same."""
    return DocumentMetadata(
        id=stored.id,
        path=stored.path,
        title=stored.title,
        sha256=stored.sha256,
        encoding=stored.encoding,
        media_type=stored.media_type,
        size_bytes=stored.size_bytes,
        modified=_moment(stored.mtime_ns),
        state=_state(stored, folder),
    )


def passage_out(
    passage: StoredPassage, stored: StoredDocument, metadata: DocumentMetadata
) -> PassageOut:
    """Return the passage with its span in every unit."""
    return PassageOut(**passage_fields(passage, stored, metadata))


def passage_fields(
    passage: StoredPassage, stored: StoredDocument, metadata: DocumentMetadata
) -> dict[str, Any]:
    """Return the fields of `passage_out`, which hits have, too."""
    text = passage.text
    byte_start, utf16_start, line = passage.byte_start, passage.utf16_start, passage.line_start
    return {
        "passage_id": stored.passage_id(passage.span),
        "document": metadata,
        "heading": passage.heading,
        "text": text,
        "span": span_out(passage.span),
        "byte_span": SpanOut(byte_start, byte_start + byte_length(text, stored.encoding)),
        "utf16_span": SpanOut(utf16_start, utf16_start + utf16_length(text)),
        # A line belongs to its last code point, the line end included.
        "lines": LineRange(line, line + text[:-1].count("\n")),
    }


def explanation(candidate: FusedCandidate) -> Explanation:
    return Explanation(
        **{
            retriever: RetrieverExplanation(
                rank=each.rank,
                score=each.score,
                scaled=each.scaled,
                contribution=each.value,
            )
            for retriever, each in candidate.contributions.items()
        }
    )


def facet_counts(facet: Facet, entries: Iterable[CatalogEntry]) -> list[FacetCount]:
    """Return how often each value occurs, the most frequent first, then by value."""
    counts = Counter(_facet_value(facet, entry) for entry in entries)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [FacetCount(value=value, count=count) for value, count in ordered]


def _facet_value(facet: Facet, entry: CatalogEntry) -> str:
    match facet:
        case Facet.FOLDER:
            folder, below, _ = entry.path.partition("/")
            return folder if below else "."
        case Facet.TYPE:
            return entry.media_type
        case Facet.YEAR:
            return str(_moment(entry.modified_ns).year)


def _moment(time_ns: int) -> datetime:
    try:
        return datetime.fromtimestamp(time_ns // NANOSECONDS, UTC)
    except (OverflowError, ValueError, OSError):
        # File systems hold times that calendars do not.
        return datetime.max.replace(tzinfo=UTC) if time_ns > 0 else datetime.min.replace(tzinfo=UTC)


def _state(stored: StoredDocument, folder: Path) -> State:
    try:
        # Ten times as fast as joining paths: every hit is looked at.
        found = os.lstat(f"{folder}/{stored.path}")
    except (OSError, ValueError):
        return State.MISSING
    same = (found.st_size, found.st_mtime_ns) == (stored.size_bytes, stored.mtime_ns)
    return State.CURRENT if same else State.CHANGED
