"""Whether confidence can be trusted: calibration within a set, separation between two. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Calibration", "ReliabilityBin", "calibration_of", "separation"]

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Hits with similar confidence: their number, mean confidence, and share that answers."""

    hits: int
    confidence: float
    relevant: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The expected calibration error, and the non-empty bins it comes from, in ascending order.

    The error is the mean difference between confidence and the share that answers, over all hits:
    https://ojs.aaai.org/index.php/AAAI/article/view/9602
    """

    error: float
    bins: tuple[ReliabilityBin, ...]

    @property
    def hits(self) -> int:
        return sum(each.hits for each in self.bins)

    @property
    def confidence(self) -> float:
        """The mean confidence of all hits; 0 for no hits."""
        return sum(each.hits * each.confidence for each in self.bins) / (self.hits or 1)

    @property
    def relevant(self) -> float:
        """The share of all hits that answer; 0 for no hits."""
        return sum(each.hits * each.relevant for each in self.bins) / (self.hits or 1)


def calibration_of(confidences: Sequence[float], relevant: Sequence[bool]) -> Calibration:
    """Return how well confidence agrees with judgements, in ten bins of equal width."""
    found = np.asarray(confidences, np.float64)
    answers = np.asarray(relevant, np.float64)
    numbers = np.minimum((found * BINS).astype(np.int64), BINS - 1)
    bins = tuple(
        ReliabilityBin(
            int(inside.sum()), float(found[inside].mean()), float(answers[inside].mean())
        )
        for inside in (numbers == number for number in np.unique(numbers))
    )
    gaps = sum(each.hits * abs(each.confidence - each.relevant) for each in bins)
    return Calibration(gaps / (len(found) or 1), bins)


def separation(own: Sequence[float], other: Sequence[float]) -> float:
    """Return the probability that a random one of `own` is above one of `other`; ties count half.

    This is the area under the ROC curve. If either is empty, return one half.
    """
    if not len(own) or not len(other):
        return 0.5
    ascending = np.sort(other)
    below = np.searchsorted(ascending, own, side="left")
    not_above = np.searchsorted(ascending, own, side="right")
    return float((below + not_above).mean() / (2 * len(other)))
