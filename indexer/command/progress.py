"""How far a build is: bars on a terminal, a line now and then elsewhere. On standard error."""

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

# A bar is not drawn more often than the eye sees.
BAR_INTERVAL_S = 0.05
# A line is written after so long, if there is much to tell, and after so long in any case.
LINE_INTERVAL_S = 2.0
LONGEST_SILENCE_S = 10.0
MUCH = 0.1


class ShownProgress(Protocol):
    """What a build tells, as it is shown."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far the stage is, and how far it goes."""

    def tell(self, line: str) -> None:
        """Show a line that stays."""


@contextmanager
def showing_progress(interval_s: float | None = None) -> Iterator[ShownProgress]:
    """Yield what shows the progress of a build while the context lasts.

    With an interval that is lines, for each stage at most one in so many seconds and one at its
    end.
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
    """Writes a line for a stage that takes seconds: every tenth of it, or every ten seconds."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._told: dict[str, tuple[float, int]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        told, done_then = self._told.get(stage, (self._started, 0))
        silence = now - told
        much = done - done_then >= MUCH * total
        if silence >= (LINE_INTERVAL_S if much else LONGEST_SILENCE_S):
            self._told[stage] = now, done
            say(_line(stage, done, total))

    def tell(self, line: str) -> None:
        say(line)


class _RegularLines:
    """Writes a line for each stage once in an interval, and one at its end."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._told: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - self._told.get(stage, -math.inf) >= self._interval_s:
            self._told[stage] = now
            say(_line(stage, done, total))

    def tell(self, line: str) -> None:
        say(line)


class _ProgressBars:
    """Draws a bar for each stage, below the lines that were told."""

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
            self._bars.start()  # a build of nothing shows no bars
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        elif done < total and now - self._drawn[stage] < BAR_INTERVAL_S:
            return
        self._drawn[stage] = now
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def tell(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def stop(self) -> None:
        self._bars.stop()


def _line(stage: str, done: int, total: int) -> str:
    return f"{stage}: {done:,} of {total:,} ({done / max(total, 1):.0%})"
