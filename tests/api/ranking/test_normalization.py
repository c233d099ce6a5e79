import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ranking.normalization import Scores, clipped, min_max, share_of_largest

NO_MATCH = float("nan")

scores = st.lists(st.floats(-100, 100), max_size=20).map(np.array)
bm25 = st.lists(st.floats(0, 100), max_size=20).map(np.array)


def test_bm25_is_a_share_of_the_largest() -> None:
    assert share_of_largest(np.array([8.0, 2.0, 0.0])).tolist() == [1.0, 0.25, 0.0]


def test_the_largest_score_may_come_from_outside_the_candidates() -> None:
    assert share_of_largest(np.array([8.0, 2.0]), known=16.0).tolist() == [0.5, 0.125]
    assert share_of_largest(np.array([8.0, 2.0]), known=4.0).tolist() == [1.0, 0.25]


def test_scores_that_are_all_zero_stay_zero() -> None:
    assert share_of_largest(np.array([0.0, 0.0])).tolist() == [0.0, 0.0]


def test_cosines_are_clipped_to_the_valid_range() -> None:
    assert clipped(np.array([-0.2, 0.35, 1.0000001])).tolist() == [0.0, 0.35, 1.0]


def test_min_max_stretches_over_all_candidates() -> None:
    assert min_max(np.array([0.25, 0.5, 0.75])).tolist() == [0.0, 0.5, 1.0]


def test_equal_scores_all_count_fully() -> None:
    assert min_max(np.array([0.3, 0.3])).tolist() == [1.0, 1.0]


def test_a_candidate_that_a_retriever_does_not_match_counts_zero() -> None:
    some = np.array([0.5, NO_MATCH, 1.0])
    assert share_of_largest(some).tolist() == [0.5, 0.0, 1.0]
    assert clipped(some).tolist() == [0.5, 0.0, 1.0]
    assert min_max(some).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("scale", [share_of_largest, clipped, min_max])
def test_no_candidates_have_no_scores(scale: type) -> None:
    assert len(scale(np.array([]))) == 0


@given(bm25)
def test_shares_keep_the_order_and_lie_between_zero_and_one(scores: Scores) -> None:
    assert_scaled(scores, share_of_largest(scores))


@given(scores)
def test_clipping_keeps_the_order_and_lies_between_zero_and_one(scores: Scores) -> None:
    assert_scaled(scores, clipped(scores))


@given(scores)
def test_stretching_keeps_the_order_and_lies_between_zero_and_one(scores: Scores) -> None:
    assert_scaled(scores, min_max(scores))


def assert_scaled(scores: Scores, scaled: Scores) -> None:
    assert scaled.shape == scores.shape
    assert np.isfinite(scaled).all()
    assert ((scaled >= 0) & (scaled <= 1)).all()
    assert (np.diff(scaled[np.argsort(scores, kind="stable")]) >= 0).all()
