"""Summaries of latencies in milliseconds."""

import pytest

from scripts.benchmarking.figures.latency import Comparison, Latency


def test_percentiles_and_rate() -> None:
    latency = Latency.of([*range(1, 102)], seconds=2.0)
    assert (latency.p50, latency.p95, latency.p99) == (51, 96, 100)
    assert latency.per_second == 101 / 2
    assert latency.cells() == ("101", "51.00", "96.00", "100.00", "50")


def test_medians_are_compared() -> None:
    compared = Comparison(Latency.of([3, 3, 90], 1.0), Latency.of([1, 2, 2], 1.0))
    assert compared.ratio == 1.5
    assert compared.as_json()["ratio"] == 1.5
    assert compared.as_json()["against"]["p50"] == pytest.approx(2)
