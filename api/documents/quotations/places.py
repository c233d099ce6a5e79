"""Places of a quotation -> the fields that clients get."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from api.contract.documents import LineRange
from api.contract.quotations import Difference, QuotedPlace
from api.documents.presentation import document_metadata, span_out
from api.documents.quotations.similarity import SimilarPlace
from api.documents.quotations.stretches import Stretch
from indexer.index.records import StoredDocument

__all__ = ["FoundPlace", "quoted_places"]


class FoundPlace(NamedTuple):
    """A place in a stretch of a document, in the version of the file with this hash."""

    stored: StoredDocument
    sha256: str
    stretch: Stretch
    place: SimilarPlace


def quoted_places(found: Sequence[FoundPlace], folder: Path) -> list[QuotedPlace]:
    """Return the places with their spans in every unit."""
    return [_quoted_place(each, folder) for each in found]


def _quoted_place(found: FoundPlace, folder: Path) -> QuotedPlace:
    span = found.place.span
    units = found.stretch.place(span)
    return QuotedPlace(
        document=document_metadata(found.stored, folder),
        sha256=found.sha256,
        text=found.stretch.of(span),
        span=span_out(span),
        byte_span=span_out(units.byte_span) if units.byte_span is not None else None,
        utf16_span=span_out(units.utf16_span),
        lines=LineRange(*units.lines),
        differences=[
            Difference(
                kind=each.kind, in_text=span_out(each.given), in_document=span_out(each.found)
            )
            for each in found.place.differences
        ],
    )
