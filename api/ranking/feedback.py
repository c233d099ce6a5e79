"""Feedback: passages that are like the best ones rank higher. Pure.

Rocchio's method (https://sigir.org/files/museum/pub-08/XXIII-1.pdf) on vectors: the query's vector
moves towards those of the best passages, the models, and nothing is embedded or searched again. The
better a model ranks, the more it counts. Two things keep it from harm:

- Where one document answers, passages like its best one are not answers. So it is counted how many
  of the first passages are in one document.
- A model is most like itself and its copies, which proves nothing. So a passage gains at
  most as much as the best passages that are not models.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.ranking.normalization import Scores

__all__ = ["POOL", "Feedback", "feedback_scores", "query_feedback"]

Vectors = NDArray[np.float32]

# How many of the best passages are looked at, and how many of these are models.
POOL = 10
MODELS = 3
# How far the query moves, in lengths of its own vector.
STRENGTH = 0.8
# A passage that scores this much less than the best one counts 1/e of it.
FADING = 0.05
# From this share of the others in the document of the best passage on, one document answers.
ONE_DOCUMENT = 1 / 3


class Feedback(NamedTuple):
    """What is added to the query's vector, shape (dimension,), and what a passage gains at most."""

    shift: Vectors
    most: float


def query_feedback(
    query: Vectors, vectors: Vectors, scores: Scores, documents: Sequence[int]
) -> Feedback | None:
    """Return the feedback of the best passages, best first, at most POOL; None for nothing.

    `vectors` has shape (passages, dimension).
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
    """Return what feedback adds to the cosine of each of the vectors, shape (n, dimension)."""
    return np.minimum(_gains(feedback.shift, vectors), feedback.most)


def _gains(shift: Vectors, vectors: Vectors) -> Scores:
    """Return the dot products, summed row by row: equal passages gain the same, wherever they are.

    A matrix product rounds by the shape of its operands.
    """
    gains: Scores = np.einsum("ij,j->i", vectors, shift).astype(np.float64)
    return gains
