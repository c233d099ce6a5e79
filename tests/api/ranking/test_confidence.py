import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ranking.confidence import BOTH, COMPLETE, LEXICAL, SEMANTIC, VERBATIM, confidences

NO_MATCH = math.nan
bm25 = st.floats(0, 100)
cosines = st.floats(-1, 1)


def confidence(lexical: float | None, semantic: float | None, ideal: float = 10.0) -> float:
    (found,) = confidences(
        None if lexical is None else np.array([lexical]),
        None if semantic is None else np.array([semantic]),
        ideal_bm25=ideal,
    )
    return float(found)


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_both_retrievers_are_weighed_together() -> None:
    constant, of_semantic, of_coverage = BOTH
    expected = logistic(constant + of_semantic * 0.7 + of_coverage * 0.5)
    assert confidence(5.0, 0.7) == pytest.approx(expected)


def test_a_single_retriever_has_its_own_weights() -> None:
    assert confidence(5.0, None) == pytest.approx(logistic(LEXICAL[0] + LEXICAL[2] * 0.5))
    assert confidence(None, 0.7) == pytest.approx(logistic(SEMANTIC[0] + SEMANTIC[1] * 0.7))


def test_no_match_is_no_evidence() -> None:
    assert confidence(NO_MATCH, 0.7) == confidence(0.0, 0.7)
    assert confidence(5.0, -0.3) == confidence(5.0, 0.0)


def test_without_a_vector_only_the_words_are_weighed() -> None:
    found = confidences(np.array([5.0, 5.0]), np.array([math.nan, 0.7]), ideal_bm25=10.0)
    assert found.tolist() == [confidence(5.0, None), confidence(5.0, 0.7)]


def test_the_lexical_share_is_at_most_one() -> None:
    assert confidence(12.0, 0.7) == confidence(10.0, 0.7)


def test_an_empty_query_gives_no_evidence() -> None:
    assert len(confidences(None, None, ideal_bm25=0.0)) == 0


@pytest.mark.parametrize("lexical", [True, False])
@pytest.mark.parametrize("semantic", [True, False])
def test_a_hit_without_evidence_is_improbable_and_a_perfect_one_is_not(
    lexical: bool, semantic: bool
) -> None:
    if not lexical and not semantic:
        return
    assert confidence(0.0 if lexical else None, 0.0 if semantic else None) < 0.05
    assert confidence(9.0 if lexical else None, 0.95 if semantic else None) > 0.8


@given(bm25, bm25, cosines, cosines)
def test_more_evidence_is_never_less_confidence(
    one: float, other: float, cosine: float, other_cosine: float
) -> None:
    less = confidence(min(one, other), min(cosine, other_cosine))
    more = confidence(max(one, other), max(cosine, other_cosine))
    assert 0 <= less <= more <= 1


def test_what_the_words_say_is_a_lower_bound() -> None:
    lexical, semantic = np.array([1.0, 9.0]), np.array([0.1, 0.95])
    without = confidences(lexical, semantic, ideal_bm25=10.0)
    least = np.array([COMPLETE, COMPLETE])
    found = confidences(lexical, semantic, ideal_bm25=10.0, least=least)
    assert found.tolist() == [COMPLETE, without[1]]
    assert without[0] < COMPLETE < VERBATIM < without[1]


def test_words_that_are_no_evidence_count_nothing() -> None:
    assert confidence(9.0, 0.2, ideal=0.0) == confidence(NO_MATCH, 0.2)
