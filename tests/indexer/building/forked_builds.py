"""Builds in separate processes, which can be killed or run out of space.

Run as a program, it reads one request per line and forks a child for each: importing takes seconds,
forking nothing.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from indexer.building import embedding_queue, publisher
from indexer.index.folder import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import build

__all__ = ["ROUND_TEXTS", "ForkedBuilds", "Outcome", "Request", "forked_builds"]

ROOT = Path(__file__).parents[3]
# A small number, so that a small build commits embeddings several times.
ROUND_TEXTS = 4
EVENTS = ("open", "os.", "shutil.", "sqlite3.", "fcntl.")


@dataclass(frozen=True, slots=True)
class Request:
    """A build with hashed embeddings, logged to `log`.

    With `words_first` it publishes what it has read, and then vectors after every other round.
    It kills itself with SIGKILL at the audit event (PEP 578) of this number among those that have
    to do with files, is killed after a time, or cannot write a file beyond a limit.
    """

    folder: str
    index: str
    log: str
    full: bool = False
    words_first: bool = False
    at_event: int | None = None
    after_s: float | None = None
    file_limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a build ended: by a signal, with an exception, or well."""

    signal: int | None
    seconds: float
    events: int = 0
    error: str | None = None
    message: str = ""

    @property
    def killed(self) -> bool:
        return self.signal == signal.SIGKILL


class ForkedBuilds:
    """The client of the forking process."""

    def __init__(self, server: "subprocess.Popen[str]") -> None:
        self._server = server

    def run(self, request: Request) -> Outcome:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(asdict(request)) + "\n")
        self._server.stdin.flush()
        return Outcome(**json.loads(self._server.stdout.readline()))


@contextmanager
def forked_builds() -> Iterator[ForkedBuilds]:
    command = [sys.executable, "-m", "tests.indexer.building.forked_builds"]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        yield ForkedBuilds(server)
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
        _run(request, writing)
    os.close(writing)
    if request.after_s is not None:
        time.sleep(request.after_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - started
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    if os.WIFSIGNALED(status):
        return Outcome(os.WTERMSIG(status), seconds)
    return Outcome(None, seconds, **json.loads(told))


def _run(request: Request, writing: int) -> None:
    """Build in the child, report how it ended, and never return."""
    try:
        events = _count_events(request.at_event)
        error, message = _build(request)
        if request.file_limit_bytes is not None:
            _limit_files(resource.RLIM_INFINITY)
        told = {"events": len(events), "error": error, "message": message}
        os.write(writing, json.dumps(told).encode())
    finally:
        os._exit(0)


def _build(request: Request) -> tuple[str | None, str]:
    """Return the name and the text of an error of any kind."""
    embedder = HashedEmbedder(log=Path(request.log))
    if request.words_first:
        publisher.MANY_TEXTS, publisher.INTERVAL_S = 0, 0.0
    if request.file_limit_bytes is not None:
        _limit_files(request.file_limit_bytes)
    try:
        build(Path(request.folder), IndexFolder(Path(request.index)), embedder, full=request.full)
    except BaseException as error:
        return type(error).__name__, str(error)
    return None, ""


def _limit_files(size_bytes: int) -> None:
    # Python ignores SIGXFSZ, so writing more fails with EFBIG.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))


def _count_events(last: int | None) -> list[str]:
    """Return a list that fills with the events, the last of which ends this process."""
    events: list[str] = []
    counting = threading.RLock()  # the kill is also an event

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
