"""The query moves towards the best passages: literal vectors of two or three dimensions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from api.ranking.feedback import Feedback, feedback_scores, query_feedback

Vectors = NDArray[np.float32]

EAST = np.array([1.0, 0.0], np.float32)
NORTH = np.array([0.0, 1.0], np.float32)


def feedback_of(vectors: list[Vectors], scores: list[float], documents: list[int]) -> Feedback:
    feedback = query_feedback(EAST, np.array(vectors), np.array(scores), documents)
    assert feedback is not None
    return feedback


def gains(feedback: Feedback, *vectors: Vectors) -> list[float]:
    return list(map(float, feedback_scores(feedback, np.array(vectors))))


def test_passages_like_the_best_one_gain_and_others_lose() -> None:
    best = np.array([0.6, 0.8], np.float32)
    feedback = feedback_of([best, EAST, EAST, best], [0.9, 0.3, 0.3, 0.2], [1, 2, 3, 4])
    like, unlike = gains(feedback, best, -NORTH)
    assert like > 0.1
    assert unlike < 0


def test_the_moved_query_is_a_unit_vector() -> None:
    shift = feedback_of([NORTH] * 4, [0.5] * 4, [1, 2, 3, 4]).shift
    assert np.linalg.norm(EAST + shift) == pytest.approx(1)
    # 0.8 to the north of (1, 0), brought back to length 1
    assert EAST + shift == pytest.approx(np.array([1.0, 0.8]) / np.hypot(1.0, 0.8))


def test_the_better_a_model_the_more_it_counts() -> None:
    vectors, documents = [NORTH, -NORTH, -NORTH, EAST], [1, 2, 3, 4]
    far = feedback_of(vectors, [0.9, 0.5, 0.5, 0.1], documents).shift
    near = feedback_of(vectors, [0.9, 0.85, 0.5, 0.1], documents).shift
    assert far[1] > near[1] > 0


def test_only_the_three_best_are_models() -> None:
    assert feedback_of([EAST, EAST, EAST, NORTH], [0.9] * 4, [1, 2, 3, 4]).shift[1] == 0


def test_a_model_passage_gains_no_more_than_the_best_other_passage() -> None:
    tilted = np.array([0.8, 0.6], np.float32)
    feedback = feedback_of([NORTH, NORTH, NORTH, tilted], [0.9] * 4, [1, 2, 3, 4])
    model, other = gains(feedback, NORTH, tilted)
    assert 0 < model == other
    alone = feedback_of([NORTH, NORTH, NORTH, EAST], [0.9] * 4, [1, 2, 3, 4])
    assert gains(alone, NORTH) == [0.0]


def test_if_one_document_answers_the_query_does_not_move() -> None:
    vectors, scores = np.array([NORTH] * 10), np.array([0.9] * 10)
    # Three of the nine others are in the document of the best passage.
    assert query_feedback(EAST, vectors, scores, [7, 7, 7, 7, 1, 2, 3, 4, 5, 6]) is None
    partly = query_feedback(EAST, vectors, scores, [7, 7, 7, 8, 1, 2, 3, 4, 5, 6])
    wholly = query_feedback(EAST, vectors, scores, [7, 8, 9, 0, 1, 2, 3, 4, 5, 6])
    assert partly is not None
    assert wholly is not None
    assert 0 < partly.shift[1] < wholly.shift[1]


@pytest.mark.parametrize("passages", range(4))
def test_with_only_model_passages_nothing_is_lifted(passages: int) -> None:
    vectors, scores = np.array([NORTH] * passages).reshape(passages, 2), np.ones(passages)
    assert query_feedback(EAST, vectors, scores, list(range(passages))) is None


def test_a_query_that_would_vanish_is_not_moved() -> None:
    opposite = np.array([[-1.25, 0.0]] * 4, np.float32)
    assert query_feedback(EAST, opposite, np.array([0.5] * 4), [1, 2, 3, 4]) is None


@given(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3), st.integers(0, 20))
def test_equal_passages_gain_the_same_at_any_rank(vector: list[float], before: int) -> None:
    feedback = Feedback(np.array([0.1, -0.2, 0.3], np.float32), 1.0)
    passage = np.array(vector, np.float32)
    others = list(np.linspace(-1, 1, 3 * before, dtype=np.float32).reshape(before, 3))
    assert gains(feedback, *others, passage)[-1] == gains(feedback, passage)[0]
