"""How far a build is: bars on a terminal, a line now and then elsewhere. On standard error."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from indexer.build import Progress
from scripts.reindexing.console import say

__all__ = ["ProgressLines", "showing_progress"]

# A bar is not drawn more often than the eye sees.
BAR_INTERVAL_S = 0.05
# A line is written after so long, if there is much to tell, and after so long in any case.
LINE_INTERVAL_S = 2.0
LONGEST_SILENCE_S = 10.0
MUCH = 0.1


@contextmanager
def showing_progress() -> Iterator[Progress]:
    """Yield what is called with the stage, how far it is, and how far it goes."""
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield ProgressLines()
    else:
        with _bars() as progress:
            yield progress


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
            say(f"{stage}: {done:,} of {total:,} ({done / max(total, 1):.0%})")


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks = {}
    drawn: dict[str, float] = {}

    def draw(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage not in tasks:
            bars.start()  # a build of nothing shows no bars
            tasks[stage] = bars.add_task(stage, total=total)
        elif done < total and now - drawn[stage] < BAR_INTERVAL_S:
            return
        drawn[stage] = now
        bars.update(tasks[stage], completed=done, total=total)

    try:
        yield draw
    finally:
        bars.stop()
