"""Bring the scores of different retrievers to one scale, 0 to 1. Pure.

Scores are in arrays, one for each candidate. NaN, where a retriever does not match, becomes 0.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Scores", "clipped", "min_max", "share_of_largest"]

Scores = NDArray[np.float64]


def share_of_largest(scores: Scores, *, known: float = 0.0) -> Scores:
    """Return each score as a share of the query's largest: BM25 has no upper bound of its own.

    `known` is what counts as the largest where none of these is larger.
    """
    found = np.nan_to_num(scores, nan=0.0)
    largest = max(known, float(found.max(initial=0.0)))
    return found / largest if largest > 0 else np.zeros_like(found)


def clipped(scores: Scores) -> Scores:
    """Return cosines cut to 0..1 and otherwise as they are: they mean the same for every query."""
    return np.clip(np.nan_to_num(scores, nan=0.0), 0.0, 1.0)


def min_max(scores: Scores) -> Scores:
    """Return the scores stretched over 0..1. Where all are equal, each counts fully."""
    matches = ~np.isnan(scores)
    if not matches.any():
        return np.zeros_like(scores)
    lowest, highest = scores[matches].min(), scores[matches].max()
    width = highest - lowest
    stretched = (scores - lowest) / width if width > 0 else np.ones_like(scores)
    return np.where(matches, stretched, 0.0)
