"""Candidates -> ranking: fused, cut, folded, and reranked if there is a reranker.

If both retrievers were asked, passages that match no word and are not near in meaning are cut too:
every passage is the neighbour of any query, by chance.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from api.contract.errors import ModelLoading
from api.contract.search import Scope, SearchRequest, SearchWarning
from api.query.query import Query
from api.ranking.confidence import VERBATIM, confidences
from api.ranking.folding import FoldedCandidate
from api.ranking.fusion import FusedCandidate, fuse
from api.ranking.verdict import LEAST_NEAR, Answers, verdict
from api.search.candidates import Candidates, Question
from api.search.copies import fold
from api.search.models.reranker import Reranker
from api.search.requests.evidence import word_evidence
from api.telemetry.stages import stage
from indexer.errors import ModelUnusable
from indexer.index.snapshot import Snapshot

__all__ = ["Ranking", "rank_candidates", "rerank_best"]

# How many neighbours by chance are shown if nothing else was found.
NEAREST = 5


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates in the order of their scores, before and after copies are listed under others.

    `confidence` is by row; it is empty if the query has nothing to score by. `answers` is then
    None. `complete` says whether every matching passage was a candidate, or is one of the `unseen`
    ones that follow. `named` are the best passages of the files whose name is the query; they come
    first. `nearest` are the best of the neighbours by chance if nothing else was found.
    """

    fused: Sequence[FusedCandidate]
    folded: list[FoldedCandidate]
    confidence: Mapping[int, float]
    answers: Answers | None
    complete: bool
    unseen: int = 0
    named: frozenset[int] = frozenset()
    nearest: tuple[FusedCandidate, ...] = ()
    warnings: tuple[SearchWarning, ...] = ()


def rank_candidates(
    snapshot: Snapshot, request: SearchRequest, question: Question, candidates: Candidates
) -> Ranking:
    """Return the candidates ordered by fused score, with copies listed under the best one."""
    with stage("ranking"):
        confidence = _confidence_by_row(snapshot, question, candidates)
        fused = fuse(candidates, method=question.fusion, semantic_weight=question.semantic_weight)
        named = _best_of_each(question.named, fused)
        confidence |= {row: max(confidence.get(row, 0.0), VERBATIM) for row in named}
        # Cut before folding, so that a dropped hit does not take along copies that pass.
        by_chance = _neighbours_by_chance(candidates, confidence)
        found = [
            each
            for each in fused
            if each.row not in by_chance
            # Hits of a query without words have no confidence. They all pass.
            and confidence.get(each.row, 1.0) >= request.min_score
        ]
        found = _whole_runs(found, snapshot.phrase_runs(question.query.clauses))
        found = _fullest_first(snapshot, question, found)
        found.sort(key=lambda each: each.row not in named)
        folded, unseen = _folded(snapshot, request, question, candidates.unseen, found, named)
        nearest = fused[:NEAREST] if by_chance and not (found or request.min_score) else []
        best = max((confidence.get(each.row, 0.0) for each in found), default=0.0)
    return Ranking(
        found,
        folded,
        confidence,
        verdict(best, by_words=not question.asks_semantic)
        if question.query.embedding_text
        else None,
        candidates.complete or _has_every_hit(candidates),
        unseen,
        named,
        tuple(nearest),
    )


def _best_of_each(named: Sequence[range], fused: Sequence[FusedCandidate]) -> frozenset[int]:
    """Return the best row of each range."""
    best = (next((each.row for each in fused if each.row in rows), None) for rows in named)
    return frozenset(row for row in best if row is not None)


def _whole_runs(
    ranking: Sequence[FusedCandidate], runs: Mapping[int, range]
) -> list[FusedCandidate]:
    """Return the ranking without the passages that are shown as a part of another hit."""
    shown = {each.row for each in ranking}
    parts = {row for first, run in runs.items() if first in shown for row in run[1:]}
    return [each for each in ranking if each.row not in parts]


def _fullest_first(
    snapshot: Snapshot, question: Question, ranking: list[FusedCandidate]
) -> list[FusedCandidate]:
    """Return the ranking, but passages that have more of what is required come first.

    In the scope of documents, a passage of a document that has all of it may have a part of it.
    """
    if question.scope is Scope.PASSAGE or not question.query.required:
        return ranking
    rows = np.array([each.row for each in ranking], np.int64)
    parts: Counter[int] = Counter()
    for clause in question.query.required:
        parts.update(snapshot.rows_having(clause, rows).tolist())
    return sorted(ranking, key=lambda each: -parts[each.row])


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
    reranked.sort(key=lambda each: each.candidate.row not in ranking.named)
    return replace(ranking, folded=reranked)


def _confidence_by_row(
    snapshot: Snapshot, question: Question, candidates: Candidates
) -> dict[int, float]:
    query, rows = question.query, candidates.rows
    if candidates.semantic is None and not candidates.ideal_bm25:
        return {}
    words = word_evidence(snapshot, query, rows) if question.asks_lexical else None
    found = confidences(
        candidates.lexical,
        candidates.semantic,
        ideal_bm25=candidates.ideal_bm25 if words is not None and words.counts else 0.0,
        least=words.least if words is not None else None,
    )
    return dict(zip(rows.tolist(), found.tolist(), strict=True))


def _folded(
    snapshot: Snapshot,
    request: SearchRequest,
    question: Question,
    unseen: int,
    found: Sequence[FusedCandidate],
    named: frozenset[int],
) -> tuple[list[FoldedCandidate], int]:
    """Return the hits with copies listed under the best one, and how many more would follow.

    By words alone only the first hits are folded: comparing all that a common word finds would take
    most of the time of a search.
    """
    by_words = question.query.embedding_text and not question.asks_semantic
    first = question.folds if by_words else len(found)
    folded = fold(snapshot, found[:first], copies=request.fold_duplicates, named=named)
    if unseen:
        return folded, unseen + len(found[first:])
    return [*folded, *map(FoldedCandidate, found[first:])], 0


def _has_every_hit(candidates: Candidates) -> bool:
    """Return whether passages that are no candidates would be cut as neighbours by chance."""
    if candidates.lexical is None or candidates.semantic is None or not candidates.has_matches:
        return False
    farthest = np.array([candidates.farthest])
    (found,) = confidences(np.array([np.nan]), farthest, ideal_bm25=candidates.ideal_bm25).tolist()
    return bool(found < LEAST_NEAR)


def _neighbours_by_chance(
    candidates: Candidates, confidence: Mapping[int, float]
) -> frozenset[int]:
    """Return the rows that match no word and are not confident enough to be hits."""
    if candidates.lexical is None or candidates.semantic is None:
        return frozenset()
    unmatched = candidates.rows[np.isnan(candidates.lexical)].tolist()
    return frozenset(row for row in unmatched if confidence[row] < LEAST_NEAR)
