import math

from hypothesis import given
from hypothesis import strategies as st

from api.ranking.normalization import clipped, min_max, share_of_largest

scores = st.dictionaries(st.integers(0, 50), st.floats(-100, 100), max_size=20)
bm25 = st.dictionaries(st.integers(0, 50), st.floats(0, 100), max_size=20)


def test_bm25_is_a_share_of_the_largest() -> None:
    assert share_of_largest({1: 8.0, 2: 2.0, 3: 0.0}) == {1: 1.0, 2: 0.25, 3: 0.0}


def test_a_larger_score_may_be_known_than_those_at_hand() -> None:
    assert share_of_largest({1: 8.0, 2: 2.0}, known=16.0) == {1: 0.5, 2: 0.125}
    assert share_of_largest({1: 8.0, 2: 2.0}, known=4.0) == {1: 1.0, 2: 0.25}


def test_scores_of_nothing_but_zero_stay_zero() -> None:
    assert share_of_largest({1: 0.0, 2: 0.0}) == {1: 0.0, 2: 0.0}


def test_cosines_are_cut_to_what_they_can_mean() -> None:
    assert clipped({1: -0.2, 2: 0.35, 3: 1.0000001}) == {1: 0.0, 2: 0.35, 3: 1.0}


def test_min_max_stretches_over_all_candidates() -> None:
    assert min_max({1: 0.25, 2: 0.5, 3: 0.75}) == {1: 0.0, 2: 0.5, 3: 1.0}


def test_equal_scores_all_count_fully() -> None:
    assert min_max({1: 0.3, 2: 0.3}) == {1: 1.0, 2: 1.0}


def test_no_candidates_have_no_scores() -> None:
    assert share_of_largest({}) == clipped({}) == min_max({}) == {}


@given(bm25)
def test_shares_keep_the_order_and_lie_between_zero_and_one(scores: dict[int, float]) -> None:
    assert_scaled(scores, share_of_largest(scores))


@given(scores)
def test_clipping_keeps_the_order_and_lies_between_zero_and_one(scores: dict[int, float]) -> None:
    assert_scaled(scores, clipped(scores))


@given(scores)
def test_stretching_keeps_the_order_and_lies_between_zero_and_one(
    scores: dict[int, float],
) -> None:
    assert_scaled(scores, min_max(scores))


def assert_scaled(scores: dict[int, float], scaled: dict[int, float]) -> None:
    assert scaled.keys() == scores.keys()
    assert all(0 <= value <= 1 and math.isfinite(value) for value in scaled.values())
    by_score = sorted(scores, key=lambda row: scores[row])
    values = [scaled[row] for row in by_score]
    assert values == sorted(values)
