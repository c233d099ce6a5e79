"""Brings the scores of different retrievers to one scale, 0 to 1. Pure.

Each array has one score for each candidate. NaN means that the retriever does not match; it becomes
0.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Scores", "clipped", "min_max", "share_of_largest"]

Scores = NDArray[np.float64]


def share_of_largest(scores: Scores, *, known: float = 0.0) -> Scores:
    """Return each score as a share of the query's largest, because BM25 has no upper bound.

    `known` is a lower bound for the largest.
    """
    found = np.nan_to_num(scores, nan=0.0)
    largest = max(known, float(found.max(initial=0.0)))
    return found / largest if largest > 0 else np.zeros_like(found)


def clipped(scores: Scores) -> Scores:
    """Return cosines clipped to 0..1; they mean the same for every query, so this is enough."""
    return np.clip(np.nan_to_num(scores, nan=0.0), 0.0, 1.0)


def min_max(scores: Scores) -> Scores:
    """Return the scores scaled to 0..1 by their range. If all are equal, each becomes 1."""
    matches = ~np.isnan(scores)
    if not matches.any():
        return np.zeros_like(scores)
    lowest, highest = scores[matches].min(), scores[matches].max()
    width = highest - lowest
    stretched = (scores - lowest) / width if width > 0 else np.ones_like(scores)
    return np.where(matches, stretched, 0.0)
