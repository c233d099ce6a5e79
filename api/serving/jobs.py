"""Jobs: runs of scripts/reindex.py as child processes, one at a time, and how far each is.

The server itself writes no index. What the child says on standard error becomes the job's progress,
what it prints becomes the job's report. Both are read to their end whether anyone asks or not, so
the child never waits for a reader, and only a little of them is kept.
"""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from pydantic import ValidationError

from api.contract.errors import JobNotFound, JobRunning
from api.contract.jobs import Job, JobError, JobReport, JobState
from api.contract.limits import MAX_LISTED_SKIPPED
from api.serving.reload import Searchers
from api.settings import ServerSettings
from indexer.command.reindex_process import REINDEX, reindex_environment
from indexer.errors import IndexUnusable, InvalidSetting, StorageError

__all__ = ["Jobs"]

# As often as a page can show it.
PROGRESS_INTERVAL_S = 0.2
PROGRESS = re.compile(r"(?P<stage>\w+(?: \w+)*): (?P<done>[\d,]+) of (?P<total>[\d,]+) \(\d+%\)")
KEPT_JOBS = 20
# A line is a path and what is wrong with it; a report lists few files: far more than either has.
MAX_LINE_BYTES = 64 * 1_024
MAX_OUTPUT_BYTES = 4 * 1_024 * 1_024
MAX_MESSAGE_CHARS = 2_000
# What a build does when it is asked to end takes less than this by far.
STOP_TIMEOUT_S = 5.0
# What a process wrote before it ended is there at once.
LAST_WORDS_S = 1.0
# Searches go before: the child and all that it starts give way to them.
NICENESS = 5


class Jobs:
    """The jobs of one server, started and looked at by any thread."""

    def __init__(self, settings: ServerSettings, searchers: Searchers) -> None:
        self._settings = settings
        self._searchers = searchers
        self._runs: dict[str, _Run] = {}
        self._starting = threading.Lock()

    def folder(self) -> Path:
        """Return the folder that is indexed. Raises InvalidSetting where none is known."""
        if self._settings.folder is not None:
            return self._settings.folder.absolute()
        try:
            return self._searchers.current().snapshot.folder
        except IndexUnusable as error:
            raise InvalidSetting(
                "SPANLIGHT_FOLDER is not set, and there is no index that names its folder "
                "({error}); set SPANLIGHT_FOLDER to the folder to index and start the server "
                "again"
            ) from error

    def start(self, *, full: bool = False, verify: bool = False) -> Job:
        """Start to bring the index up to the folder.

        Raises JobRunning where that is being done, InvalidSetting where no folder is known, and
        StorageError where no process can be started.
        """
        command = self._command(full=full, verify=verify)
        with self._starting:
            running = self._running()
            if running is not None:
                raise JobRunning(
                    f"job {running.id} is already building the index; follow it, or wait until it "
                    f"is done",
                    job_id=running.id,
                )
            for job_id in list(self._runs)[: 1 - KEPT_JOBS]:
                del self._runs[job_id]
            run = _Run(command)
            self._runs[run.id] = run
        return run.job()

    def job(self, job_id: str) -> Job:
        """Return the job as it is now. Raises JobNotFound."""
        run = self._runs.get(job_id)
        if run is None:
            raise JobNotFound(
                f"there is no job {job_id!r}; a server knows its last {KEPT_JOBS} jobs until it "
                "ends"
            )
        return run.job()

    def recent(self) -> list[Job]:
        """Return the jobs that are known, the newest first."""
        return [run.job() for run in reversed(list(self._runs.values()))]

    def stop(self) -> None:
        """End the job that runs, if one does; the index stays as it is."""
        with self._starting:
            running = self._running()
            if running is not None:
                running.stop()

    def _running(self) -> "_Run | None":
        return next((run for run in self._runs.values() if not run.done), None)

    def _command(self, *, full: bool, verify: bool) -> list[str]:
        # Absolute paths never look like options.
        command = [sys.executable, *REINDEX, str(self.folder())]
        command += ["--index", str(self._settings.index.absolute()), "--json"]
        command += ["--progress-interval", str(PROGRESS_INTERVAL_S)]
        command += ["--max-skipped", str(MAX_LISTED_SKIPPED)]
        if full:
            command.append("--full")
        if verify:
            command.append("--verify")
        return command


class _Progress(NamedTuple):
    stage: str
    done: int
    total: int


class _Outcome(NamedTuple):
    """How a job ended. `seconds` is how long it took."""

    state: JobState
    ended: datetime
    seconds: float
    report: JobReport | None
    error: JobError | None


class _Run:
    """One run of the command: its process and what is known of it."""

    def __init__(self, command: Sequence[str]) -> None:
        self.id = secrets.token_hex(8)
        self._progress: _Progress | None = None
        self._last_line = ""
        self._output = b""
        self._outcome: _Outcome | None = None
        # A process that was waited for may have left its number to another one.
        self._reaping = threading.Lock()
        self._reaped = False
        self._stopped = False
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._process = _start(command)
        self._attending = threading.Thread(target=self._attend, name="job", daemon=True)
        self._attending.start()

    @property
    def done(self) -> bool:
        return self._outcome is not None

    def job(self) -> Job:
        outcome, progress = self._outcome, self._progress
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
        """Ask the process to end, and end it where it does not."""
        self._stopped = True
        self._signal(signal.SIGTERM)
        self._attending.join(STOP_TIMEOUT_S)
        self._signal(signal.SIGKILL)
        self._attending.join()

    def _signal(self, number: signal.Signals) -> None:
        with self._reaping:
            if not self._reaped:
                os.kill(self._process.pid, number)

    def _attend(self) -> None:
        readers = [
            threading.Thread(target=read, args=[stream], name="job output", daemon=True)
            for read, stream in [
                (self._read_progress, self._process.stderr),
                (self._read_output, self._process.stdout),
            ]
        ]
        for reader in readers:
            reader.start()
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._reaping:
            self._reaped = True
            status = self._process.wait()
        for reader in readers:
            # A process that the child started may hold the streams open a little longer.
            reader.join(LAST_WORDS_S)
        self._outcome = self._ending(status)

    def _read_progress(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(MAX_LINE_BYTES):
                text = line.decode("utf-8", "replace").strip()
                if found := PROGRESS.fullmatch(text):
                    done, total = (int(found[name].replace(",", "")) for name in ("done", "total"))
                    self._progress = _Progress(found["stage"], done, total)
                elif text:
                    self._last_line = text

    def _read_output(self, stream: IO[bytes]) -> None:
        with stream:
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
    """Start a process that has nothing of the server but its environment. Raises StorageError.

    In a session of its own it gets no Ctrl-C that is meant for the server.
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
    """Return what the command printed, as a report or an error; neither where it is neither."""
    try:
        answer: dict[str, Any] = json.loads(output)
        if "error" in answer:
            return None, JobError.model_validate(answer["error"])
        return JobReport.model_validate(answer), None
    except (ValueError, TypeError, RecursionError, ValidationError):
        return None, None


def _silent_ending(status: int, last_line: str, *, stopped: bool) -> JobError:
    """Return the error of a command that ended without saying how."""
    if stopped:
        return JobError(
            code="stopped", message="stopped together with the server; the index is unchanged"
        )
    if status < 0:
        ending = f"signal {-status}" + (", perhaps because memory ran out" if status == -9 else "")
        message = f"reindex.py was ended by {ending}; the index is unchanged"
    else:
        said = f": {last_line}" if last_line else ""
        message = f"reindex.py ended with status {status}{said}"
    return JobError(code="reindex_failed", message=message[:MAX_MESSAGE_CHARS])
