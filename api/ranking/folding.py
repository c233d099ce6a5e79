"""Folds hits that repeat each other: one of them remains and lists the others. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.ranking.fusion import FusedCandidate
from api.ranking.originality import Originality
from indexer.index.near_duplicates import Repetition, overlaps_with, repetitions

__all__ = [
    "FOLD_SIMILARITY",
    "FoldedCandidate",
    "find_copies",
    "fold",
    "led_by_original",
    "with_cut_copies",
]

# With shingles of two words, copies that differ in two of fifty words overlap by about 0.7.
# Unrelated passages that share a paragraph overlap by less than 0.4.
FOLD_SIMILARITY = 0.6
# Copies are equally good if each retriever's scores of them differ by at most this share. A copy
# that misses a word of the query differs by more.
EQUAL_WITHIN = 0.05


class FoldedCandidate(NamedTuple):
    """A candidate and the rows that repeat it, best first, each with its estimated overlap."""

    candidate: FusedCandidate
    duplicates: tuple[tuple[int, float], ...] = ()


def find_copies(signatures: NDArray[np.uint8]) -> list[Repetition]:
    """Return the places of a ranking that repeat an earlier one; `signatures` are in its order."""
    return repetitions(signatures, threshold=FOLD_SIMILARITY) if len(signatures) else []


def led_by_original(
    ranking: Sequence[FusedCandidate],
    found: Iterable[Repetition],
    signatures: NDArray[np.uint8],
    originality: Callable[[int], Originality],
) -> list[Repetition]:
    """Return the repetitions with the original of equally good copies as the one that is repeated.

    `originality` is that of a place in the ranking.
    """
    copies: dict[int, list[Repetition]] = {}
    for repetition in found:
        copies.setdefault(repetition.of, []).append(repetition)
    led: list[Repetition] = []
    for best, repeating in copies.items():
        places = [best, *(each.place for each in repeating)]
        good = [place for place in places if _equally_good(ranking[place], ranking[best])]
        lead = min(good, key=originality)
        if lead != best:
            others = [place for place in places if place != lead]
            overlaps = overlaps_with(signatures[lead], signatures[others])
            repeating = list(map(Repetition, others, repeat(lead), overlaps))
        led += repeating
    return led


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


def with_cut_copies(
    folded: Sequence[FoldedCandidate], full_of: Mapping[int, tuple[int, float]]
) -> list[FoldedCandidate]:
    """Return the candidates, with each copy that was cut short listed under its full text.

    `full_of` has the rows of the cut copies, each with the row of the full text and their overlap.
    """
    holders = {
        row: number
        for number, (candidate, duplicates) in enumerate(folded)
        for row in (candidate.row, *(row for row, _ in duplicates))
    }
    listed: dict[int, list[tuple[int, float]]] = {}
    for row, (full, similarity) in full_of.items():
        listed.setdefault(holders[full], []).append((row, similarity))
    return [
        FoldedCandidate(candidate, (*duplicates, *listed.get(number, ())))
        for number, (candidate, duplicates) in enumerate(folded)
    ]


def _equally_good(one: FusedCandidate, best: FusedCandidate) -> bool:
    """Return whether no retriever distinguishes the two by much."""
    scores = {retriever: each.score for retriever, each in one.contributions.items()}
    return all(
        abs(each.score - scores[retriever]) <= EQUAL_WITHIN * abs(each.score)
        for retriever, each in best.contributions.items()
    )
