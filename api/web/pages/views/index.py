"""The content of the page about the index: its state, changes in its folder, the last job."""

from dataclasses import dataclass

from api.contract.jobs import Job, JobState
from api.contract.status import Drift, Status
from indexer.errors import SpanlightError

__all__ = ["STAGES", "IndexView"]

# The stages of a build, in words for people.
STAGES = {"reading": "Reading files", "embedding": "Computing vectors"}

REPLACE = "Tick “Read every file again” and reindex: that replaces the index."
ADVICE = {
    "index_locked": "This server will use the new index when that build is done.",
    "stopped": "Reindex again at any time; finished work is kept.",
    "storage_error": "Free some space or repair the disk, then reindex again; finished work is "
    "kept.",
    "folder_not_found": "Restore the folder and reindex. If it has moved, set SPANLIGHT_FOLDER to "
    "its new place, start the server again, then tick “Read every file again” and reindex.",
    "wrong_folder": "Start the server with the folder alone: it has, or gets, an index of its own.",
    **dict.fromkeys(["config_mismatch", "format_version_mismatch", "index_damaged"], REPLACE),
}


@dataclass(frozen=True, slots=True)
class IndexView:
    """The page about the index. `status` is None if no index can be used; `problems` say why.

    `formats` says what was read of each format, and `skipped` counts the files that are not in the
    index. `folder` is the folder that a job would index; if it is unknown, `folder_problem` says
    what to do. `refused` is why a job was not started. `building`: any process is building the
    index.
    """

    status: Status | None
    folder: str | None
    folder_problem: str | None
    building: bool
    problems: list[str]
    job: Job | None
    refused: SpanlightError | None
    formats: str = ""
    skipped: int = 0

    @property
    def running(self) -> bool:
        return self.job is not None and self.job.state is JobState.RUNNING

    @property
    def tells_job(self) -> bool:
        """Whether the last job says anything about the index in use: no other build came later."""
        job, status = self.job, self.status
        if job is None or status is None or job.state is JobState.RUNNING:
            return job is not None
        if job.report is not None:
            return self.awaits_generation or job.report.generation == status.generation
        return job.ended is None or job.ended >= status.built

    @property
    def awaits_generation(self) -> bool:
        """Whether the last job published a generation that this server does not use yet."""
        report = self.job.report if self.job is not None else None
        if report is None or not report.published:
            return False
        # The names of generations begin with their numbers, padded.
        return self.status is None or self.status.generation < report.generation

    @property
    def awaits_drift(self) -> bool:
        """Whether the folder is still being compared with the index."""
        return self.status is not None and self.drift is None

    @property
    def stage(self) -> str:
        """What the job is doing."""
        stage = self.job.stage if self.job is not None else None
        return STAGES.get(stage, stage.capitalize()) if stage else "Starting"

    @property
    def advice(self) -> str | None:
        """What to do about the job's error, if its message does not say so."""
        error = self.job.error if self.job is not None else None
        return ADVICE.get(error.code) if error is not None else None

    @property
    def drift(self) -> Drift | None:
        return self.status.drift if self.status is not None else None

    @property
    def differences(self) -> list[str]:
        """How the folder differs from the index, in words."""
        drift = self.drift
        counts = (
            [(drift.added, "added"), (drift.changed, "changed"), (drift.removed, "removed")]
            if drift is not None
            else []
        )
        parts = [f"{count:,} {what}" for count, what in counts if count]
        if parts:
            number = parts[0].partition(" ")[0]
            noun = "file" if number == "1" else "files"
            parts[0] = parts[0].replace(" ", f" {noun} ", 1)
        return parts
