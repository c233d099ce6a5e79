"""The table of all engines."""

from io import StringIO

from rich.console import Console

from scripts.benchmarking.figures.latency import Latency
from scripts.benchmarking.figures.memory import MemoryUse
from scripts.benchmarking.peers.building import BuildCost
from scripts.benchmarking.peers.measuring import EngineFigures
from scripts.benchmarking.peers.table import peers_table

MODES = ("lexical", "semantic", "hybrid")
# Ten requests of 4 ms, one after the other.
LATENCY = Latency.of([4.0] * 10, 0.04)


def figures(relevance: dict[str, float] | None = None) -> EngineFigures:
    return EngineFigures(
        BuildCost(seconds=12.34, peak=MemoryUse(resident=400, anonymous=300), megabytes=7.0),
        cold_seconds={"lexical": 0.5, "hybrid": 1.25},
        in_process=dict.fromkeys(MODES, LATENCY),
        over_http={mode: {1: LATENCY, 8: LATENCY} for mode in MODES},
        relevance=relevance,
    )


def printed(**engines: EngineFigures) -> list[list[str]]:
    """Return the cells of each row."""
    target = StringIO()
    Console(width=160, file=target).print(peers_table("Engines", engines))
    lines = target.getvalue().splitlines()
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]


def test_each_engine_has_a_column_and_each_figure_a_row() -> None:
    rows = printed(one=figures(), other=figures())
    assert ["build, seconds", "12.3", "12.3"] in rows
    assert ["build, peak memory, MB", "300 / 400", "300 / 400"] in rows
    assert ["first answer of a new process, hybrid, seconds", "1.25", "1.25"] in rows
    assert ["over HTTP, lexical, p50 / p95, ms", "4.0 / 4.0", "4.0 / 4.0"] in rows
    assert ["8 clients, hybrid, requests/s", "250", "250"] in rows
    assert not any(label.startswith("nDCG") for label, *_ in rows)


def test_relevance_is_shown_if_it_was_judged() -> None:
    judged = figures(dict.fromkeys(MODES, 0.7444))
    assert ["nDCG@10, hybrid", "0.744"] in printed(one=judged)
