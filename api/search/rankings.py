"""Candidates -> ranking: fused, cut, folded, and reranked if there is a reranker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.contract.errors import ModelLoading
from api.contract.search import SearchRequest, SearchWarning
from api.query.query import Query
from api.ranking.confidence import confidences
from api.ranking.folding import FoldedCandidate
from api.ranking.fusion import FusedCandidate, fuse
from api.search.candidates import Candidates, Question
from api.search.copies import fold
from api.search.models.reranker import Reranker
from api.telemetry.stages import stage
from indexer.errors import ModelUnusable
from indexer.index.snapshot import Snapshot

__all__ = ["Ranking", "rank_candidates", "rerank_best"]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates in the order of their scores, before and after copies are listed under others.

    `confidence` is by row; it is empty if the query has nothing to score by. `complete` says
    whether every matching passage was a candidate.
    """

    fused: Sequence[FusedCandidate]
    folded: list[FoldedCandidate]
    confidence: Mapping[int, float]
    complete: bool
    warnings: tuple[SearchWarning, ...] = ()


def rank_candidates(
    snapshot: Snapshot, request: SearchRequest, question: Question, candidates: Candidates
) -> Ranking:
    """Return the candidates ordered by fused score, with copies listed under the best one."""
    with stage("ranking"):
        confidence = _confidence_by_row(candidates)
        fused = fuse(candidates, method=question.fusion, semantic_weight=question.semantic_weight)
        if request.min_score:
            # Cut before folding, so that a dropped hit does not take along copies that pass.
            fused = [
                each
                for each in fused
                # Hits of a query without words have no confidence. They all pass.
                if confidence.get(each.row, 1.0) >= request.min_score
            ]
        fused = _whole_runs(fused, snapshot.phrase_runs(question.query.clauses))
        folded = fold(snapshot, fused, copies=request.fold_duplicates)
    return Ranking(fused, folded, confidence, candidates.complete)


def _whole_runs(
    ranking: Sequence[FusedCandidate], runs: Mapping[int, range]
) -> list[FusedCandidate]:
    """Return the ranking without the passages that are shown as a part of another hit."""
    shown = {each.row for each in ranking}
    parts = {row for first, run in runs.items() if first in shown for row in run[1:]}
    return [each for each in ranking if each.row not in parts]


def rerank_best(
    reranker: Reranker | None, snapshot: Snapshot, query: Query, ranking: Ranking
) -> Ranking:
    """Return the ranking in the reranker's order; unchanged without a reranker or words to read."""
    if reranker is None or not query.embedding_text or not ranking.folded:
        return ranking
    try:
        with stage("reranking"):
            reranked = reranker.rerank(query.embedding_text, ranking.folded, snapshot)
    except ModelUnusable as error:
        code = "reranker_loading" if isinstance(error, ModelLoading) else "reranker_unusable"
        warning = SearchWarning(code=code, message=f"Hits are not reranked: {error}.")
        return replace(ranking, warnings=(*ranking.warnings, warning))
    return replace(ranking, folded=reranked)


def _confidence_by_row(candidates: Candidates) -> dict[int, float]:
    if candidates.semantic is None and not candidates.ideal_bm25:
        return {}
    found = confidences(candidates.lexical, candidates.semantic, ideal_bm25=candidates.ideal_bm25)
    return dict(zip(candidates.rows.tolist(), found.tolist(), strict=True))
