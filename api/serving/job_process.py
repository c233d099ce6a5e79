"""One job: the command that builds, as a child process, with its progress and its outcome.

The child's standard error becomes the job's progress, and its standard output the job's report.
Both streams are always read to the end, so that the child never blocks, but only a little of them
is kept.
"""

import json
import os
import re
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from pydantic import ValidationError

from api.contract.jobs import Job, JobError, JobReport, JobState
from indexer.command.reindex_process import reindex_environment
from indexer.errors import StorageError

__all__ = ["JobProcess"]

PROGRESS = re.compile(r"(?P<stage>\w+(?: \w+)*): (?P<done>[\d,]+) of (?P<total>[\d,]+) \(\d+%\)")
# Much more than a line, which is a path with a problem, or a report, which lists few files, needs.
MAX_LINE_BYTES = 64 * 1_024
MAX_OUTPUT_BYTES = 4 * 1_024 * 1_024
MAX_MESSAGE_CHARS = 2_000
# A build that is asked to end takes much less than this.
STOP_TIMEOUT_S = 5.0
# The last output of a process can be read as soon as it has ended.
LAST_WORDS_S = 1.0
# A job that is still alive is noted this often, even if it has nothing to tell.
ALIVE_INTERVAL_S = 1.0
# The child, and every process it starts, yields to searches.
NICENESS = 5


class _Progress(NamedTuple):
    stage: str
    done: int
    total: int


class _Outcome(NamedTuple):
    """How a job ended; `seconds` is its duration."""

    state: JobState
    ended: datetime
    seconds: float
    report: JobReport | None
    error: JobError | None


class JobProcess:
    """A job that runs, or has run, in a process of its own. Safe to share between threads."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start the command. Raises StorageError if that is impossible."""
        self.id = secrets.token_hex(8)
        self._progress: _Progress | None = None
        self._last_line = ""
        self._output = b""
        self._outcome: _Outcome | None = None
        # Once a process has been waited for, another process may get its id.
        self._reaping = threading.Lock()
        self._reaped = False
        self._stopped = False
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._reporting = threading.Lock()
        self._over = threading.Event()
        self._process = _start(command)
        self._attending: threading.Thread | None = None

    def attend(self, *, progressed: Callable[[Job], None], ended: Callable[[Job], None]) -> None:
        """Follow the process to its end, in other threads.

        `progressed` is called with the job whenever it has got on, and every ALIVE_INTERVAL_S.
        After that `ended` is called once, before anybody else learns that the job has ended.
        """
        self._attending = threading.Thread(
            target=self._attend, args=[progressed, ended], name="job", daemon=True
        )
        self._attending.start()

    @property
    def done(self) -> bool:
        """Whether the job has ended."""
        return self._outcome is not None

    def job(self) -> Job:
        """Return the job as it is now."""
        return self._job(self._outcome)

    def _job(self, outcome: _Outcome | None) -> Job:
        progress = self._progress
        if outcome is None:
            seconds = time.monotonic() - self._clock
            outcome = _Outcome(JobState.RUNNING, self._started, seconds, None, None)
        return Job(
            id=self.id,
            state=outcome.state,
            started=self._started,
            ended=None if outcome.state is JobState.RUNNING else outcome.ended,
            seconds=round(outcome.seconds, 3),
            stage=progress.stage if progress else None,
            done=progress.done if progress else None,
            total=progress.total if progress else None,
            report=outcome.report,
            error=outcome.error,
        )

    def stop(self) -> None:
        """Ask the process to end, and kill it if it does not."""
        assert self._attending is not None
        self._stopped = True
        self._signal(signal.SIGTERM)
        self._attending.join(STOP_TIMEOUT_S)
        self._signal(signal.SIGKILL)
        self._attending.join()

    def _signal(self, number: signal.Signals) -> None:
        with self._reaping:
            if not self._reaped:
                os.kill(self._process.pid, number)

    def _attend(self, progressed: Callable[[Job], None], ended: Callable[[Job], None]) -> None:
        readers = [
            threading.Thread(target=read, name="job output", daemon=True)
            for read in (partial(self._read_progress, progressed), self._read_output)
        ]
        for reader in readers:
            reader.start()
        threading.Thread(
            target=self._note_alive, args=[progressed], name="job alive", daemon=True
        ).start()
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._reaping:
            self._reaped = True
            status = self._process.wait()
        for reader in readers:
            # A process that the child started may hold the streams open a little longer.
            reader.join(LAST_WORDS_S)
        with self._reporting:
            self._over.set()
        outcome = self._ending(status)
        ended(self._job(outcome))
        self._outcome = outcome

    def _read_progress(self, progressed: Callable[[Job], None]) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            while line := stream.readline(MAX_LINE_BYTES):
                text = line.decode("utf-8", "replace").strip()
                if found := PROGRESS.fullmatch(text):
                    done, total = (int(found[name].replace(",", "")) for name in ("done", "total"))
                    self._progress = _Progress(found["stage"], done, total)
                    self._tell(progressed)
                elif text:
                    self._last_line = text

    def _note_alive(self, progressed: Callable[[Job], None]) -> None:
        while not self._over.wait(ALIVE_INTERVAL_S):
            self._tell(progressed)

    def _tell(self, progressed: Callable[[Job], None]) -> None:
        with self._reporting:
            if not self._over.is_set():
                progressed(self.job())

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            self._output = stream.read(MAX_OUTPUT_BYTES)
            while stream.read(MAX_LINE_BYTES):
                pass

    def _ending(self, status: int) -> _Outcome:
        seconds = time.monotonic() - self._clock
        report, error = _read_answer(self._output)
        state = JobState.SUCCEEDED
        if status != 0 or report is None:
            report, state = None, JobState.FAILED
            if error is None:
                error = _silent_ending(status, self._last_line, stopped=self._stopped)
            if error.code == "stopped":
                state = JobState.STOPPED
        return _Outcome(state, datetime.now(UTC), seconds, report, error)


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start a process that shares only its environment with the server. Raises StorageError.

    It gets its own session, so that a Ctrl-C for the server does not reach it.
    """
    try:
        process = subprocess.Popen(
            command,
            env=reindex_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            close_fds=True,
            start_new_session=True,
        )
    except OSError as error:
        raise StorageError(f"cannot start {command[0]} ({error.strerror or error})") from error
    with suppress(OSError):
        niceness = os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
        os.setpriority(os.PRIO_PROCESS, process.pid, niceness)
    return process


def _read_answer(output: bytes) -> tuple[JobReport | None, JobError | None]:
    """Return the report or the error that the command printed; None for each that is missing."""
    try:
        answer: dict[str, Any] = json.loads(output)
        if "error" in answer:
            return None, JobError.model_validate(answer["error"])
        return JobReport.model_validate(answer), None
    except (ValueError, TypeError, RecursionError, ValidationError):
        return None, None


def _silent_ending(status: int, last_line: str, *, stopped: bool) -> JobError:
    """Return the error of a command that ended without printing one."""
    if stopped:
        return JobError(
            code="stopped", message="the job was stopped with the server; the index is unchanged"
        )
    if status < 0:
        ending = f"signal {-status}" + (", perhaps because memory ran out" if status == -9 else "")
        message = f"reindex.py was ended by {ending}; the index is unchanged"
    else:
        said = f": {last_line}" if last_line else ""
        message = f"reindex.py ended with status {status}{said}"
    return JobError(code="reindex_failed", message=message[:MAX_MESSAGE_CHARS])
