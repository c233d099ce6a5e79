"""Combines a reranker's scores of the best hits with their fused scores. Pure.

`score = (1 - share) * fused + share * scaled`. The contributions still sum to the score.
"""

from collections.abc import Sequence
from itertools import zip_longest
from math import exp

from api.ranking.folding import FoldedCandidate
from api.ranking.fusion import Contribution, FusedCandidate

__all__ = ["rerank"]


def rerank(
    ranking: Sequence[FoldedCandidate], logits: Sequence[float], *, share: float
) -> list[FoldedCandidate]:
    """Return the ranking with its first hits, one for each logit, in their new order.

    Ties keep their order. The other hits, which the reranker did not read, also keep their order
    and stay behind those that it read: all fused scores shrink by the same share, and the reranker
    never adds less than 0.
    """
    added = _contributions(logits, share)
    reranked = [
        folded._replace(candidate=_with(folded.candidate, contribution, share))
        for folded, contribution in zip_longest(ranking, added)
    ]
    return sorted(reranked, key=lambda folded: -folded.candidate.score)


def _contributions(logits: Sequence[float], share: float) -> list[Contribution]:
    places = sorted(range(len(logits)), key=lambda place: -logits[place])
    ranks = {place: rank for rank, place in enumerate(places, start=1)}
    return [
        Contribution(rank=ranks[place], score=logit, scaled=scaled, value=share * scaled)
        for place, logit in enumerate(logits)
        for scaled in [_sigmoid(logit)]
    ]


def _with(
    candidate: FusedCandidate, contribution: Contribution | None, share: float
) -> FusedCandidate:
    contributions = {
        retriever: each._replace(value=(1 - share) * each.value)
        for retriever, each in candidate.contributions.items()
    }
    if contribution is not None:
        contributions["reranker"] = contribution
    return FusedCandidate.from_contributions(candidate.row, contributions)


def _sigmoid(logit: float) -> float:
    # exp of a large number overflows, exp of a small one does not.
    if logit >= 0:
        return 1 / (1 + exp(-logit))
    return exp(logit) / (1 + exp(logit))
