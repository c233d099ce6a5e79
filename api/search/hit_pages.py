"""Ranking -> one page of it: hits or groups, the total, and facet counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.contract.hits import Group, Hit
from api.contract.limits import MAX_REACH
from api.contract.search import Facet, FacetCount, GroupBy, SearchRequest, SearchWarning, Total
from api.ranking.folding import FoldedCandidate
from api.search.candidates import Question
from api.search.facets import facet_counts
from api.search.hits import HitWriter
from api.search.rankings import Ranking
from api.search.requests.paging import Page
from api.telemetry.stages import stage
from indexer.index.snapshot import Snapshot

__all__ = ["HitPage", "write_page"]


@dataclass(frozen=True, slots=True)
class HitPage:
    """One page of an answer. `groups` is None when hits are not grouped."""

    total: Total
    next_cursor: str | None
    facets: dict[Facet, list[FacetCount]]
    hits: list[Hit]
    groups: list[Group] | None
    nearest: list[Hit]
    warnings: tuple[SearchWarning, ...]


def write_page(
    snapshot: Snapshot, request: SearchRequest, question: Question, page: Page, ranking: Ranking
) -> HitPage:
    """Return the requested page of the ranking, with its hits written out."""
    groups = _grouped(snapshot, ranking.folded, request.group_by)
    found = len(groups) + ranking.unseen
    reach = min(found, MAX_REACH)
    shown = groups[page.offset : page.offset + page.limit]
    is_exact = ranking.complete and reach == found
    facets = facet_counts(snapshot, request, ranking)
    with stage("hits"):
        writer = HitWriter(snapshot, question, ranking.confidence, explain=request.explain)
        by_document = request.group_by is GroupBy.DOCUMENT
        first_rank = page.offset + 1
        return HitPage(
            total=Total(value=reach, relation="exact" if is_exact else "at_least"),
            next_cursor=page.next_cursor(reach),
            facets=facets,
            hits=[] if by_document else _hits(writer, shown, first_rank),
            groups=_groups(writer, shown, first_rank, request.group_size) if by_document else None,
            nearest=_nearest(writer, ranking) if not page.offset else [],
            warnings=() if shown or not page.offset else (_end_of_candidates(reach, page.offset),),
        )


def _grouped(
    snapshot: Snapshot, folded: Sequence[FoldedCandidate], group_by: GroupBy
) -> list[list[FoldedCandidate]]:
    """Return the units a page counts: passages, or documents ordered by their best passage."""
    if group_by is GroupBy.PASSAGE:
        return [[each] for each in folded]
    groups: dict[int, list[FoldedCandidate]] = {}
    entries = snapshot.catalog.entries_of([each.candidate.row for each in folded])
    for entry, each in zip(entries, folded, strict=True):
        groups.setdefault(entry.document, []).append(each)
    return list(groups.values())


def _hits(
    writer: HitWriter, shown: Sequence[Sequence[FoldedCandidate]], first_rank: int
) -> list[Hit]:
    return writer.hits([group[0] for group in shown], first_rank=first_rank)


def _nearest(writer: HitWriter, ranking: Ranking) -> list[Hit]:
    nearest = list(map(FoldedCandidate, ranking.nearest))
    return writer.hits(nearest, first_rank=1) if nearest else []


def _groups(
    writer: HitWriter, shown: Sequence[Sequence[FoldedCandidate]], first_rank: int, size: int
) -> list[Group]:
    return [
        Group(rank=rank, document=hits[0].document, score=hits[0].score, hits=hits)
        for rank, members in enumerate(shown, start=first_rank)
        for hits in [writer.hits(members[:size], first_rank=1)]
    ]


def _end_of_candidates(reach: int, offset: int) -> SearchWarning:
    message = f"There are only {reach} hits, and this page would start after hit {offset}."
    return SearchWarning(code="end_of_candidates", message=message)
