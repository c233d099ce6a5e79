"""Folds hits that repeat each other: the best one remains and lists the others. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.ranking.fusion import FusedCandidate
from indexer.index.near_duplicates import Repetition, repetitions

__all__ = ["FOLD_SIMILARITY", "FoldedCandidate", "fold", "fold_copies"]

# With shingles of two words, copies that differ in two of fifty words overlap by about 0.7.
# Unrelated passages that share a paragraph overlap by less than 0.4.
FOLD_SIMILARITY = 0.6


class FoldedCandidate(NamedTuple):
    """A candidate and the rows that repeat it, best first, each with its estimated overlap."""

    candidate: FusedCandidate
    duplicates: tuple[tuple[int, float], ...] = ()


def fold_copies(
    ranking: Sequence[FusedCandidate], signatures: NDArray[np.uint8]
) -> list[FoldedCandidate]:
    """Return the ranking with copies folded; `signatures` are in the order of the ranking."""
    return fold(ranking, repetitions(signatures, threshold=FOLD_SIMILARITY)) if ranking else []


def fold(
    ranking: Sequence[FusedCandidate], repeated_places: Iterable[Repetition]
) -> list[FoldedCandidate]:
    """Return the ranking with each repetition listed under the candidate that it repeats.

    `repeated_places` refer to places in the ranking, counted from 0.
    """
    repeated: dict[int, list[tuple[int, float]]] = {}
    folded = set()
    for repetition in repeated_places:
        row = ranking[repetition.place].row
        repeated.setdefault(repetition.of, []).append((row, repetition.similarity))
        folded.add(repetition.place)
    if not folded:
        return list(map(FoldedCandidate, ranking))
    return [
        FoldedCandidate(candidate, tuple(repeated.get(place, ())))
        for place, candidate in enumerate(ranking)
        if place not in folded
    ]
