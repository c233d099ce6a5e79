"""Two settings on the same queries."""

import pytest

from api.command.evaluation.comparison import EmptyComparison, compare_paired


def values(*numbers: float) -> dict[str, float]:
    return {f"q{number}": value for number, value in enumerate(numbers)}


def test_a_difference_on_every_query_is_not_chance() -> None:
    found = compare_paired("nDCG@10", values(*[0.5] * 20), values(*[0.6] * 20))
    assert found.difference == pytest.approx(0.1)
    assert (found.wins, found.losses, found.queries) == (20, 0, 20)
    # Two of the 2 ** 20 choices of signs differ as much.
    assert found.p_value < 0.001
    assert found.low == pytest.approx(0.1)
    assert found.high == pytest.approx(0.1)


def test_differences_that_cancel_are_chance() -> None:
    found = compare_paired("nDCG@10", values(0.0, 1.0, 0.0, 1.0), values(1.0, 0.0, 1.0, 0.0))
    assert found.difference == 0
    assert found.p_value == 1.0
    assert found.low < 0 < found.high
    assert (found.wins, found.losses) == (2, 2)


def test_the_p_value_is_the_share_of_sign_patterns_that_differ_as_much() -> None:
    found = compare_paired("nDCG@10", values(0, 0, 0, 0, 0), values(1, 1, 1, 1, 1))
    # 2 of the 2 ** 5 choices of signs sum to 5 or -5.
    assert found.p_value == pytest.approx(2 / 32, abs=0.01)


def test_only_queries_that_both_runs_answered_count() -> None:
    found = compare_paired("nDCG@10", {"a": 0.0, "b": 1.0}, {"b": 1.0, "c": 0.0})
    assert (found.queries, found.one, found.other) == (1, 1.0, 1.0)


def test_the_same_answers_give_the_same_figures() -> None:
    one, other = values(0.1, 0.4, 0.3, 0.9), values(0.2, 0.3, 0.5, 1.0)
    assert compare_paired("nDCG@10", one, other) == compare_paired("nDCG@10", one, other)


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(EmptyComparison, match="nothing to compare"):
        compare_paired("nDCG@10", {"a": 1.0}, {"b": 1.0})
