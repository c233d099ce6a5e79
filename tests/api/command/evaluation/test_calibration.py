"""Calibration and separation, worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.command.evaluation.calibration import calibration_of, separation

shares = st.floats(0, 1)


def test_the_error_is_the_mean_gap_over_all_hits() -> None:
    found = calibration_of([0.22, 0.28, 0.9, 1.0], [False, True, True, True])
    # 1.0 belongs to the last bin.
    assert [(each.hits, each.relevant) for each in found.bins] == [(2, 0.5), (2, 1.0)]
    assert [each.confidence for each in found.bins] == pytest.approx([0.25, 0.95])
    # Two hits are 0.25 off, two are 0.05.
    assert found.error == pytest.approx((2 * 0.25 + 2 * 0.05) / 4)
    assert (found.hits, found.relevant) == (4, 0.75)
    assert found.confidence == pytest.approx((0.22 + 0.28 + 0.9 + 1.0) / 4)


def test_confidence_without_hits_is_not_wrong() -> None:
    found = calibration_of([], [])
    assert (found.error, found.hits, found.confidence, found.relevant) == (0.0, 0, 0.0, 0.0)


@given(st.lists(st.tuples(shares, st.booleans()), min_size=1))
def test_the_error_lies_between_the_gap_of_the_means_and_one(
    hits: list[tuple[float, bool]],
) -> None:
    found = calibration_of([each for each, _ in hits], [answers for _, answers in hits])
    assert sum(each.hits for each in found.bins) == len(hits)
    assert abs(found.confidence - found.relevant) - 1e-9 <= found.error <= 1


def test_separation_is_the_share_of_pairs_in_order() -> None:
    # 0.9 is above both others, and 0.5 is above one and equal to one: 3.5 of 4 pairs.
    assert separation([0.9, 0.5], [0.5, 0.1]) == pytest.approx(3.5 / 4)
    assert separation([1.0], [0.0]) == 1.0
    assert separation([0.0], [1.0]) == 0.0
    assert separation([], [1.0]) == separation([0.3], []) == 0.5


@given(st.lists(shares, min_size=1), st.lists(shares, min_size=1))
def test_separation_looks_the_same_from_both_sides(own: list[float], other: list[float]) -> None:
    assert separation(own, other) == pytest.approx(1 - separation(other, own))
