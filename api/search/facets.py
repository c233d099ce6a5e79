"""Facets: how many hits lie in each folder, are of each type, are from each year."""

from collections import Counter
from collections.abc import Iterable

from api.contract.search import Facet, FacetCount
from api.documents.presentation import moment_of
from indexer.index.catalog import CatalogEntry

__all__ = ["facet_counts"]


def facet_counts(facet: Facet, entries: Iterable[CatalogEntry]) -> list[FacetCount]:
    """Return how often each value occurs, the most frequent first, then by value."""
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
            return str(moment_of(entry.modified_ns).year)
