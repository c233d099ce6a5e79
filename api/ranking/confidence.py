"""The probability that a hit answers its query. Pure.

This is a logistic regression on the absolute scores of both retrievers. It does not depend on the
other hits, so it means the same for every query:

    confidence = 1 / (1 + exp(-(constant + a * semantic + b * coverage)))

`semantic` is the passage's cosine, clipped to 0..1. `coverage` is its BM25 as a share of the score
of a text that consists of the query alone.

If the passage has all that was typed in a row, it is at least VERBATIM, and if it has all words
that carry meaning, at least COMPLETE.

The coefficients are for the default model. `scripts/evaluate.py --calibrate` fits them to the hits
of judged sets, which all count the same, and to hits of unrelated queries, which answer nothing.
Several choices fit about equally well. These have the smallest calibration error on the worst set
(0.09 with both retrievers, 0.12 with words alone, 0.13 with embeddings alone), and agree on where
answers begin (api/ranking/verdict.py).
"""

import numpy as np

from api.ranking.normalization import Scores

__all__ = ["COMPLETE", "VERBATIM", "confidences"]

# Constant, weight of the semantic score, weight of the coverage.
BOTH = (-5.8, 6.3, 3.5)
LEXICAL = (-4.2, 0.0, 8.0)
SEMANTIC = (-5.6, 7.5, 0.0)

# Whoever types several words as they are in a passage nearly always wants that passage.
VERBATIM = 0.95
# On judged sets, 30 to 100 % of the passages that have every word of a question answer it, even if
# their scores are low; no question of another set has such a passage.
COMPLETE = 0.4


def confidences(
    lexical: Scores | None,
    semantic: Scores | None,
    *,
    ideal_bm25: float,
    least: Scores | None = None,
) -> Scores:
    """Return the probability that each candidate answers.

    The arrays are in the order of the candidates, or None if the retriever was not asked. NaN means
    that the words do not match, or that the passage has no vector. `ideal_bm25` is 0 if the words
    of the query are no evidence. `least` is what each passage has by the words that it has.
    """
    found = _by_scores(lexical, semantic, ideal_bm25)
    return found if least is None else np.maximum(found, least)


def _by_scores(lexical: Scores | None, semantic: Scores | None, ideal_bm25: float) -> Scores:
    if semantic is not None and lexical is not None:
        by_words = _probabilities(LEXICAL, lexical, None, ideal_bm25)
        both = _probabilities(BOTH, lexical, semantic, ideal_bm25)
        return np.where(np.isnan(semantic), by_words, both)
    return _probabilities(LEXICAL if semantic is None else SEMANTIC, lexical, semantic, ideal_bm25)


def _probabilities(
    weights: tuple[float, float, float],
    lexical: Scores | None,
    semantic: Scores | None,
    ideal_bm25: float,
) -> Scores:
    asked = lexical if lexical is not None else semantic
    if asked is None:
        return np.zeros(0)
    constant, of_semantic, of_coverage = weights
    evidence = np.full(len(asked), constant)
    if semantic is not None:
        evidence += of_semantic * np.clip(np.nan_to_num(semantic, nan=0.0), 0.0, 1.0)
    if lexical is not None and ideal_bm25 > 0:
        coverage = np.nan_to_num(lexical, nan=0.0) / ideal_bm25
        evidence += of_coverage * np.minimum(coverage, 1.0)
    probabilities: Scores = 1 / (1 + np.exp(-evidence))
    return probabilities
