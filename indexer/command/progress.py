"""The progress of a build on standard error: bars on a terminal, occasional lines elsewhere."""

import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from indexer.command.console import say

if TYPE_CHECKING:
    from rich.progress import TaskID

__all__ = ["ProgressLines", "ShownProgress", "showing_progress"]

# Drawing a bar more often would not be visible.
BAR_INTERVAL_S = 0.05
# A line is written after LINE_INTERVAL_S if a share of MUCH has been done since the last line, and
# after LONGEST_SILENCE_S in any case.
LINE_INTERVAL_S = 2.0
LONGEST_SILENCE_S = 10.0
MUCH = 0.1


class ShownProgress(Protocol):
    """Shows the progress of a build."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show the amount done of the stage, and its total."""

    def show_line(self, line: str) -> None:
        """Show a permanent line."""


@contextmanager
def showing_progress(interval_s: float | None = None) -> Iterator[ShownProgress]:
    """Provide an object that shows the progress of a build inside the context.

    With an interval it writes lines: for each stage at most one per interval, and one at its end.
    """
    if interval_s is not None:
        yield _RegularLines(interval_s)
        return
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield ProgressLines()
        return
    bars = _ProgressBars()
    try:
        yield bars
    finally:
        bars.stop()


class ProgressLines:
    """Writes a line for every tenth of a stage (at most every 2 s), and after 10 s in any case."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._shown: dict[str, tuple[float, int]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        shown_at, done_then = self._shown.get(stage, (self._started, 0))
        silence = now - shown_at
        much = done - done_then >= MUCH * total
        if silence >= (LINE_INTERVAL_S if much else LONGEST_SILENCE_S):
            self._shown[stage] = now, done
            say(_line(stage, done, total))

    def show_line(self, line: str) -> None:
        say(line)


class _RegularLines:
    """Writes a line for each stage once per interval, and one at its end."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._shown: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - self._shown.get(stage, -math.inf) >= self._interval_s:
            self._shown[stage] = now
            say(_line(stage, done, total))

    def show_line(self, line: str) -> None:
        say(line)


class _ProgressBars:
    """Draws a bar for each stage, below the permanent lines."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._drawn: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage not in self._tasks:
            self._bars.start()  # only now, so that a build without work shows no bars
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        elif done < total and now - self._drawn[stage] < BAR_INTERVAL_S:
            return
        self._drawn[stage] = now
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def show_line(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def stop(self) -> None:
        self._bars.stop()


def _line(stage: str, done: int, total: int) -> str:
    return f"{stage}: {done:,} of {total:,} ({done / max(total, 1):.0%})"
