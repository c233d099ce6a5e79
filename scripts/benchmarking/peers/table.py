"""The table of the figures of all engines."""

from collections.abc import Mapping

from rich.table import Table

from scripts.benchmarking.figures.latency import Latency
from scripts.benchmarking.figures.memory import MemoryUse
from scripts.benchmarking.peers.engines.peer import MODES
from scripts.benchmarking.peers.measuring import EngineFigures
from scripts.benchmarking.peers.relevance import MEASURE

__all__ = ["peers_table"]


def peers_table(title: str, figures: Mapping[str, EngineFigures]) -> Table:
    """Return a table with a column for each engine; memory is without / with mapped files."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("", no_wrap=True)
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    rows = [_rows(each) for each in figures.values()]
    for label in rows[0]:
        table.add_row(label, *(row[label] for row in rows))
    return table


def _rows(figures: EngineFigures) -> dict[str, str]:
    rows = {
        "build, seconds": f"{figures.build.seconds:,.1f}",
        "build, peak memory, MB": _memory(figures.build.peak),
        "disk, MB": f"{figures.build.megabytes:,.1f}",
    }
    for mode, seconds in figures.cold_seconds.items():
        rows[f"first answer of a new process, {mode}, seconds"] = f"{seconds:.2f}"
    for mode in MODES:
        rows[f"in process, {mode}, p50 / p95, ms"] = _latency(figures.in_process[mode])
    rows["in process, memory, MB"] = _memory(figures.memory)
    for mode in MODES:
        rows[f"over HTTP, {mode}, p50 / p95, ms"] = _latency(figures.over_http[mode][1])
    for mode in MODES:
        rows[f"8 clients, {mode}, requests/s"] = f"{figures.over_http[mode][8].per_second:,.0f}"
    rows["server, memory, MB"] = _memory(figures.server_memory)
    for mode, value in (figures.relevance or {}).items():
        rows[f"{MEASURE}, {mode}"] = f"{value:.3f}"
    return rows


def _latency(latency: Latency) -> str:
    return f"{latency.p50:.1f} / {latency.p95:.1f}"


def _memory(memory: MemoryUse) -> str:
    return f"{memory.anonymous:,.0f} / {memory.resident:,.0f}"
