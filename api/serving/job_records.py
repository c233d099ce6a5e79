"""Records of jobs in the index folder, which tell all servers of the index about all jobs.

INDEX/jobs/<id>.json   a job as clients see it, replaced atomically by the server that runs it
INDEX/jobs/lock        held by the server that runs a job

The kernel releases the lock when that server ends for any reason. A record that says that its job
is running is therefore true only while somebody holds the lock.
"""

import logging
import re
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from api.contract.errors import JobRunning
from api.contract.jobs import Job, JobError, JobState
from indexer.errors import IndexLocked, StorageError, UsageError
from indexer.index.disk.failures import storage_errors
from indexer.index.disk.files import (
    give_to_owner,
    make_folders,
    make_private_folder,
    replacement_of,
)
from indexer.index.disk.lock import ProcessLock
from indexer.index.folder import IndexFolder

__all__ = ["JobRecords", "running_error"]

log = logging.getLogger(__name__)

JOB_ID = re.compile("[0-9a-f]{16}")
LOST = JobError(
    code="reindex_failed",
    message="the server that ran this job ended before the job did, so nobody knows how it went; "
    "`building` of GET /v1/status says whether its build still runs",
)


class JobRecords:
    """The jobs that servers of one index have recorded.

    Where nothing can be written, nothing is recorded, and a server knows only its own jobs.
    """

    def __init__(self, index: IndexFolder, *, lost: Callable[[Job], None]) -> None:
        """`lost` is called with each job that ended with its server, by whoever notices first."""
        self._index = index
        self._tell_lost = lost
        self._folder = index.jobs
        self._lock = ProcessLock(index.jobs / "lock")
        self._complained = False

    def claim(self, *, keep: int) -> Callable[[], None]:
        """Claim the right to run the next job, and return how to give it back.

        Deletes all records but the newest `keep`. Raises JobRunning if another server runs a job,
        or another process builds the index.
        """
        with ExitStack() as held:
            try:
                self._prepare()
                held.enter_context(self._lock.acquired())
            except IndexLocked:
                raise self._running() from None
            except (UsageError, StorageError) as error:
                # A build that has the same problem reports it as the outcome of its job.
                self._complain(error)
            else:
                self._settle()
                self._prune(keep)
            if (writer := self._index.writer()) is not None:
                raise JobRunning(f"{writer} is already building the index; wait until it is done")
            return held.pop_all().close

    def settle(self) -> None:
        """Record the end of the jobs whose servers have ended before them."""
        if any(_is_running(_read(path)) for path in self._paths()):
            # Somebody who runs a job has settled the ones before it.
            with suppress(IndexLocked, StorageError), self._lock.acquired():
                self._settle()

    def save(self, job: Job) -> None:
        """Record the job as it is now. The caller has claimed the right to run it."""
        path = self._path(job.id)
        temporary = replacement_of(path)
        try:
            temporary.write_text(job.model_dump_json(), "utf-8")
            give_to_owner(temporary)
            temporary.replace(path)
        except OSError as error:
            self._complain(error)

    def job(self, job_id: str) -> Job | None:
        """Return the recorded job as it is now, or None."""
        return self._current(self._path(job_id)) if JOB_ID.fullmatch(job_id) else None

    def jobs(self) -> list[Job]:
        """Return all recorded jobs as they are now, the newest first."""
        found = [job for path in self._paths() if (job := self._current(path)) is not None]
        return sorted(found, key=_started, reverse=True)

    def _prepare(self) -> None:
        """Make the folder. Raises UsageError if this is no place for an index, or StorageError."""
        self._index.require_own_folder()
        with storage_errors(self._folder):
            # The job may be the first build. An index is for its owner alone.
            make_private_folder(self._index.path)
            make_folders(self._folder)

    def _running(self) -> JobRunning:
        running = next(filter(_is_running, self.jobs()), None)
        return running_error(running.id) if running is not None else running_error(None)

    def _current(self, path: Path) -> Job | None:
        """Return what is true of a recorded job now; None if there is no record."""
        job = _read(path)
        if job is None or not _is_running(job):
            return job
        if self._lock.is_held():
            seconds = (datetime.now(UTC) - job.started).total_seconds()
            return job.model_copy(update={"seconds": round(seconds, 3)})
        # The job may have ended since its record was read.
        job = _read(path)
        return _lost(job, path) if job is not None and _is_running(job) else job

    def _settle(self) -> None:
        for path in self._paths():
            job = _read(path)
            if job is not None and _is_running(job):
                lost = _lost(job, path)
                self.save(lost)
                self._tell_lost(lost)

    def _prune(self, keep: int) -> None:
        newest = sorted(
            (job for path in self._paths() if (job := _read(path)) is not None),
            key=_started,
            reverse=True,
        )
        kept = {self._path(job.id) for job in newest[:keep]}
        with suppress(OSError):
            for path in self._folder.glob("*.json*"):
                if path not in kept:
                    path.unlink(missing_ok=True)

    def _paths(self) -> list[Path]:
        return [path for path in self._folder.glob("*.json") if JOB_ID.fullmatch(path.stem)]

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.json"

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            log.warning("only this server knows its jobs, because of: %s", error)
            self._complained = True


def running_error(job_id: str | None) -> JobRunning:
    """Return the error of a job that has to wait for another one, whose id may be unknown."""
    which = f"job {job_id}" if job_id is not None else "another server"
    return JobRunning(
        f"{which} is already building the index; wait until it is done", job_id=job_id or ""
    )


def _read(path: Path) -> Job | None:
    try:
        return Job.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _is_running(job: Job | None) -> bool:
    return job is not None and job.state is JobState.RUNNING


def _lost(job: Job, path: Path) -> Job:
    """Return the job as it ended: with its server, soon after it was last recorded."""
    ended = job.started
    with suppress(OSError):
        ended = max(ended, datetime.fromtimestamp(path.stat().st_mtime, UTC))
    return job.model_copy(
        update={
            "state": JobState.FAILED,
            "ended": ended,
            "seconds": round((ended - job.started).total_seconds(), 3),
            "error": LOST,
        }
    )


def _started(job: Job) -> datetime:
    return job.started
