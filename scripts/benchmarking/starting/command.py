"""How long the server takes to answer, and reindex.py to print its help."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from indexer.command.reindex_process import REINDEX
from indexer.index.folder import IndexFolder
from scripts.benchmarking.figures.machine import describe_machine
from scripts.benchmarking.figures.output import console_beside, write_json
from scripts.benchmarking.serving.server import running_server
from scripts.benchmarking.starting.options import StartOptions

__all__ = ["StartFigures", "measure_start", "run"]


@dataclass(frozen=True, slots=True)
class StartFigures:
    """The seconds of each start, by what was waited for."""

    seconds: dict[str, list[float]]

    def as_json(self) -> dict[str, Any]:
        return {
            what: {"median": median(times), "all": times} for what, times in self.seconds.items()
        }


def run(options: StartOptions) -> None:
    """Measure, print the table, and write the figures if a file was given."""
    machine = describe_machine()
    figures = measure_start(options.index, options.times)
    console = console_beside(options.json)
    console.print(str(machine), highlight=False)
    console.print(_table(figures))
    write_json(options.json, {"machine": machine.as_json(), "start": figures.as_json()})


def measure_start(index: Path, times: int) -> StartFigures:
    """Return the figures of starting the server and `reindex.py --help`, `times` times in turns."""
    IndexFolder(index).current()  # a server without an index would wait for one
    lexical, every, help_text = [], [], []
    for _ in range(times):
        with running_server(index) as server:
            lexical.append(server.lexical_ready_seconds)
            every.append(server.ready_seconds)
        help_text.append(_seconds_of([sys.executable, *REINDEX, "--help"]))
    return StartFigures(
        {
            "/readyz?mode=lexical": lexical,
            "/readyz": every,
            "reindex.py --help": help_text,
        }
    )


def _seconds_of(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _table(figures: StartFigures) -> Table:
    table = Table(title="Seconds from the start of the process", title_justify="left")
    table.add_column("until it answers", no_wrap=True)
    for column in ("median", "fastest", "slowest"):
        table.add_column(column, justify="right")
    for what, times in figures.seconds.items():
        table.add_row(what, *(f"{value:.2f}" for value in (median(times), min(times), max(times))))
    return table
