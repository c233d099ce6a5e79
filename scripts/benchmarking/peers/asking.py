"""An engine's process: started, asked, stopped."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from indexer.errors import SpanlightError
from scripts.benchmarking.peers.engines.known import Engine
from scripts.benchmarking.serving.server import LIMIT, ROOT

__all__ = [
    "Asked",
    "AskedEngine",
    "EngineFailed",
    "engine_command",
    "first_answer",
    "last_words",
    "running",
]

# The end of a traceback says what went wrong.
SHOWN_LINES = 3


class EngineFailed(SpanlightError):
    """The process of another engine ended or failed."""

    code = "engine_failed"


class Asked(NamedTuple):
    """The milliseconds of each query, and the files that it found, best first."""

    milliseconds: list[float]
    paths: list[list[str]]


@dataclass(frozen=True, slots=True)
class AskedEngine:
    """An engine that answers in its own process."""

    engine: Engine
    process: "subprocess.Popen[str]"
    log: IO[bytes]

    def ask(self, queries: Sequence[str], mode: str, limit: int = LIMIT) -> Asked:
        """Return the answers to the queries, sent one after the other."""
        question = {"mode": mode, "queries": list(queries), "limit": limit}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # its last messages are read below
        line = self.process.stdout.readline()
        if not line:
            raise EngineFailed(f"{self.engine.name} failed: {last_words(self.log)}")
        answer: dict[str, Any] = json.loads(line)
        return Asked(answer["milliseconds"], answer["paths"])


def engine_command(engine: Engine, index: Path, model: Path, *task: str) -> list[str]:
    """Return the command of the engine's process."""
    module = "scripts.benchmarking.peers.asked"
    return [sys.executable, "-m", module, engine.name, str(index), str(model), *task]


@contextmanager
def running(engine: Engine, index: Path, model: Path) -> Iterator[AskedEngine]:
    """Start the engine's process, and stop it when the block ends."""
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            engine_command(engine, index, model, "answer"),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield AskedEngine(engine, process, log)
        finally:
            process.kill()


def first_answer(engine: Engine, index: Path, model: Path, query: str, mode: str) -> float:
    """Return the seconds from starting a process to the answer of its first query."""
    began = time.perf_counter()
    with running(engine, index, model) as asked:
        asked.ask([query], mode)
        return time.perf_counter() - began


def last_words(log: IO[bytes]) -> str:
    """Return the last lines of a process's output."""
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-SHOWN_LINES:]) or "it printed nothing"
