"""The rank of the expected passages in an answer, and how certain that rank is. Pure functions.

Models compute in bfloat16 where the processor can and in float32 elsewhere, so scores agree
between machines only to the third digit, and hits with nearly tied scores may swap. A rank
therefore carries the range that it could have with near ties decided differently.
"""

from collections.abc import Sequence
from typing import NamedTuple

from api.contract.hits import Hit
from indexer.spans import Span
from tests.relevance.golden_queries import Quotation

__all__ = ["BEYOND", "DEPTH", "Place", "Rank", "places_of", "rank_of", "top_of"]

DEPTH = 10
"""Ranks that count: what a reader sees on the first page."""

BEYOND = DEPTH + 1
"""The rank of whatever comes after, or not at all."""


class Place(NamedTuple):
    """One place of an answer: the hit and the passages folded under it, hit first."""

    score: float
    quotations: tuple[Quotation, ...]

    def holds(self, quotation: Quotation) -> bool:
        """Return whether a passage here overlaps the quotation."""
        return any(
            each.path == quotation.path
            and each.span.start < quotation.span.end
            and quotation.span.start < each.span.end
            for each in self.quotations
        )

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that share the place, each once."""
        return tuple(dict.fromkeys(each.path for each in self.quotations))


class Rank(NamedTuple):
    """A rank from 1, or BEYOND; near ties could change it from `best` to `worst`."""

    value: int
    best: int
    worst: int

    def agrees(self, golden: "Rank") -> bool:
        """Return whether the golden rank, with its near ties, allows this one."""
        return golden.best <= self.value <= golden.worst


def places_of(hits: Sequence[Hit]) -> list[Place]:
    """Return the places of an answer, best first."""
    return [
        Place(
            hit.score,
            tuple(
                Quotation(path, Span(span.start, span.end))
                for path, span in (
                    (hit.document.path, hit.span),
                    *((each.path, each.span) for each in hit.duplicates),
                )
            ),
        )
        for hit in hits
    ]


def rank_of(
    places: Sequence[Place],
    expected: Sequence[Sequence[Quotation]],
    *,
    wants_all: bool,
    tolerance: float,
) -> Rank:
    """Return the rank of the first expected passage; with `wants_all`, of the last one needed.

    Each of `expected` is the same words in one or several files, any of which counts. Scores that
    differ by less than the tolerance nearly tie.
    """
    firsts = [_first(places, quotations) for quotations in expected]
    found = sorted({place for place in firsts if place is not None})
    if not found or (wants_all and None in firsts):
        return Rank(BEYOND, BEYOND, BEYOND)
    needed = found if wants_all else found[:1]
    # Another passage that answers may take the first one's place without a worse rank.
    answering = needed if wants_all else _answering(places, expected)
    last = needed[-1]
    strangers = [place for place in range(len(places)) if place not in answering]
    ahead = [place for place in strangers if place < last]
    surely_ahead = [
        place for place in ahead if places[place].score - places[last].score >= tolerance
    ]
    nearly_ahead = [
        place
        for place in strangers
        if place > last and places[last].score - places[place].score < tolerance
    ]
    return Rank(
        value=_within_depth(len(needed) + len(ahead)),
        best=_within_depth(len(needed) + len(surely_ahead)),
        worst=_within_depth(len(needed) + len(ahead) + len(nearly_ahead)),
    )


def top_of(places: Sequence[Place], *, tolerance: float) -> tuple[tuple[str, ...], ...]:
    """Return the files at the first place, then those at places that nearly tie with it."""
    tops = [place.paths for place in places if places[0].score - place.score < tolerance]
    return tuple(dict.fromkeys([place.paths for place in places[:1]] + tops))


def _first(places: Sequence[Place], quotations: Sequence[Quotation]) -> int | None:
    for number, place in enumerate(places):
        if any(place.holds(quotation) for quotation in quotations):
            return number
    return None


def _answering(places: Sequence[Place], expected: Sequence[Sequence[Quotation]]) -> list[int]:
    quotations = [quotation for alternatives in expected for quotation in alternatives]
    return [
        number
        for number, place in enumerate(places)
        if any(place.holds(quotation) for quotation in quotations)
    ]


def _within_depth(rank: int) -> int:
    return min(rank, BEYOND)
