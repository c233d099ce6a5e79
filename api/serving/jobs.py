"""Jobs: builds of the index in child processes, one at a time, with their progress.

The server itself never writes an index. The child's standard error becomes the job's progress, and
its standard output the job's report. Both streams are always read to the end, so that the child
never blocks, but only a little of them is kept.
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
# Much more than a line, which is a path with a problem, or a report, which lists few files, needs.
MAX_LINE_BYTES = 64 * 1_024
MAX_OUTPUT_BYTES = 4 * 1_024 * 1_024
MAX_MESSAGE_CHARS = 2_000
# A build that is asked to end takes much less than this.
STOP_TIMEOUT_S = 5.0
# The last output of a process can be read as soon as it has ended.
LAST_WORDS_S = 1.0
# The child, and every process it starts, yields to searches.
NICENESS = 5


class Jobs:
    """The jobs of one server. Safe to share between threads."""

    def __init__(self, settings: ServerSettings, searchers: Searchers) -> None:
        self._settings = settings
        self._searchers = searchers
        self._runs: dict[str, _Run] = {}
        self._starting = threading.Lock()

    def folder(self) -> Path:
        """Return the folder to index. Raises InvalidSetting if none is known."""
        if self._settings.folder is not None:
            return self._settings.folder.absolute()
        try:
            return self._searchers.current().snapshot.folder
        except IndexUnusable as error:
            raise InvalidSetting(
                "the folder to index is unknown: SPANLIGHT_FOLDER is not set, and no index can be "
                f"opened ({error}); set SPANLIGHT_FOLDER and start the server again"
            ) from error

    def start(self, *, full: bool = False, verify: bool = False) -> Job:
        """Start a build of the index and return its job.

        Raises JobRunning if a job is running, InvalidSetting if no folder is known, and
        StorageError if the process cannot be started.
        """
        command = self._command(full=full, verify=verify)
        with self._starting:
            running = self._running()
            if running is not None:
                raise JobRunning(
                    f"job {running.id} is already building the index; wait until it is done",
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
                f"there is no job {job_id!r}; a server remembers its last {KEPT_JOBS} jobs until "
                "it stops"
            )
        return run.job()

    def recent(self) -> list[Job]:
        """Return the remembered jobs, the newest first."""
        return [run.job() for run in reversed(list(self._runs.values()))]

    def stop(self) -> None:
        """End the running job, if any; the index does not change."""
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
    """How a job ended; `seconds` is its duration."""

    state: JobState
    ended: datetime
    seconds: float
    report: JobReport | None
    error: JobError | None


class _Run:
    """One run of the command: its process, progress and outcome."""

    def __init__(self, command: Sequence[str]) -> None:
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
        """Ask the process to end, and kill it if it does not."""
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
