"""Summaries of the milliseconds of many requests."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

__all__ = ["Comparison", "Latency"]


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of milliseconds over queries, each sent once; `per_second` is for all clients."""

    queries: int
    p50: float
    p95: float
    p99: float
    per_second: float

    @classmethod
    def of(cls, milliseconds: Sequence[float], seconds: float) -> "Latency":
        p50, p95, p99 = np.percentile(milliseconds, [50, 95, 99])
        return cls(
            len(milliseconds), float(p50), float(p95), float(p99), len(milliseconds) / seconds
        )

    def cells(self) -> tuple[str, ...]:
        """Return the figures as a row of a table."""
        milliseconds = (f"{value:.2f}" for value in (self.p50, self.p95, self.p99))
        return (f"{self.queries:,}", *milliseconds, f"{self.per_second:,.0f}")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The latency of something and of what it is compared with, measured turn by turn."""

    measured: Latency
    against: Latency

    @property
    def ratio(self) -> float:
        """The measured median divided by the other one."""
        return self.measured.p50 / self.against.p50

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio}
