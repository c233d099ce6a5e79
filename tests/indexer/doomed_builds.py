"""Builds in processes that are killed at a chosen moment.

Run as a program it reads one request a line and forks a child for each: importing takes seconds,
forking nothing. A moment is the number of a Python audit event (PEP 578) that has to do with files,
at which the child kills itself with SIGKILL, or a time after which it is killed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from indexer import embedding_queue
from indexer.generation import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import build

__all__ = ["ROUND_TEXTS", "DoomedBuilds", "Outcome", "Request", "doomed_builds"]

ROOT = Path(__file__).parents[2]
# Few, so that a small build commits embeddings several times.
ROUND_TEXTS = 4
EVENTS = ("open", "os.", "shutil.", "sqlite3.", "fcntl.")


@dataclass(frozen=True, slots=True)
class Request:
    """A build with hashed embeddings, logged to `log`, and when to kill it (never, if neither)."""

    folder: str
    index: str
    log: str
    full: bool = False
    at_event: int | None = None
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the build was killed; else how many events it had and how long it took."""

    killed: bool
    events: int
    seconds: float


class DoomedBuilds:
    """The asking side."""

    def __init__(self, server: "subprocess.Popen[str]") -> None:
        self._server = server

    def run(self, request: Request) -> Outcome:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(asdict(request)) + "\n")
        self._server.stdin.flush()
        return Outcome(**json.loads(self._server.stdout.readline()))


@contextmanager
def doomed_builds() -> Iterator[DoomedBuilds]:
    command = [sys.executable, "-m", "tests.indexer.doomed_builds"]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        yield DoomedBuilds(server)
        server.communicate()


def _serve() -> None:
    embedding_queue.ROUND_TEXTS = ROUND_TEXTS
    for line in sys.stdin:
        print(json.dumps(asdict(_fork(Request(**json.loads(line))))), flush=True)


def _fork(request: Request) -> Outcome:
    reading, writing = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        _build(request, writing)
    os.close(writing)
    if request.after_s is not None:
        time.sleep(request.after_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        events = pipe.read()
    killed = os.WIFSIGNALED(status)
    assert killed or os.WEXITSTATUS(status) == 0, "the build failed by itself"
    return Outcome(killed, 0 if killed else int(events), time.perf_counter() - started)


def _build(request: Request, writing: int) -> None:
    """Build in the child, and never return."""
    code = 1
    try:
        events = _count_events(request.at_event)
        embedder = HashedEmbedder(log=Path(request.log))
        build(Path(request.folder), IndexFolder(Path(request.index)), embedder, full=request.full)
        os.write(writing, str(len(events)).encode())
        code = 0
    finally:
        os._exit(code)


def _count_events(last: int | None) -> list[str]:
    """Return a list that fills with the events, the last of which ends this process."""
    events: list[str] = []
    counting = threading.RLock()  # killing is an event too

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        del arguments
        if event.startswith(EVENTS):
            with counting:
                events.append(event)
                if len(events) == last:
                    os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return events


if __name__ == "__main__":
    _serve()
