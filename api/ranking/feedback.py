"""Feedback: passages that resemble the best ones rank higher. Pure.

This is Rocchio's method (https://sigir.org/files/museum/pub-08/XXIII-1.pdf) on vectors. The query's
vector moves towards the vectors of the best passages, called models. The better a model ranks, the
more it counts. Nothing is embedded or searched again. Two rules prevent harm:

- If one document contains the answer, passages that resemble its best one are not answers. The more
  of the first passages come from one document, the weaker the feedback.
- A model resembles itself and its copies most, which proves nothing. So no passage gains more than
  the best passages that are not models.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.ranking.normalization import Scores

__all__ = ["POOL", "Feedback", "feedback_scores", "query_feedback"]

Vectors = NDArray[np.float32]

# How many of the best passages are considered, and how many of them are models.
POOL = 10
MODELS = 3
# How far the query moves, as a multiple of the length of its vector.
STRENGTH = 0.8
# A model that scores this much less than the best one counts 1/e as much.
FADING = 0.05
# There is no feedback if this share of the other passages is from the best passage's document.
ONE_DOCUMENT = 1 / 3


class Feedback(NamedTuple):
    """What is added to the query's vector, shape (dimension,), and the most a passage can gain."""

    shift: Vectors
    most: float


def query_feedback(
    query: Vectors, vectors: Vectors, scores: Scores, documents: Sequence[int]
) -> Feedback | None:
    """Return the feedback from the best passages; None if there is none.

    The passages are in order, the best first, and at most POOL. `vectors` has shape (passages,
    dimension).
    """
    if len(scores) <= MODELS:
        return None
    others = sum(document == documents[0] for document in documents[1:]) / (len(documents) - 1)
    strength = STRENGTH * (1 - others / ONE_DOCUMENT)
    if strength <= 0:
        return None
    weights = np.exp((scores[:MODELS] - scores[0]) / FADING)
    weights /= weights.sum()
    moved = query + strength * (weights[:, None] * vectors[:MODELS]).sum(axis=0)
    length = float(np.linalg.norm(moved))
    if not length:
        return None
    shift = (moved / length - query).astype(np.float32)
    return Feedback(shift, max(0.0, float(_gains(shift, vectors[MODELS:]).max())))


def feedback_scores(feedback: Feedback, vectors: Vectors) -> Scores:
    """Return what feedback adds to the cosine of each vector; `vectors` is (n, dimension)."""
    return np.minimum(_gains(feedback.shift, vectors), feedback.most)


def _gains(shift: Vectors, vectors: Vectors) -> Scores:
    """Return the dot products, summed row by row so that equal passages gain exactly the same.

    A matrix product would round differently depending on the shape of its operands.
    """
    gains: Scores = np.einsum("ij,j->i", vectors, shift).astype(np.float64)
    return gains
