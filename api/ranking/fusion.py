"""Combine the lexical and the semantic scores of the candidates into one ranking. Pure.

The explanation of a score is the data that made it: the contributions sum to the score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import repeat
from math import fsum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.ranking.normalization import Scores, clipped, min_max, share_of_largest

__all__ = [
    "DEFAULT_WEIGHTS",
    "Contribution",
    "FusedCandidate",
    "FusionMethod",
    "ScoredCandidates",
    "fuse",
]

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredCandidates:
    """Passages with the scores of each retriever that was asked; all arrays are in one order.

    `orders` break ties. A retriever that was not asked is None. A lexical score is NaN where the
    words do not match, which counts as 0, and a semantic one where there is no vector yet: such a
    candidate is ranked by its words alone. `lexical_scale` is the least that counts as the query's
    largest BM25, so that a filter changes no score. `feedback` is what likeness to the best
    passages adds to each semantic score.
    """

    rows: NDArray[np.int64]
    orders: NDArray[np.int64]
    lexical: Scores | None
    semantic: Scores | None
    lexical_scale: float = 0.0
    feedback: Scores | None = None


class Contribution(NamedTuple):
    """What one retriever added to a score.

    `rank` is its rank among the candidates, 1 being best, or None where it does not match.
    """

    rank: int | None
    score: float
    scaled: float
    value: float


@dataclass(frozen=True, slots=True)
class _Column:
    """The contributions of one retriever to all candidates; rank 0 is no match."""

    ranks: Sequence[int]
    scores: Sequence[float]
    scaled: Sequence[float]
    values: Sequence[float]

    def at(self, place: int) -> Contribution:
        return Contribution(
            self.ranks[place] or None, self.scores[place], self.scaled[place], self.values[place]
        )


class FusedCandidate(NamedTuple):
    """A passage with the contributions that ranked it, by retriever.

    Hundreds are ranked and ten are shown, so what explains them stays in columns until asked for.
    """

    row: int
    score: float
    place: int
    columns: Mapping[str, _Column]

    @classmethod
    def from_contributions(
        cls, row: int, contributions: Mapping[str, Contribution]
    ) -> "FusedCandidate":
        """Return the candidate whose score is the sum of the contributions."""
        columns = {
            retriever: _Column([each.rank or 0], [each.score], [each.scaled], [each.value])
            for retriever, each in contributions.items()
        }
        return cls(row, fsum(each.value for each in contributions.values()), 0, columns)

    @property
    def contributions(self) -> dict[str, Contribution]:
        return {retriever: column.at(self.place) for retriever, column in self.columns.items()}


def fuse(
    candidates: ScoredCandidates, *, method: FusionMethod, semantic_weight: float
) -> list[FusedCandidate]:
    """Return the candidates, best first; ties go to the lower of `orders`.

    Where one retriever was not asked, the other counts alone.
    """
    rows, orders = candidates.rows, candidates.orders
    lexical, semantic = candidates.lexical, candidates.semantic
    if lexical is None or semantic is None:
        semantic_weight = 0.0 if semantic is None else 1.0
    weights = np.full(len(rows), semantic_weight)
    if lexical is not None and semantic is not None:
        weights[np.isnan(semantic)] = 0.0
    columns: dict[str, _Column] = {}
    total = np.zeros(len(rows))
    parts = (("lexical", lexical, 1 - weights), ("semantic", semantic, weights))
    for retriever, scores, weight in parts:
        if scores is None:
            continue
        ranks = _ranks(scores, orders)
        scaled = _scaled(retriever, scores, ranks, method, candidates.lexical_scale)
        if candidates.feedback is not None and retriever == "semantic":
            scaled = clipped(scaled + candidates.feedback)
        values = weight * scaled
        total += values
        own = np.nan_to_num(scores, nan=0.0)
        columns[retriever] = _Column(ranks.tolist(), own.tolist(), scaled.tolist(), values.tolist())
    best_first = np.lexsort((orders, -total))
    return list(
        map(
            FusedCandidate,
            rows[best_first].tolist(),
            total[best_first].tolist(),
            best_first.tolist(),
            repeat(columns),
        )
    )


def _scaled(
    retriever: str, scores: Scores, ranks: NDArray[np.int64], method: FusionMethod, scale: float
) -> Scores:
    match method:
        case FusionMethod.RRF:
            return np.where(ranks > 0, 1 / (RRF_K + ranks), 0.0)
        case FusionMethod.MINMAX if retriever == "semantic":
            return min_max(scores)
        case FusionMethod.WEIGHTED if retriever == "semantic":
            return clipped(scores)
    # No match at all is BM25's zero, whatever the candidates.
    return share_of_largest(scores, known=scale)


def _ranks(scores: Scores, orders: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rank of each candidate, 1 being best; 0 where its score is NaN."""
    ranks = np.zeros(len(scores), np.int64)
    # NaN sorts last.
    ranked = np.lexsort((orders, -scores))[: int(np.count_nonzero(~np.isnan(scores)))]
    ranks[ranked] = np.arange(1, len(ranked) + 1)
    return ranks
