"""The parent's end: a process with limits, begun again when it ends.

Each process that prepares files has a child of its own, and waits while the child reads. So there
is no pool to share, files still come in their order, and reading overlaps with all that other
processes do. A child lives on from file to file, because starting one takes ten times as long as
reading a file. When it dies or is too slow, that costs one file: the one that it was reading.
"""

import atexit
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import IO, NamedTuple, TypeVar

from indexer.documents import SkipReason
from indexer.reading.extraction.child.answers import (
    OUT_OF_MEMORY,
    Answer,
    Members,
    MembersRequest,
    PageRequest,
    Request,
    WrongAnswer,
    encode_members_request,
    encode_page_request,
    encode_request,
    read_answer,
    read_image,
    read_members,
)
from indexer.reading.extraction.pieces import NotExtracted

__all__ = ["READING", "ChildLimits", "ReadingProcess"]

# With -P, Python does not look for modules in the current folder; with -B, it writes none.
_BOOTSTRAP = (
    "import sys; sys.path[:] = {path!r}; "
    "from indexer.reading.extraction.child.serving import serve; serve({memory}, {seconds})"
)
_Answer = TypeVar("_Answer")
_Receive = Callable[[int], bytes]
_BUFFER_BYTES = 1 << 20
_SECONDS_TO_END = 10


class ChildLimits(NamedTuple):
    """What a child may use: memory in bytes, and seconds of a processor and of time for a file."""

    memory: int = 2 << 30
    cpu_seconds: int = 60
    seconds: float = 300


class _Ended(Exception):
    """The child has ended."""


class _OutOfMemory(NotExtracted):
    """The child had no memory left for the file."""


class _TooSlow(Exception):
    """The child has not answered in time."""


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    requests: IO[bytes]
    answers: IO[bytes]
    files: int = 0  # that it has read


class ReadingProcess:
    """Reads files in a child, one at a time. Threads take turns."""

    def __init__(self, limits: ChildLimits | None = None) -> None:
        self._limits = limits or ChildLimits()
        self._child: _Child | None = None
        self._lock = Lock()

    def read(self, request: Request) -> Answer:
        """Return what the reader of the format makes of the file. Raises NotExtracted."""
        return self._ask(encode_request(request), read_answer)

    def members(self, request: MembersRequest) -> Members:
        """Return the files inside a file. Raises NotExtracted."""
        return self._ask(
            encode_members_request(request), lambda receive: read_members(receive, request.path)
        )

    def draw(self, request: PageRequest) -> bytes:
        """Return a page of a PDF as a PNG. Raises NotExtracted."""
        return self._ask(encode_page_request(request), read_image)

    def close(self) -> None:
        """End the child, if there is one."""
        with self._lock:
            self._end()

    def _ask(self, message: bytes, read: Callable[[_Receive], _Answer]) -> _Answer:
        with self._lock:
            is_first = self._child is None or not self._child.files
            try:
                return self._ask_once(message, read)
            except _OutOfMemory:
                if is_first:
                    raise
            # Perhaps the files before it have left too little memory.
            return self._ask_once(message, read)

    def _ask_once(self, message: bytes, read: Callable[[_Receive], _Answer]) -> _Answer:
        child = self._child = self._child or self._begin()
        deadline = time.monotonic() + self._limits.seconds
        try:
            _send(child.requests, message, deadline)
            answer = read(lambda length: _receive(child.answers, length, deadline))
        except NotExtracted:
            raise
        except _TooSlow:
            self._end()
            detail = f"it took more than {self._limits.seconds:,.0f} seconds"
            raise NotExtracted(SkipReason.TOO_COSTLY, detail) from None
        except _Ended:
            raise self._cause_of_death(child) from None
        except WrongAnswer:
            self._end()
            raise NotExtracted(SkipReason.DAMAGED, "its reader gave a wrong answer") from None
        except BaseException:
            self._end()
            raise
        finally:
            child.files += 1
        return answer

    def _begin(self) -> _Child:
        memory, seconds, _ = self._limits
        program = _BOOTSTRAP.format(path=sys.path, memory=memory, seconds=seconds)
        process = subprocess.Popen(
            [sys.executable, "-PB", "-c", program],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Threads of numerical libraries would take up much of its memory.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            # Ctrl-C is meant for the parent only.
            process_group=0,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        os.set_blocking(process.stdin.fileno(), False)
        return _Child(process, process.stdin, process.stdout)

    def _cause_of_death(self, child: _Child) -> NotExtracted:
        """Return why the child, which has closed its output, has no answer."""
        try:
            status = child.process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            status = 0
        self._end()
        if status == -signal.SIGXCPU:
            detail = f"it took more than {self._limits.cpu_seconds} seconds of a processor"
            return NotExtracted(SkipReason.TOO_COSTLY, detail)
        if status == OUT_OF_MEMORY:
            return _OutOfMemory(SkipReason.TOO_COSTLY, "it needs too much memory")
        return NotExtracted(SkipReason.DAMAGED, "its reader crashed")

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.process.kill()
        child.process.wait()
        for pipe in (child.requests, child.answers):
            with suppress(OSError):
                pipe.close()


def _send(pipe: IO[bytes], message: bytes, deadline: float) -> None:
    left = memoryview(message)
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_WRITE)
        while left:
            if not selector.select(max(deadline - time.monotonic(), 0)):
                raise _TooSlow
            try:
                left = left[os.write(pipe.fileno(), left) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise _Ended from None


def _receive(pipe: IO[bytes], length: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while length:
            if not selector.select(max(deadline - time.monotonic(), 0)):
                raise _TooSlow
            part = os.read(pipe.fileno(), min(length, _BUFFER_BYTES))
            if not part:
                raise _Ended
            parts.append(part)
            length -= len(part)
    return b"".join(parts)


READING = ReadingProcess()
"""The child of this process, which begins with the first file that needs one."""

atexit.register(READING.close)
