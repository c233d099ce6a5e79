"""Facets: how many hits each folder, media type and year has."""

from collections import Counter
from collections.abc import Iterable

from api.contract.search import Facet, FacetCount
from api.documents.presentation import moment_of
from indexer.index.catalog import CatalogEntry

__all__ = ["facet_counts"]


def facet_counts(facet: Facet, entries: Iterable[CatalogEntry]) -> list[FacetCount]:
    """Return the count of each value, the most frequent first; ties are sorted by value."""
    counts = Counter(_value(facet, entry) for entry in entries)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [FacetCount(value=value, count=count) for value, count in ordered]


def _value(facet: Facet, entry: CatalogEntry) -> str:
    match facet:
        case Facet.FOLDER:
            folder, below, _ = entry.path.partition("/")
            return folder if below else "."
        case Facet.TYPE:
            return entry.media_type
        case Facet.YEAR:
            return f"{moment_of(entry.modified_us).year:04}"
