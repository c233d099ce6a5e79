"""The rank of an expected passage, and its range under near ties."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.spans import Span
from tests.relevance.golden_queries import Quotation
from tests.relevance.golden_ranks import BEYOND, Place, Rank, rank_of, top_of


def place(score: float, *paths: str) -> Place:
    """A place that these files share, each with its code points from 10 to 20."""
    return Place(score, tuple(Quotation(path, Span(10, 20)) for path in paths))


def words(path: str, start: int = 12, end: int = 15) -> list[Quotation]:
    """Expected words that occur in one file."""
    return [Quotation(path, Span(start, end))]


def rank(
    places: Sequence[Place],
    *expected: Sequence[Quotation],
    wants_all: bool = False,
    tolerance: float = 0.0,
) -> Rank:
    return rank_of(places, expected, wants_all=wants_all, tolerance=tolerance)


ABC = [place(0.9, "a"), place(0.5, "b"), place(0.1, "c")]


def test_the_first_passage_that_answers_gives_the_rank() -> None:
    assert rank(ABC, words("b")) == (2, 2, 2)
    assert rank(ABC, words("c"), words("b")) == (2, 2, 2)
    assert rank(ABC, [*words("c"), *words("b")]) == (2, 2, 2)


def test_a_passage_that_is_not_found_has_no_rank() -> None:
    assert rank(ABC, words("d")) == (BEYOND, BEYOND, BEYOND)
    assert rank([], words("a")) == (BEYOND, BEYOND, BEYOND)


def test_if_all_are_wanted_the_last_gives_the_rank() -> None:
    assert rank(ABC, words("a"), words("c"), wants_all=True) == (3, 3, 3)
    assert rank(ABC, words("a"), words("d"), wants_all=True) == (BEYOND, BEYOND, BEYOND)


@pytest.mark.parametrize(
    ("start", "end", "found"), [(0, 10, False), (0, 11, True), (19, 25, True), (20, 25, False)]
)
def test_a_passage_answers_if_it_overlaps_the_words(start: int, end: int, found: bool) -> None:
    assert (rank(ABC, words("a", start, end)).value == 1) is found


def test_a_folded_passage_has_the_rank_of_its_hit() -> None:
    folded = [place(0.9, "a"), place(0.5, "b", "c")]
    assert rank(folded, words("c")).value == 2
    assert rank(folded, words("b"), words("c"), wants_all=True).value == 2


def test_near_ties_widen_a_rank() -> None:
    #         1st              2nd              3rd              4th
    places = [place(0.9, "a"), place(0.502, "b"), place(0.5, "c"), place(0.498, "d")]
    assert rank(places, words("c"), tolerance=0.003) == (3, 2, 4)
    assert rank(places, words("c"), tolerance=0.002) == (3, 3, 3)
    assert rank(places, words("a"), tolerance=0.003) == (1, 1, 1)


def test_passages_that_answer_do_not_lower_each_others_rank() -> None:
    places = [place(0.502, "a"), place(0.5, "b"), place(0.1, "c")]
    assert rank(places, words("a"), words("b"), tolerance=0.003) == (1, 1, 1)
    assert rank(places, words("a"), words("b"), wants_all=True, tolerance=0.003) == (2, 2, 2)


def test_ranks_end_at_the_first_page() -> None:
    places = [place(1.0 - number / 1000, str(number)) for number in range(12)]
    assert rank(places, words("9"), tolerance=0.0015) == (10, 9, BEYOND)
    assert rank(places, words("10"), tolerance=0.0015) == (BEYOND, 10, BEYOND)
    assert rank(places, words("11")) == (BEYOND, BEYOND, BEYOND)


scores = st.lists(st.integers(0, 30).map(lambda tenth: tenth / 10), min_size=1, max_size=9)


@given(scores, st.data())
def test_a_rank_lies_within_its_near_ties(scores: list[float], data: st.DataObject) -> None:
    places = [
        place(score, str(number)) for number, score in enumerate(sorted(scores, reverse=True))
    ]
    wanted = data.draw(st.sets(st.integers(0, len(places) - 1), min_size=1))
    for wants_all in (False, True):
        found = rank(
            places, *(words(str(number)) for number in wanted), wants_all=wants_all, tolerance=0.25
        )
        assert found.value == 1 + (max(wanted) if wants_all else min(wanted))
        assert (len(wanted) if wants_all else 1) <= found.best <= found.value <= found.worst
        assert found.agrees(found)


def test_a_rank_agrees_within_its_near_ties() -> None:
    assert Rank(2, 2, 2).agrees(Rank(1, 1, 2))
    assert not Rank(3, 1, 3).agrees(Rank(1, 1, 2))


def test_the_top_names_folded_and_nearly_tied_passages() -> None:
    places = [place(0.5, "a", "b"), place(0.498, "c"), place(0.497, "c"), place(0.4, "d")]
    assert top_of(places, tolerance=0.0) == (("a", "b"),)
    assert top_of(places, tolerance=0.005) == (("a", "b"), ("c",))
    assert top_of([], tolerance=0.005) == ()
