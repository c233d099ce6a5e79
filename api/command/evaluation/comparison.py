"""Two settings on the same queries: how far apart are they, and could that be chance?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.errors import UsageError

__all__ = ["Comparison", "EmptyComparison", "compare_paired"]

RESAMPLES = 10_000
# Resamples drawn at once; bounds memory on sets of many thousand queries.
BATCH = 250
# The same answers give the same figures.
SEED = 20_260_101

Numbers = npt.NDArray[np.float64]


class EmptyComparison(UsageError):
    """No query was answered by both."""

    code = "empty_comparison"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric over the same queries, asked twice.

    `low` and `high` bound the difference (other less one) with 95 % confidence; `p_value` is the
    chance of so large a difference, either way, between two settings that answer alike.
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
    """Compare the values that two settings got for each query, matched by its id.

    The interval is a paired bootstrap's, the p-value a paired randomisation test's: neither
    supposes that differences are distributed normally, which those of rankings never are.
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
    """Return how often random signs make the mean difference as large as it is."""
    random = np.random.default_rng(SEED)
    observed = abs(differences.sum())
    as_large = 0
    for _ in range(RESAMPLES // BATCH):
        signs = random.integers(2, size=(BATCH, len(differences))) * 2 - 1
        # Sums of the same numbers in other signs differ in their last digits.
        as_large += int((abs(signs @ differences) >= observed - 1e-9).sum())
    return (as_large + 1) / (RESAMPLES + 1)
