"""The tables of figures."""

from collections.abc import Mapping

from rich.table import Table

from scripts.benchmarking.figures.latency import Comparison
from scripts.benchmarking.speed.building import BuildFigures, BuildRun
from scripts.benchmarking.speed.searching import SearchFigures

__all__ = ["build_table", "page_table", "search_table", "server_table", "stage_table"]


def build_table(figures: Mapping[str, BuildFigures]) -> Table:
    """Return a table with one column for each model and one row for each figure."""
    table = _table("Build", "", figures)
    rows = [_build_rows(each) for each in figures.values()]
    for label in rows[0]:
        table.add_row(label, *(row.get(label, "") for row in rows))
    return table


def stage_table(figures: Mapping[str, BuildFigures]) -> Table:
    """Return a table of each stage's seconds and share of the new build; stages overlap."""
    table = _table("Share of each stage in the fresh build (stages overlap)", "stage", figures)
    stages = dict.fromkeys(stage for each in figures.values() for stage in each.fresh.stages)
    for stage in stages:
        table.add_row(stage, *(_share(each.fresh, stage) for each in figures.values()))
    return table


def search_table(title: str, figures: SearchFigures) -> Table:
    """Return a table with rows for each mode and number of clients, for typing and embedding."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("search", no_wrap=True)
    for column in ("clients", "queries", "p50 ms", "p95 ms", "p99 ms", "requests/s"):
        table.add_column(column, justify="right")
    for mode, by_clients in figures.latency.items():
        for clients, latency in by_clients.items():
            table.add_row(mode, str(clients), *latency.cells())
    table.add_row("suggestions, each keystroke", "1", *figures.suggestions.cells())
    if figures.embedding is not None:
        table.add_row("query embedding alone, in process", "", *figures.embedding.cells())
    return table


def page_table(figures: Mapping[str, SearchFigures]) -> Table:
    """Return a table with a row for each index: the page's first byte and the API's answer."""
    table = Table(title="Page against API", title_justify="left", title_style="bold")
    table.add_column("index", no_wrap=True)
    for column in ("queries", "first byte of the page, p50 ms", "answer of the API, ms", "ratio"):
        table.add_column(column, justify="right")
    for index, each in figures.items():
        table.add_row(index, *_comparison_cells(each.page))
    return table


def server_table(figures: Mapping[str, SearchFigures]) -> Table:
    """Return a table with one column for each index and one row for each figure of its server."""
    table = _table("Server", "", figures)
    servers = list(figures.values())
    rows = {
        "ready for lexical search, seconds": [
            f"{one.lexical_ready_seconds:.2f}" for one in servers
        ],
        "ready for every mode, seconds": [f"{one.ready_seconds:.2f}" for one in servers],
        "memory after the load, MB": [f"{one.memory.resident:,.0f}" for one in servers],
        "memory without files, MB": [f"{one.memory.anonymous:,.0f}" for one in servers],
        "hybrid p50 without the query's embedding, ms": [
            "" if one.hybrid_beside_embedding is None else f"{one.hybrid_beside_embedding:.2f}"
            for one in servers
        ],
    }
    for label, cells in rows.items():
        table.add_row(label, *cells)
    return table


def _build_rows(figures: BuildFigures) -> dict[str, str]:
    fresh = figures.fresh
    rows = {
        "files": f"{fresh.files:,}",
        "MB": f"{fresh.megabytes:,.1f}",
        "passages": f"{fresh.passages:,}",
        "seconds": f"{fresh.seconds:,.1f}",
        "seconds with start-up": f"{fresh.wall_seconds:,.1f}",
        "seconds of processor": f"{fresh.cpu_seconds:,.1f}",
        "files/s": f"{fresh.files / fresh.seconds:,.0f}",
        "MB/s": f"{fresh.megabytes / fresh.seconds:,.2f}",
        "passages/s": f"{fresh.passages / fresh.seconds:,.0f}",
        "peak memory, MB": f"{fresh.peak.resident:,.0f}",
        "peak memory without files, MB": f"{fresh.peak.anonymous:,.0f}",
        "index, MB": f"{fresh.index_megabytes:,.1f}",
        "index / text": f"{fresh.index_megabytes / fresh.megabytes:,.2f}",
        "nothing changed, seconds": f"{figures.unchanged.seconds:,.2f}",
        "10 files added, seconds": f"{figures.incremental.seconds:,.2f}",
        "10 files added, without embedding": f"{figures.incremental_beside_embedding:,.2f}",
    }
    if figures.embedding is not None:
        rows["embedding alone, seconds"] = f"{figures.embedding.seconds:,.1f}"
        rows["build / embedding alone"] = f"{figures.ratio:,.3f}"
    return rows


def _comparison_cells(compared: Comparison) -> tuple[str, ...]:
    measured, against = compared.measured, compared.against
    medians = (f"{measured.p50:.2f}", f"{against.p50:.2f}")
    return (f"{measured.queries:,}", *medians, f"{compared.ratio:.2f}")


def _share(run: BuildRun, stage: str) -> str:
    if stage not in run.stages:
        return ""
    return f"{run.stages[stage] * run.seconds:,.2f} s {run.stages[stage]:7.1%}"


def _table(title: str, left: str, columns: Mapping[str, object]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(left, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table
