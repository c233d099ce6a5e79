"""Combines the lexical and the semantic scores of candidates into one ranking. Pure.

A score is explained by the contributions that it was summed from.
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

    WEIGHTED = "weighted"  # BM25 as a share of the query's largest, and the unchanged cosine
    MINMAX = "minmax"  # both scaled to 0..1 over the candidates, with BM25 starting at 0
    RRF = "rrf"  # reciprocal ranks


# The semantic weights that did best on the judged sets (tests/relevance/README.md). A weight for
# one method means nothing for another.
DEFAULT_WEIGHTS = {FusionMethod.WEIGHTED: 0.7, FusionMethod.MINMAX: 0.4, FusionMethod.RRF: 0.5}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredCandidates:
    """Passages and their scores from each retriever; all arrays are in the same order.

    `orders` break ties. The scores are None if the retriever was not asked. A lexical score is NaN
    if the words do not match, which counts as 0. A semantic score is NaN if the passage has no
    vector yet, and the passage is then ranked by its words alone. `lexical_scale` is a lower bound
    for the query's largest BM25, so that a filter changes no score. `feedback` is added to the
    semantic scores.
    """

    rows: NDArray[np.int64]
    orders: NDArray[np.int64]
    lexical: Scores | None
    semantic: Scores | None
    lexical_scale: float = 0.0
    feedback: Scores | None = None


class Contribution(NamedTuple):
    """What one retriever added to a score.

    `rank` is the rank that this retriever gives, with 1 as the best; None if there is no match.
    """

    rank: int | None
    score: float
    scaled: float
    value: float


@dataclass(frozen=True, slots=True)
class _Column:
    """The contributions of one retriever to all candidates; rank 0 means no match."""

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

    Hundreds are ranked but only ten are shown, so contributions stay in columns until needed.
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

    If one retriever was not asked, only the other one counts.
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
    # The scale of BM25 starts at 0, which means no match, for every set of candidates.
    return share_of_largest(scores, known=scale)


def _ranks(scores: Scores, orders: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rank of each candidate, with 1 as the best; 0 if its score is NaN."""
    ranks = np.zeros(len(scores), np.int64)
    # NaN sorts last.
    ranked = np.lexsort((orders, -scores))[: int(np.count_nonzero(~np.isnan(scores)))]
    ranks[ranked] = np.arange(1, len(ranked) + 1)
    return ranks
