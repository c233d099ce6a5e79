"""How far a build has come, told from what lies on disk, and killing it at a moment of a stage."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from indexer.index.generation import GenerationFolder, IndexFolder

__all__ = ["Before", "Ending", "Lengths", "Stage", "run_build"]

POLL_S = 0.000_2
# A build that hangs is an error, too.
LIMIT_S = 300.0
# Before a stage was ever seen, its length is guessed.
GUESSED_S = 0.05


class Stage(IntEnum):
    """What a build was doing last. In their order."""

    STARTING = 0
    """There is no folder for its generation yet."""
    BUILDING = 1
    """There is one, without a manifest."""
    PUBLISHING = 2
    """The manifest is there, and CURRENT names the generation before."""
    PRUNING = 3
    """CURRENT names it, and what nobody needs any more is there."""
    ENDING = 4
    """Nothing is left to be deleted."""


@dataclass(frozen=True, slots=True)
class Before:
    """An index as it was when a build began."""

    current: str | None
    published: frozenset[GenerationFolder]
    next_number: int

    @classmethod
    def of(cls, index: IndexFolder) -> "Before":
        return cls(index.current_id(), frozenset(index.published()), index.next_number())

    def stage(self, index: IndexFolder) -> Stage:
        """Return how far a build has come that began then."""
        if index.current_id() != self.current:
            pruned = not self.published <= set(index.published())
            # The newest stays beside the new one.
            return Stage.ENDING if pruned or len(self.published) < 2 else Stage.PRUNING
        if not set(index.published()) <= self.published:
            return Stage.PUBLISHING
        return Stage.BUILDING if index.next_number() > self.next_number else Stage.STARTING


@dataclass(slots=True)
class Lengths:
    """The seconds that each stage took when it was last seen whole."""

    seconds: dict[Stage, float] = field(default_factory=dict)

    def draw(self, stage: Stage, drawn: random.Random) -> float:
        """Return a moment of the stage, in seconds from when it began."""
        return drawn.uniform(0, self.seconds.get(stage, GUESSED_S))

    def learn(self, began: dict[Stage, float], ended: float) -> None:
        """Take what a build took that came to its end, if it published anything."""
        if max(began) < Stage.PRUNING:
            return
        ends = [*list(began.values())[1:], ended]
        for (stage, start), end in zip(began.items(), ends, strict=True):
            self.seconds[stage] = end - start


@dataclass(frozen=True, slots=True)
class Ending:
    """How a build ended; `stage` is that in which it was killed, None where it was not."""

    stage: Stage | None
    exit_code: int
    output: str
    errors: str


def run_build(
    command: Sequence[str | Path],
    index: IndexFolder,
    lengths: Lengths,
    target: Stage | None,
    drawn: random.Random,
    temporary: Path,
) -> Ending:
    """Run the command; kill its process group at a moment of the stage, unless that is None.

    Of a stage that is over sooner than it is seen, a moment of the next one is taken.
    """
    before = Before.of(index)
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    began: dict[Stage, float] = {}
    kill_at = None
    while process.poll() is None:
        now = time.perf_counter()
        stage = before.stage(index)
        began.setdefault(stage, now)
        if kill_at is None and target is not None and stage >= target:
            kill_at = now + lengths.draw(stage, drawn)
        if (kill_at is not None and now >= kill_at) or now > began[min(began)] + LIMIT_S:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(POLL_S)
    ended = time.perf_counter()
    output, errors = process.communicate()
    killed = process.returncode == -signal.SIGKILL
    if not killed:
        lengths.learn(began, ended)
    return Ending(before.stage(index) if killed else None, process.returncode, output, errors)
