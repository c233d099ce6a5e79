"""Two rankings become one; the expected scores show their arithmetic."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ranking.fusion import DEFAULT_WEIGHTS, FusedCandidate, FusionMethod, ScoredCandidates, fuse
from api.ranking.normalization import Scores

LEXICAL = {1: 8.0, 2: 6.0, 3: 2.0}
SEMANTIC = {1: 0.2, 2: 0.4, 4: 0.7}

# Whole numbers, so that scores do not become equal only through division.
scores = st.dictionaries(st.integers(0, 30), st.integers(0, 50).map(float), max_size=15)
methods = st.sampled_from(FusionMethod)
weights = st.floats(0, 1)


def fused(
    lexical: Mapping[int, float] | None,
    semantic: Mapping[int, float] | None,
    method: FusionMethod = FusionMethod.WEIGHTED,
    weight: float = 0.6,
    *,
    orders: Mapping[int, int] | None = None,
    lexical_scale: float = 0.0,
    feedback: Sequence[float] | None = None,
) -> list[FusedCandidate]:
    """Fuse scores by row; ties go to the lower row, or to the lower of `orders`."""
    rows = list({**(lexical or {}), **(semantic or {})})

    def scores(by_row: Mapping[int, float] | None) -> Scores | None:
        return None if by_row is None else np.array([by_row.get(row, np.nan) for row in rows])

    candidates = ScoredCandidates(
        rows=np.array(rows, np.int64),
        lexical=scores(lexical),
        semantic=scores(semantic),
        orders=np.array([orders[row] if orders else row for row in rows], np.int64),
        lexical_scale=lexical_scale,
        feedback=None if feedback is None else np.array(feedback),
    )
    return fuse(candidates, method=method, semantic_weight=weight)


def assert_ranked(ranking: list[FusedCandidate], expected: dict[int, float]) -> None:
    """Check rows and scores, best first."""
    assert [candidate.row for candidate in ranking] == list(expected)
    assert [candidate.score for candidate in ranking] == pytest.approx(list(expected.values()))


def test_weighted_takes_bm25_as_a_share_and_cosines_unchanged() -> None:
    expected = {
        2: 0.4 * 6 / 8 + 0.6 * 0.4,  # 0.54
        1: 0.4 * 8 / 8 + 0.6 * 0.2,  # 0.52
        4: 0.4 * 0 + 0.6 * 0.7,  # 0.42
        3: 1.0 * 2 / 8,  # 0.25: without a vector its words count alone
    }
    assert_ranked(fused(LEXICAL, SEMANTIC), expected)


def test_minmax_stretches_cosines_but_counts_bm25_from_zero() -> None:
    expected = {
        4: 0.4 * 0 + 0.6 * 1,  # 0.60
        2: 0.4 * 6 / 8 + 0.6 * 0.4,  # 0.54: 0.4 is two fifths of the way up
        1: 0.4 * 8 / 8 + 0.6 * 0,  # 0.40
        3: 1.0 * 2 / 8,  # 0.25: without a vector its words count alone
    }
    assert_ranked(fused(LEXICAL, SEMANTIC, FusionMethod.MINMAX), expected)


def test_rrf_counts_ranks() -> None:
    expected = {
        1: 0.5 / (60 + 1) + 0.5 / (60 + 3),  # 0.01613
        2: 0.5 / (60 + 2) + 0.5 / (60 + 2),  # 0.01612
        3: 1.0 / (60 + 3),  # without a vector its words count alone
        4: 0.5 / (60 + 1),
    }
    assert_ranked(fused(LEXICAL, SEMANTIC, FusionMethod.RRF, 0.5), expected)


def test_a_passage_that_was_filtered_out_still_sets_the_scale_of_bm25() -> None:
    ranking = fused({1: 8.0}, {1: 0.2}, lexical_scale=32.0)
    assert_ranked(ranking, {1: 0.4 * 8 / 32 + 0.6 * 0.2})


def test_feedback_adds_to_the_semantic_score_within_the_scale() -> None:
    ranking = fused({1: 8.0}, {1: 0.2, 2: 0.4, 3: 0.9}, feedback=[-0.3, 0.25, 0.25])
    expected = {3: 0.6 * 1, 1: 0.4 * 1 + 0.6 * 0, 2: 0.6 * 0.65}
    assert_ranked(ranking, expected)
    semantic = ranking[2].contributions["semantic"]
    assert (semantic.rank, semantic.score) == (2, 0.4)
    assert semantic.scaled == pytest.approx(0.65)


def test_an_explanation_has_rank_score_and_scaled_score() -> None:
    first, *_, last = fused(LEXICAL, SEMANTIC)
    lexical, semantic = last.contributions["lexical"], first.contributions["semantic"]
    assert (lexical.rank, lexical.score, lexical.scaled) == (3, 2.0, 0.25)
    assert (semantic.rank, semantic.score, semantic.scaled) == (2, 0.4, 0.4)


def test_a_retriever_without_a_match_adds_nothing() -> None:
    contribution = fused(LEXICAL, SEMANTIC)[2].contributions["lexical"]
    assert (contribution.rank, contribution.score, contribution.value) == (None, 0.0, 0.0)


@pytest.mark.parametrize("method", FusionMethod)
def test_a_retriever_that_was_not_asked_leaves_the_full_weight_to_the_other(
    method: FusionMethod,
) -> None:
    for weight in (0.0, 0.3, 1.0):
        alone = fused(LEXICAL, None, method, weight)
        assert [candidate.row for candidate in alone] == [1, 2, 3]
        assert all(candidate.contributions.keys() == {"lexical"} for candidate in alone)
        assert all(candidate.score > 0 for candidate in alone)
        alone = fused(None, SEMANTIC, method, weight)
        assert [candidate.row for candidate in alone] == [4, 2, 1]
        assert all(candidate.contributions.keys() == {"semantic"} for candidate in alone)


def test_ties_go_to_the_lower_order_and_not_to_the_lower_row() -> None:
    ranking = fused({1: 3.0, 2: 3.0, 3: 3.0}, None, orders={1: 30, 2: 10, 3: 20})
    assert [candidate.row for candidate in ranking] == [2, 3, 1]
    assert [candidate.contributions["lexical"].rank for candidate in ranking] == [1, 2, 3]


def test_nothing_found_is_an_empty_ranking() -> None:
    assert fused({}, {}) == []


def test_each_method_has_its_own_default_weight() -> None:
    assert DEFAULT_WEIGHTS.keys() == set(FusionMethod)
    assert all(0 < weight < 1 for weight in DEFAULT_WEIGHTS.values())


@given(scores, scores, methods, weights)
def test_every_candidate_is_ranked_once_and_contributions_sum_to_the_score(
    lexical: dict[int, float], semantic: dict[int, float], method: FusionMethod, weight: float
) -> None:
    ranking = fused(lexical, semantic, method, weight)
    assert sorted(candidate.row for candidate in ranking) == sorted(lexical.keys() | semantic)
    keys = [(-candidate.score, candidate.row) for candidate in ranking]
    assert keys == sorted(keys)
    for candidate in ranking:
        values = [each.value for each in candidate.contributions.values()]
        assert candidate.score == pytest.approx(sum(values))


@given(scores, scores, methods)
def test_a_weight_of_zero_or_one_ranks_as_one_retriever_does(
    lexical: dict[int, float], semantic: dict[int, float], method: FusionMethod
) -> None:
    cosines = {row: score / 50 for row, score in semantic.items()}
    ranking = [candidate.row for candidate in fused(lexical, cosines, method, 0.0)]
    by_words = sorted(lexical, key=lambda row: (-lexical[row], row))
    assert [row for row in ranking if row in lexical] == by_words
    ranking = [candidate.row for candidate in fused(lexical, cosines, method, 1.0)]
    by_meaning = sorted(cosines, key=lambda row: (-cosines[row], row))
    assert [row for row in ranking if row in cosines] == by_meaning


@given(scores, scores, methods, weights)
def test_the_order_in_which_candidates_come_does_not_matter(
    lexical: dict[int, float], semantic: dict[int, float], method: FusionMethod, weight: float
) -> None:
    turned = (dict(reversed(lexical.items())), dict(reversed(semantic.items())))
    one, other = fused(lexical, semantic, method, weight), fused(*turned, method, weight)
    assert [(each.row, each.contributions) for each in one] == [
        (each.row, each.contributions) for each in other
    ]
