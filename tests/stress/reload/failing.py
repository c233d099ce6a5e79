"""A process that opens an index as a server does, and in which some files fail to open.

strace lets the system refuse the calls that open a file. It counts the calls of each thread.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Self

from indexer.index.folder import IndexFolder

__all__ = ["Failure", "Reloaded", "Worker", "can_trace", "opened_files"]

# An index is opened in much less. Then the file is not opened as many times.
OPENING_S = 1.0
# The advice for an index that is damaged.
WRONG_ADVICE = "--full"


@dataclass(frozen=True, slots=True)
class Failure:
    """The call of a thread that opens this file for the `time`th time fails with this error."""

    path: Path
    error: str
    time: int

    def __str__(self) -> str:
        return f"{self.error} at opening {self.path.name} for time {self.time}"


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a server told while it opened an index, and whether it answered in the end."""

    problems: list[str]
    answers: bool

    def errors(self) -> Iterator[str]:
        if not self.answers:
            yield f"no answer: {'; '.join(self.problems)}"
        for problem in self.problems:
            if WRONG_ADVICE in problem:
                yield f"wrong advice: {problem}"


def can_trace() -> bool:
    """Return whether strace is here and permitted."""
    if shutil.which("strace") is None:
        return False
    return not subprocess.run(
        ["strace", "-qq", "-o", os.devnull, "true"], capture_output=True, check=False
    ).returncode


def opened_files(index: IndexFolder) -> list[Path]:
    """Return every file that a server opens, sorted. SQLite makes two of them."""
    store = [index.store.with_name(index.store.name + suffix) for suffix in ("", "-wal", "-shm")]
    generation = index.current()
    of_generation = [generation.folder.path / name for name in generation.manifest.files]
    manifest = generation.folder.path / "manifest.json"
    return sorted([index.path / "CURRENT", manifest, *store, *of_generation])


class Worker:
    """The process. It opens the index anew each time it is told to."""

    def __init__(self, index: IndexFolder) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.stress.reload.worker", str(index.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.reload()

    def close(self) -> None:
        self._process.communicate()

    def reload(self, failure: Failure | None = None) -> tuple[Reloaded, int]:
        """Open the index; return what was told meanwhile, and how many calls failed."""
        failed = 0
        if failure is None:
            self._begin()
        else:
            with _Tracer(self._process.pid, failure) as tracer:
                self._begin()
                failed = tracer.failed_calls()
        line = _stream(self._process.stdout).readline()
        if not line:
            return Reloaded([f"the process ended with {self._process.wait()}"], answers=False), 0
        return Reloaded(**json.loads(line)), failed

    def _begin(self) -> None:
        print("go", file=_stream(self._process.stdin), flush=True)


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


class _Tracer:
    """Lets calls of a process fail until it is closed. Each thread's calls are counted anew."""

    def __init__(self, process: int, failure: Failure) -> None:
        injected = f"inject=openat:error={failure.error}:when={failure.time}"
        self._tracer = subprocess.Popen(
            ["strace", "-f", "-p", str(process), "-P", str(failure.path), "-e", injected],
            stderr=subprocess.PIPE,
            text=True,
        )
        self._failed: SimpleQueue[str] = SimpleQueue()
        # The first line says that it is attached.
        assert "attached" in _stream(self._tracer.stderr).readline()
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tracer.send_signal(signal.SIGINT)
        self._reading.join()
        self._tracer.communicate()

    def failed_calls(self) -> int:
        """Wait for the first failed call; return 1, or 0 if there is none."""
        try:
            self._failed.get(timeout=OPENING_S)
        except Empty:
            return 0
        return 1

    def _read(self) -> None:
        for line in _stream(self._tracer.stderr):
            if "(INJECTED)" in line:
                self._failed.put(line)
