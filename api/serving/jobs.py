"""Jobs: builds of the index in child processes, one at a time, with their progress.

The server itself never writes an index. All servers of an index know the jobs of each other, and
those from before their start.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from api.contract.errors import JobNotFound
from api.contract.jobs import Job, JobState
from api.contract.limits import MAX_LISTED_SKIPPED
from api.serving.job_process import JobProcess
from api.serving.job_records import JobRecords, running_error
from api.serving.reload import Searchers
from api.settings import ServerSettings
from api.telemetry.metrics import JOB_SECONDS, JOBS_ENDED, JOBS_STARTED
from indexer.command.reindex_process import REINDEX
from indexer.errors import IndexUnusable, InvalidSetting
from indexer.index.folder import IndexFolder

__all__ = ["Jobs"]

log = logging.getLogger(__name__)

# As often as a page can show it.
PROGRESS_INTERVAL_S = 0.2
# Other servers learn of progress a little later.
RECORD_INTERVAL_S = 1.0
KEPT_JOBS = 20
LEVELS = {JobState.FAILED: logging.ERROR}


class Jobs:
    """The jobs of one index, run by this server or by others. Safe to share between threads."""

    def __init__(self, settings: ServerSettings, searchers: Searchers) -> None:
        self._settings = settings
        self._searchers = searchers
        self._records = JobRecords(IndexFolder(settings.index), lost=_tell_end)
        self._own: dict[str, JobProcess] = {}
        self._starting = threading.Lock()

    def recover(self) -> None:
        """Note the end of the job that a server before this one may have left behind."""
        self._records.settle()

    def folder(self) -> Path:
        """Return the folder to index. Raises InvalidSetting if none is known."""
        if self._settings.folder is not None:
            return self._settings.folder.absolute()
        try:
            return self._searchers.current().snapshot.folder
        except IndexUnusable as error:
            raise InvalidSetting(
                "this server does not know which folder to index; build an index, or set "
                "SPANLIGHT_FOLDER and start the server again"
            ) from error

    def start(self, *, full: bool = False, verify: bool = False) -> Job:
        """Start a build of the index and return its job.

        Raises JobRunning if anybody is building the index, InvalidSetting if no folder is known,
        and StorageError if the process cannot be started.
        """
        command = self._command(full=full, verify=verify)
        with self._starting:
            if (running := self._running()) is not None:
                raise running_error(running.id)
            end_claim = self._records.claim(keep=KEPT_JOBS - 1)
            try:
                process = JobProcess(command)
            except BaseException:
                end_claim()
                raise
            job = process.job()
            self._records.save(job)
            JOBS_STARTED.inc()
            log.info("job started", extra={"job": job.id, "full": full, "verify": verify})
            process.attend(progressed=self._recorder(), ended=self._closer(end_claim))
            for job_id in list(self._own)[: 1 - KEPT_JOBS]:
                del self._own[job_id]
            self._own[job.id] = process
        return job

    def job(self, job_id: str) -> Job:
        """Return the job as it is now. Raises JobNotFound."""
        own = self._own.get(job_id)
        job = own.job() if own is not None else self._records.job(job_id)
        if job is None:
            raise JobNotFound(
                f"there is no job {job_id!r}; only the last {KEPT_JOBS} jobs of an index are "
                "remembered"
            )
        return job

    def recent(self) -> list[Job]:
        """Return the remembered jobs, the newest first."""
        jobs = {job.id: job for job in self._records.jobs()}
        jobs |= {own.id: own.job() for own in list(self._own.values())}
        newest = sorted(jobs.values(), key=lambda job: job.started, reverse=True)
        return newest[:KEPT_JOBS]

    def stop(self) -> None:
        """End the job that this server runs, if any; the index does not change."""
        with self._starting:
            running = self._running()
            if running is not None:
                running.stop()

    def _running(self) -> JobProcess | None:
        return next((own for own in self._own.values() if not own.done), None)

    def _recorder(self) -> Callable[[Job], None]:
        """Return what records a job that gets on, but not more often than others look."""
        recorded_s = -RECORD_INTERVAL_S

        def record(job: Job) -> None:
            nonlocal recorded_s
            if time.monotonic() - recorded_s >= RECORD_INTERVAL_S:
                recorded_s = time.monotonic()
                self._records.save(job)

        return record

    def _closer(self, end_claim: Callable[[], None]) -> Callable[[Job], None]:
        """Return what records, counts and logs the end of a job, and lets the next one begin."""

        def close(job: Job) -> None:
            self._records.save(job)
            end_claim()
            _tell_end(job)

        return close

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


def _tell_end(job: Job) -> None:
    """Count and log the end of a job."""
    JOBS_ENDED.labels(job.state).inc()
    JOB_SECONDS.labels(job.state).observe(job.seconds)
    log.log(LEVELS.get(job.state, logging.INFO), "job %s", job.state, extra=_told(job))


def _told(job: Job) -> dict[str, object]:
    """Return what the log says about a job that has ended."""
    told: dict[str, object] = {"job": job.id, "seconds": job.seconds}
    if job.report is not None:
        told |= job.report.model_dump(exclude={"skipped", "skipped_count", "detected"})
        told["skipped"] = job.report.skipped_count
    if job.error is not None:
        told |= {"code": job.error.code, "error": job.error.message}
    return told
