"""Bring the scores of different retrievers to one scale, 0 to 1. Pure."""

from collections.abc import Mapping

__all__ = ["clipped", "min_max", "share_of_largest"]

Scores = Mapping[int, float]


def share_of_largest(scores: Scores, *, known: float = 0.0) -> dict[int, float]:
    """Return each score as a share of the query's largest: BM25 has no upper bound of its own.

    `known` is a score of the query that may be larger than all of these.
    """
    largest = max([known, *scores.values()])
    return {row: score / largest if largest > 0 else 0.0 for row, score in scores.items()}


def clipped(scores: Scores) -> dict[int, float]:
    """Return cosines cut to 0..1 and otherwise as they are: they mean the same for every query."""
    return {row: min(1.0, max(0.0, score)) for row, score in scores.items()}


def min_max(scores: Scores) -> dict[int, float]:
    """Return the scores stretched over 0..1. Where all are equal, each counts fully."""
    if not scores:
        return {}
    lowest, highest = min(scores.values()), max(scores.values())
    width = highest - lowest
    return {row: (score - lowest) / width if width > 0 else 1.0 for row, score in scores.items()}
