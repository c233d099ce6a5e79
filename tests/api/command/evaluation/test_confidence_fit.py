"""The constants of the confidence, fitted to invented hits."""

import numpy as np
import pytest

from api.command.evaluation.confidence_fit import JudgedHits, fit_confidence, judged_hits
from api.command.evaluation.runner import Answer, Found
from api.command.evaluation.setting import Setting
from api.contract.search import Mode
from api.ranking.confidence import confidences
from indexer.errors import UsageError
from indexer.spans import Span

HYBRID = Setting(Mode.HYBRID)


def found(
    relevant: bool, lexical: float | None, semantic: float | None, confidence: float = 0.5
) -> Found:
    span = Span(0, 1)
    return Found("a.txt", span, span, 1.0, confidence, relevant, lexical, semantic)


def hits(name: str, count: int, *, seed: int, unrelated: int = 0) -> JudgedHits:
    """Return hits that answer with the probability that (-4, 3, 5) gives."""
    random = np.random.default_rng(seed)
    evidence = np.column_stack([np.ones(count), random.random((count, 2))])
    probabilities = 1 / (1 + np.exp(-evidence @ [-4.0, 3.0, 5.0]))
    return JudgedHits(
        name,
        evidence,
        random.random(count) < probabilities,
        np.full(count, 0.9),
        np.column_stack([np.ones(unrelated), np.full((unrelated, 2), 0.1)]),
    )


def test_the_fit_recovers_the_numbers_that_made_the_hits() -> None:
    model = fit_confidence(Mode.HYBRID, [hits("set", 60_000, seed=1)])
    assert model.name == "BOTH"
    assert model.constants == pytest.approx((-4.0, 3.0, 5.0), abs=0.15)
    (row,) = model.sets
    # Half of these hits answer, and nine in ten were said to.
    assert row.now == pytest.approx(0.4, abs=0.01)
    assert row.fitted < 0.02
    assert row.left_out is None


def test_a_mode_weighs_the_evidence_of_its_own_retriever_only() -> None:
    sets = [hits("set", 2_000, seed=1)]
    lexical = fit_confidence(Mode.LEXICAL, sets)
    semantic = fit_confidence(Mode.SEMANTIC, sets)
    assert (lexical.name, lexical.constants[1]) == ("LEXICAL", 0.0)
    assert (semantic.name, semantic.constants[2]) == ("SEMANTIC", 0.0)
    assert lexical.constants[2] > 0 < semantic.constants[1]


def test_every_set_counts_the_same_regardless_of_its_number_of_hits() -> None:
    small, large = hits("small", 500, seed=1), hits("large", 4_000, seed=2)
    many_times = JudgedHits(
        "large",
        np.tile(large.evidence, (5, 1)),
        np.tile(large.relevant, 5),
        np.tile(large.confidences, 5),
        large.unrelated,
    )
    once, often = (
        fit_confidence(Mode.HYBRID, [small, each]).constants for each in (large, many_times)
    )
    assert once == pytest.approx(often)


def test_hits_of_unrelated_queries_make_poor_evidence_less_probable() -> None:
    alone = fit_confidence(Mode.HYBRID, [hits("set", 3_000, seed=1)])
    beside = fit_confidence(Mode.HYBRID, [hits("set", 3_000, seed=1, unrelated=900)])
    assert beside.constants[0] < alone.constants[0]


def test_a_set_is_also_judged_by_a_fit_to_the_others() -> None:
    sets = [hits("one", 2_000, seed=1), hits("other", 2_000, seed=2)]
    one, other = fit_confidence(Mode.HYBRID, sets).sets
    assert one.left_out is not None
    assert one.left_out == pytest.approx(
        # The error on this set of the constants fitted to the other one.
        fit_confidence_error(sets[1], sets[0])
    )
    assert one.fitted < 0.06 > other.fitted


def fit_confidence_error(fitted_to: JudgedHits, measured_on: JudgedHits) -> float:
    """Return the calibration error of one set's constants on another set."""
    constants = np.array(fit_confidence(Mode.HYBRID, [fitted_to]).constants)
    predicted = 1 / (1 + np.exp(-measured_on.evidence @ constants))
    judged = JudgedHits(
        "copy", measured_on.evidence, measured_on.relevant, predicted, measured_on.unrelated
    )
    (row,) = fit_confidence(Mode.HYBRID, [judged]).sets
    return row.now


def test_perfectly_separable_hits_get_finite_numbers() -> None:
    evidence = np.array([[1.0, 0.9, 0.9], [1.0, 0.8, 0.9], [1.0, 0.1, 0.0], [1.0, 0.2, 0.0]])
    relevant = np.array([True, True, False, False])
    separable = JudgedHits("set", evidence, relevant, np.zeros(4), np.empty((0, 3)))
    for mode in Mode:
        model = fit_confidence(mode, [separable])
        assert np.isfinite(model.constants).all()
        assert model.sets[0].fitted < 0.05


@pytest.mark.parametrize("relevant", [True, False])
def test_hits_of_one_kind_cannot_be_fitted(relevant: bool) -> None:
    same = JudgedHits("set", np.ones((3, 3)), np.full(3, relevant), np.zeros(3), np.empty((0, 3)))
    with pytest.raises(UsageError, match=f"{3 if relevant else 0} of the 3 hits of set are judged"):
        fit_confidence(Mode.HYBRID, [same])


def test_no_hits_cannot_be_fitted() -> None:
    with pytest.raises(UsageError, match="0 of the 0 hits of set are judged an answer"):
        fit_confidence(Mode.HYBRID, [judged_hits("set", [])])


def test_the_evidence_is_the_one_that_the_product_uses() -> None:
    answer = Answer(
        HYBRID,
        "q1",
        "?",
        [
            found(True, 5.0, 0.7),
            found(False, 12.0, -0.2),  # a text may repeat the query, and a cosine be negative
            found(False, None, 0.4),
        ],
        ideal_bm25=10.0,
    )
    unanswerable = Answer(HYBRID, "q2", "?", [found(False, 3.0, 0.1)], ideal_bm25=0.0)
    judged = judged_hits("set", [answer], [unanswerable])
    assert judged.evidence.tolist() == [[1, 0.7, 0.5], [1, 0.0, 1.0], [1, 0.4, 0.0]]
    assert judged.unrelated.tolist() == [[1, 0.1, 0.0]]
    assert judged.relevant.tolist() == [True, False, False]
    # The arithmetic equals that of the product: its constants give its confidence.
    product = confidences(
        np.array([5.0, 12.0, np.nan]), np.array([0.7, -0.2, 0.4]), ideal_bm25=10.0
    )
    logits = np.log(product / (1 - product))
    solved, *_ = np.linalg.lstsq(judged.evidence, logits)
    assert judged.evidence @ solved == pytest.approx(logits)
