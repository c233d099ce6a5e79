"""Fits the coefficients of `api.ranking.confidence` to judged hits: one regression for each mode.

The evidence of a hit is the one that searches use: its cosine and its coverage. Every set counts
the same, regardless of its number of hits. The hits of the unrelated queries asked of a set count
together as much as the set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from api.command.evaluation.calibration import calibration_of
from api.command.evaluation.runner import Answer
from api.contract.search import Mode
from indexer.errors import UsageError

__all__ = ["FittedModel", "FittedSet", "JudgedHits", "fit_confidence", "judged_hits"]

Numbers = npt.NDArray[np.float64]

# The constants of `api.ranking.confidence`, by the mode whose hits they are fitted to.
MODELS = {Mode.HYBRID: "BOTH", Mode.LEXICAL: "LEXICAL", Mode.SEMANTIC: "SEMANTIC"}
# Which of (1, semantic, coverage) each of them uses.
COLUMNS = {Mode.HYBRID: [0, 1, 2], Mode.LEXICAL: [0, 2], Mode.SEMANTIC: [0, 1]}
# Enough to keep the coefficients finite if few hits can be separated perfectly.
RIDGE = 1e-4
# Newton's method doubles the number of correct digits with each step, so few steps are needed.
LONGEST_FIT = 50
PRECISION = 1e-10


@dataclass(frozen=True, slots=True)
class JudgedHits:
    """The hits of one set in one mode.

    `evidence` has the columns 1, semantic, coverage. `confidences` are the ones in the answers.
    `unrelated` is the evidence of hits that answer nothing.
    """

    name: str
    evidence: Numbers
    relevant: npt.NDArray[np.bool_]
    confidences: Numbers
    unrelated: Numbers


@dataclass(frozen=True, slots=True)
class FittedSet:
    """The expected calibration error on one set.

    `now` is with the current coefficients, `fitted` with the fitted ones, and `left_out` with ones
    fitted to all other sets, or None if these cannot be fitted.
    """

    name: str
    hits: int
    relevant: float
    now: float
    fitted: float
    left_out: float | None


@dataclass(frozen=True, slots=True)
class FittedModel:
    """The coefficients for one mode: constant, weight of the semantic score, weight of coverage."""

    name: str
    mode: Mode
    constants: tuple[float, float, float]
    sets: tuple[FittedSet, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "constants": self.constants,
            "sets": {
                each.name: {
                    "hits": each.hits,
                    "relevant": each.relevant,
                    "now": each.now,
                    "fitted": each.fitted,
                    "left_out": each.left_out,
                }
                for each in self.sets
            },
        }


def judged_hits(
    name: str, answers: Sequence[Answer], unrelated: Sequence[Answer] = ()
) -> JudgedHits:
    """Return the hits of the answers, which are from one set in one setting."""
    found = [each for answer in answers for each in answer.found]
    return JudgedHits(
        name,
        _evidence(answers),
        np.array([each.relevant for each in found], np.bool_),
        np.array([each.confidence for each in found], np.float64),
        _evidence(unrelated),
    )


def fit_confidence(mode: Mode, sets: Sequence[JudgedHits]) -> FittedModel:
    """Return the coefficients that fit the sets best, and their calibration error on each set.

    Raises UsageError if no hit of the sets is an answer, or if every hit is.
    """
    constants = _fit(mode, sets)
    if constants is None:
        found = np.concatenate([np.zeros(0, np.bool_), *(each.relevant for each in sets)])
        raise UsageError(
            f"cannot calibrate {MODELS[mode]}: {int(found.sum()):,} of the {len(found):,} hits of "
            f"{', '.join(each.name for each in sets)} are judged an answer, but some must be and "
            "some must not"
        )
    fitted = tuple(
        FittedSet(
            each.name,
            hits=len(each.relevant),
            relevant=float(each.relevant.mean()) if len(each.relevant) else 0.0,
            now=calibration_of(each.confidences.tolist(), each.relevant.tolist()).error,
            fitted=_error(each, constants),
            left_out=None if (numbers := _fit(mode, others)) is None else _error(each, numbers),
        )
        for place, each in enumerate(sets)
        for others in [[*sets[:place], *sets[place + 1 :]]]
    )
    constant, of_semantic, of_coverage = constants.tolist()
    return FittedModel(MODELS[mode], mode, (constant, of_semantic, of_coverage), fitted)


def _evidence(answers: Sequence[Answer]) -> Numbers:
    """Return the rows (1, semantic, coverage) of all hits, with both scores clipped to 0..1."""
    rows = [
        (1.0, each.semantic or 0.0, _coverage(each.lexical or 0.0, answer.ideal_bm25))
        for answer in answers
        for each in answer.found
    ]
    return np.clip(np.array(rows, np.float64).reshape(-1, 3), 0.0, 1.0)


def _coverage(bm25: float, ideal: float) -> float:
    return bm25 / ideal if ideal > 0 else 0.0


def _error(hits: JudgedHits, constants: Numbers) -> float:
    probabilities = _logistic(hits.evidence @ constants)
    return calibration_of(probabilities.tolist(), hits.relevant.tolist()).error


def _fit(mode: Mode, sets: Sequence[JudgedHits]) -> Numbers | None:
    """Return the coefficients; None if no hit answers or every hit does."""
    columns = COLUMNS[mode]
    groups = [(each.evidence, each.relevant) for each in sets]
    groups += [(each.unrelated, np.zeros(len(each.unrelated), np.bool_)) for each in sets]
    groups = [group for group in groups if len(group[0])]
    answers = np.concatenate([np.zeros(0, np.bool_), *(relevant for _, relevant in groups)])
    if answers.all() or not answers.any():
        return None
    constants: Numbers = np.zeros(3)
    constants[columns] = _logistic_regression(
        np.concatenate([evidence for evidence, _ in groups])[:, columns],
        answers.astype(np.float64),
        np.concatenate([np.full(len(evidence), 1 / len(evidence)) for evidence, _ in groups]),
    )
    return constants


def _logistic_regression(rows: Numbers, answers: Numbers, weights: Numbers) -> Numbers:
    """Return the coefficients of the columns by Newton's method; the first column is constant."""
    ridge = np.full(rows.shape[1], RIDGE)
    ridge[0] = 0.0
    coefficients = np.zeros(rows.shape[1])
    for _ in range(LONGEST_FIT):
        probabilities = _logistic(rows @ coefficients)
        gradient = rows.T @ (weights * (answers - probabilities)) - ridge * coefficients
        curvature = (rows.T * (weights * probabilities * (1 - probabilities))) @ rows
        step = np.linalg.solve(curvature + np.diag(ridge), gradient)
        coefficients += step
        if abs(step).max() < PRECISION:
            break
    return coefficients


def _logistic(values: Numbers) -> Numbers:
    probabilities: Numbers = 1 / (1 + np.exp(-values))
    return probabilities
