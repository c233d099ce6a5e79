"""Facets: how many hits each folder, media type, year or month has; a click on it finds them."""

from collections.abc import Sequence

from api.contract.search import Facet, FacetCount, GroupBy, SearchRequest
from api.documents.presentation import moment_of
from api.ranking.fusion import FusedCandidate
from api.search.copies import fold
from api.search.rankings import Ranking
from indexer.index.catalog import CatalogEntry
from indexer.index.snapshot import Snapshot

__all__ = ["facet_counts"]


def facet_counts(
    snapshot: Snapshot, request: SearchRequest, ranking: Ranking
) -> dict[Facet, list[FacetCount]]:
    """Return the count of each value, the most frequent first; ties are sorted by value.

    Each count is that of the hits, or groups of hits, if only files with the value were searched.
    """
    if not request.facets:
        return {}
    counter = _Counter(snapshot, request, ranking)
    return {facet: counter.counts(facet) for facet in request.facets}


class _Counter:
    """Counts the hits of parts of a ranking."""

    def __init__(self, snapshot: Snapshot, request: SearchRequest, ranking: Ranking) -> None:
        self._snapshot = snapshot
        self._request = request
        self._fused = ranking.fused
        self._entries = snapshot.catalog.entries_of([each.row for each in ranking.fused])
        self._leaders = {
            row: folded.candidate.row
            for folded in ranking.folded
            for row in (folded.candidate.row, *(row for row, _ in folded.duplicates))
        }

    def counts(self, facet: Facet) -> list[FacetCount]:
        found: dict[str, list[tuple[FusedCandidate, CatalogEntry]]] = {}
        for candidate, entry in zip(self._fused, self._entries, strict=True):
            if (value := _value(facet, entry)) is not None:
                found.setdefault(value, []).append((candidate, entry))
        counts = [(value, self._hits(members)) for value, members in found.items()]
        ordered = sorted(counts, key=lambda count: (-count[1], count[0]))
        return [FacetCount(value=value, count=count) for value, count in ordered]

    def _hits(self, members: Sequence[tuple[FusedCandidate, CatalogEntry]]) -> int:
        """Return how many hits, or documents with hits, these candidates alone would make."""
        documents = {candidate.row: entry.document for candidate, entry in members}
        leaders = {self._leaders[row] for row in documents}
        if not leaders <= documents.keys():
            # Copies of a hit that does not have this value: one of them leads the others.
            folded = fold(self._snapshot, [candidate for candidate, _ in members], copies=True)
            leaders = {each.candidate.row for each in folded}
        if self._request.group_by is GroupBy.DOCUMENT:
            return len({documents[row] for row in leaders})
        return len(leaders)


def _value(facet: Facet, entry: CatalogEntry) -> str | None:
    """Return what the document counts for; None if it does not say when it was published."""
    match facet:
        case Facet.FOLDER:
            folder, below, _ = entry.path.partition("/")
            return folder if below else "."
        case Facet.TYPE:
            return entry.media_type
        case Facet.YEAR:
            return f"{moment_of(entry.modified_us).year:04}"
        case Facet.PUBLISHED_YEAR | Facet.PUBLISHED_MONTH:
            if entry.published_us is None:
                return None
            date = moment_of(entry.published_us).date().isoformat()
            return date[: len("2024") if facet is Facet.PUBLISHED_YEAR else len("2024-06")]
