"""Two settings on the same queries: how different are they, and could that be chance?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.errors import UsageError

__all__ = ["Comparison", "EmptyComparison", "compare_paired"]

RESAMPLES = 10_000
# Resamples drawn at once; bounds memory on sets of many thousand queries.
BATCH = 250
# A fixed seed, so that the same answers always give the same figures.
SEED = 20_260_101

Numbers = npt.NDArray[np.float64]


class EmptyComparison(UsageError):
    """No query has the metric in both settings."""

    code = "empty_comparison"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric over the same queries in two settings.

    `low` and `high` are the bounds of the 95 % confidence interval of the difference (other less
    one). `p_value` is the two-sided probability of a difference at least this large if both
    settings answer equally well.
    """

    metric: str
    queries: int
    one: float
    other: float
    low: float
    high: float
    p_value: float
    wins: int
    losses: int

    @property
    def difference(self) -> float:
        return self.other - self.one


def compare_paired(metric: str, one: Mapping[str, float], other: Mapping[str, float]) -> Comparison:
    """Return how the values of two settings differ, paired by the ids of the queries.

    The interval is from a paired bootstrap, and the p-value from a paired randomisation test.
    Neither assumes normally distributed differences, which rankings never have.
    """
    shared = sorted(one.keys() & other.keys())
    if not shared:
        raise EmptyComparison(f"nothing to compare: no query has {metric} in both settings")
    before = np.array([one[query] for query in shared])
    after = np.array([other[query] for query in shared])
    differences = after - before
    low, high = np.quantile(_bootstrap_means(differences), [0.025, 0.975])
    return Comparison(
        metric=metric,
        queries=len(shared),
        one=float(before.mean()),
        other=float(after.mean()),
        low=float(low),
        high=float(high),
        p_value=_randomisation_p_value(differences),
        wins=int((differences > 0).sum()),
        losses=int((differences < 0).sum()),
    )


def _bootstrap_means(differences: Numbers) -> Numbers:
    random = np.random.default_rng(SEED)
    count = len(differences)
    return np.concatenate(
        [
            differences[random.integers(count, size=(BATCH, count))].mean(axis=1)
            for _ in range(RESAMPLES // BATCH)
        ]
    )


def _randomisation_p_value(differences: Numbers) -> float:
    """Return how often random signs give a mean difference at least as large as the real one."""
    random = np.random.default_rng(SEED)
    observed = abs(differences.sum())
    as_large = 0
    for _ in range(RESAMPLES // BATCH):
        signs = random.integers(2, size=(BATCH, len(differences))) * 2 - 1
        # Rounding makes equal sums differ in their last digits.
        as_large += int((abs(signs @ differences) >= observed - 1e-9).sum())
    return (as_large + 1) / (RESAMPLES + 1)
