"""The stage of a build, inferred from the files on disk, and killing a build in a chosen stage."""

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

from indexer.index.folder import IndexFolder
from indexer.index.generation import GenerationFolder

__all__ = ["Before", "Ending", "Lengths", "Stage", "run_build"]

POLL_S = 0.000_2
# A build that hangs is an error, too.
LIMIT_S = 300.0
# The assumed length of a stage that has not been seen yet.
GUESSED_S = 0.05


class Stage(IntEnum):
    """The stages of a build, in order."""

    STARTING = 0
    """Its generation has no folder yet."""
    BUILDING = 1
    """The folder exists, without a manifest."""
    PUBLISHING = 2
    """The manifest exists, and CURRENT names the previous generation."""
    PRUNING = 3
    """CURRENT names the new generation, and unneeded ones still exist."""
    ENDING = 4
    """Nothing is left to delete."""


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
        """Return the stage of a build that began in this state."""
        if index.current_id() != self.current:
            pruned = not self.published <= set(index.published())
            # The previous generation is kept along with the new one.
            return Stage.ENDING if pruned or len(self.published) < 2 else Stage.PRUNING
        if not set(index.published()) <= self.published:
            return Stage.PUBLISHING
        return Stage.BUILDING if index.next_number() > self.next_number else Stage.STARTING


@dataclass(slots=True)
class Lengths:
    """The seconds that each stage took when it last ran to its end."""

    seconds: dict[Stage, float] = field(default_factory=dict)

    def draw(self, stage: Stage, drawn: random.Random) -> float:
        """Return a random moment of the stage, in seconds from its beginning."""
        return drawn.uniform(0, self.seconds.get(stage, GUESSED_S))

    def learn(self, began: dict[Stage, float], ended: float) -> None:
        """Record the lengths of a finished build's stages, if it published anything."""
        if max(began) < Stage.PRUNING:
            return
        ends = [*list(began.values())[1:], ended]
        for (stage, start), end in zip(began.items(), ends, strict=True):
            self.seconds[stage] = end - start


@dataclass(frozen=True, slots=True)
class Ending:
    """How a build ended; `stage` is the one in which it was killed, or None if it was not."""

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
    """Run the command; kill its process group at a moment of the target stage, if there is one.

    If that stage is over before it is noticed, a moment of the next one is taken.
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
