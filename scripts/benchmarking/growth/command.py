"""`benchmark.py grow`, from the folder to the table and the plot."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from api.command.evaluation.reporting.plots import Point, logarithmic_plots
from indexer.config import NO_MODEL
from indexer.errors import UsageError
from scripts.benchmarking.figures.machine import describe_machine
from scripts.benchmarking.figures.output import console_beside, write_json
from scripts.benchmarking.growth.hashed_words import HASHED_MODEL
from scripts.benchmarking.growth.measuring import GrowthFigures, measure_growth
from scripts.benchmarking.growth.options import GrowthOptions

__all__ = ["run"]

HASHED_NOTE = (
    "Hashed words replace the model; figures that depend only on size are the same with one."
)


def run(options: GrowthOptions) -> None:
    """Measure size after size, print the table, and write the figures if a file was given."""
    if options.model == NO_MODEL:
        raise UsageError("--model none is not possible, because searches by meaning are measured")
    machine = describe_machine()
    console = console_beside(options.json)
    figures: list[GrowthFigures] = []
    with tempfile.TemporaryDirectory(prefix="spanlight-growth-", dir=options.work) as work:
        for found in measure_growth(
            options.data, Path(work), options.sizes, options.model, options.queries
        ):
            figures.append(found)
            console.print(f"{found.passages:,} passages: done", highlight=False)
    console.print(str(machine), highlight=False)
    console.print(_table(figures))
    if options.model == HASHED_MODEL:
        console.print(HASHED_NOTE)
    sizes: list[dict[str, Any]] = [each.as_json() for each in figures]
    write_json(options.json, {"machine": machine.as_json(), "model": options.model, "sizes": sizes})
    if options.plot is not None:
        options.plot.write_text(logarithmic_plots(_panels(figures)), encoding="utf-8")


def _table(figures: Sequence[GrowthFigures]) -> Table:
    """Return a table with one column for each size and one row for each figure."""
    table = Table(title="Growth", title_justify="left", title_style="bold")
    table.add_column("passages", no_wrap=True)
    for each in figures:
        table.add_column(f"{each.passages:,}", justify="right", no_wrap=True)
    for label, cell in _ROWS.items():
        table.add_row(label, *map(cell, figures))
    return table


def _p50(mode: str) -> Callable[[GrowthFigures], float]:
    return lambda each: each.latency[mode].p50


def _milliseconds(mode: str) -> Callable[[GrowthFigures], str]:
    return lambda each: f"{each.latency[mode].p50:.2f} / {each.latency[mode].p99:.2f}"


def _beside_embedding(mode: str) -> Callable[[GrowthFigures], str]:
    return lambda each: f"{each.beside_embedding_ms(mode):.2f}"


_ROWS: dict[str, Callable[[GrowthFigures], str]] = {
    "files": lambda each: f"{each.files:,}",
    "MB of text": lambda each: f"{each.megabytes:,.1f}",
    "fresh build, seconds": lambda each: f"{each.fresh.seconds:,.1f}",
    "  without embedding": lambda each: f"{each.fresh.beside_embedding:,.1f}",
    "  peak memory, MB": lambda each: f"{each.fresh.peak.resident:,.0f}",
    "  peak memory without files": lambda each: f"{each.fresh.peak.anonymous:,.0f}",
    "nothing changed, seconds": lambda each: f"{each.unchanged.seconds:,.2f}",
    "100 files added, without embedding": lambda each: f"{each.added.beside_embedding:,.2f}",
    "100 files removed": lambda each: f"{each.removed.seconds:,.2f}",
    "index, MB": lambda each: f"{each.index_megabytes:,.1f}",
    "opening, seconds": lambda each: f"{each.opening_seconds:,.2f}",
    "  verifying checksums": lambda each: f"{each.verifying_seconds:,.2f}",
    "lexical, p50 / p99 ms": _milliseconds("lexical"),
    "semantic": _milliseconds("semantic"),
    "hybrid": _milliseconds("hybrid"),
    "query embedding": _milliseconds("embedding"),
    "semantic without it, p50": _beside_embedding("semantic"),
    "hybrid without it, p50": _beside_embedding("hybrid"),
    "recall@10 of the vector search": lambda each: f"{each.recall:.4f}",
    "memory of a searcher, MB": lambda each: f"{each.memory.resident:,.0f}",
    "  without files": lambda each: f"{each.memory.anonymous:,.0f}",
}


def _panels(figures: Sequence[GrowthFigures]) -> dict[str, dict[str, list[Point]]]:
    def line(value: Callable[[GrowthFigures], float]) -> list[Point]:
        return [(each.passages, value(each)) for each in figures]

    return {
        "seconds, by passages": {
            "fresh build": line(lambda each: each.fresh.beside_embedding),
            "100 files added": line(lambda each: each.added.beside_embedding),
            "100 files removed": line(lambda each: each.removed.beside_embedding),
            "nothing changed": line(lambda each: each.unchanged.seconds),
        },
        "MB on disk": {
            "index": line(lambda each: each.index_megabytes),
            "text": line(lambda each: each.megabytes),
        },
        "MB of memory, files left out": {
            "fresh build": line(lambda each: each.fresh.peak.anonymous),
            "searching": line(lambda each: each.memory.anonymous),
        },
        "milliseconds of a search, p50": {
            mode: line(_p50(mode)) for mode in ("lexical", "semantic", "hybrid")
        },
    }
