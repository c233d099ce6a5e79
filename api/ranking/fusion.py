"""Combine the lexical and the semantic scores of the candidates into one ranking. Pure.

The explanation of a score is the data that made it: the contributions sum to the score.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import fsum

from api.ranking.normalization import clipped, min_max, share_of_largest

__all__ = ["DEFAULT_WEIGHTS", "Contribution", "FusedCandidate", "FusionMethod", "fuse"]

# The constant of the original paper: https://dl.acm.org/doi/10.1145/1571941.1572114
RRF_K = 60


class FusionMethod(StrEnum):
    """How two rankings become one."""

    WEIGHTED = "weighted"  # BM25 as a share of the query's largest, cosine as it is
    MINMAX = "minmax"  # both stretched over the query's candidates, BM25 from 0
    RRF = "rrf"  # reciprocal ranks


# The semantic weights that did best over the judged sets (tests/relevance/README.md). A weight
# means nothing across methods.
DEFAULT_WEIGHTS = {FusionMethod.WEIGHTED: 0.7, FusionMethod.MINMAX: 0.4, FusionMethod.RRF: 0.5}


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one retriever added to a score.

    `rank` is its rank among the candidates, 1 being best, or None where it does not match.
    """

    rank: int | None
    score: float
    scaled: float
    value: float


@dataclass(frozen=True, slots=True)
class FusedCandidate:
    """A passage with the contributions that ranked it, by retriever."""

    row: int
    contributions: Mapping[str, Contribution]

    @property
    def score(self) -> float:
        """The sum of the contributions, so that an explanation cannot disagree with the rank."""
        return fsum(each.value for each in self.contributions.values())


def fuse(
    lexical: Mapping[int, float] | None,
    semantic: Mapping[int, float] | None,
    *,
    method: FusionMethod,
    semantic_weight: float,
    order: Callable[[int], int],
    largest_bm25: float = 0.0,
) -> list[FusedCandidate]:
    """Return the candidates, best first; ties go to the lower `order`.

    A retriever that was not asked is None, and the other one then counts alone. Each mapping holds
    the retriever's own score of every candidate that it matches. `largest_bm25` is the query's, be
    its passage a candidate or filtered out, so that a filter changes no score.
    """
    if lexical is None or semantic is None:
        semantic_weight = 0.0 if semantic is None else 1.0
    weights = {"lexical": 1 - semantic_weight, "semantic": semantic_weight}
    asked = {
        retriever: scores
        for retriever, scores in (("lexical", lexical), ("semantic", semantic))
        if scores is not None
    }
    scaled = {
        retriever: _scaled(retriever, scores, method, order, largest_bm25)
        for retriever, scores in asked.items()
    }
    ranks = {retriever: _ranks(scores, order) for retriever, scores in asked.items()}
    fused = [
        FusedCandidate(
            row,
            {
                retriever: Contribution(
                    rank=ranks[retriever].get(row),
                    score=scores.get(row, 0.0),
                    scaled=scaled[retriever].get(row, 0.0),
                    value=weights[retriever] * scaled[retriever].get(row, 0.0),
                )
                for retriever, scores in asked.items()
            },
        )
        for row in set().union(*asked.values())
    ]
    scores_of = {candidate.row: candidate.score for candidate in fused}
    return sorted(fused, key=lambda candidate: (-scores_of[candidate.row], order(candidate.row)))


def _scaled(
    retriever: str,
    scores: Mapping[int, float],
    method: FusionMethod,
    order: Callable[[int], int],
    largest_bm25: float,
) -> dict[int, float]:
    match method:
        case FusionMethod.RRF:
            return {row: 1 / (RRF_K + rank) for row, rank in _ranks(scores, order).items()}
        case FusionMethod.MINMAX if retriever == "semantic":
            return min_max(scores)
        case FusionMethod.WEIGHTED if retriever == "semantic":
            return clipped(scores)
    # No match at all is BM25's zero, whatever the candidates.
    return share_of_largest(scores, known=largest_bm25)


def _ranks(scores: Mapping[int, float], order: Callable[[int], int]) -> dict[int, int]:
    ranked = sorted(scores, key=lambda row: (-scores[row], order(row)))
    return {row: rank for rank, row in enumerate(ranked, start=1)}
