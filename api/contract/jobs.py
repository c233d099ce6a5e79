"""Builds that a client starts on the server, and their progress."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, StrictBool

from api.contract.documents import SkippedOut
from api.contract.limits import MAX_LISTED_SKIPPED
from api.contract.refusals.strict import Strict

__all__ = [
    "DetectedOut",
    "FormatCount",
    "FormatCounts",
    "Job",
    "JobError",
    "JobList",
    "JobReport",
    "JobState",
    "ReindexRequest",
]


class ReindexRequest(Strict):
    """How to bring the index up to date. The server's settings name the folder."""

    full: Annotated[
        StrictBool,
        Field(
            description="Read every file again and replace the existing index; searches continue "
            "meanwhile."
        ),
    ] = False
    verify: Annotated[
        StrictBool,
        Field(description="Hash every file instead of relying on its size and times."),
    ] = False


class JobState(StrEnum):
    """`stopped`: ended from outside, for instance with the server; the index is unchanged."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"


class FormatCount(BaseModel):
    """The documents of a format, and how many files of it were refused for each reason."""

    documents: int
    refused: dict[str, int] = {}


class FormatCounts(BaseModel):
    """What the index has of each format that is more than text, and the kinds that are not read."""

    read: dict[str, FormatCount] = {}
    not_read: dict[str, int] = {}


class DetectedOut(BaseModel):
    """A file whose encoding is a guess."""

    path: str
    encoding: str


class JobReport(BaseModel):
    """What a build did. `published` is false if nothing had changed."""

    generation: str
    published: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    embedded: int
    skipped: Annotated[
        list[SkippedOut],
        Field(description=f"The first {MAX_LISTED_SKIPPED}; `skipped_count` counts all."),
    ]
    skipped_count: int
    formats: FormatCounts = FormatCounts()
    detected: Annotated[
        list[DetectedOut],
        Field(
            description="Files that were read and whose encodings are guesses. The first "
            f"{MAX_LISTED_SKIPPED}; `detected_count` counts all."
        ),
    ] = []
    detected_count: int = 0


class JobError(BaseModel):
    """Why a job failed or was stopped.

    `code` is a code of problem documents, `stopped`, or `reindex_failed`, which means that the
    build, or the server that ran it, ended without a report.
    """

    code: str
    message: str


class Job(BaseModel):
    """A build and its progress. `stage`, `done` and `total` are null until they are known."""

    id: str
    state: JobState
    started: datetime
    ended: datetime | None
    seconds: float
    stage: Annotated[str | None, Field(description="For example `reading` or `embedding`.")]
    done: Annotated[int | None, Field(description="How much of the stage is done.")]
    total: Annotated[int | None, Field(description="How much there is to do in the stage.")]
    report: JobReport | None
    error: JobError | None


class JobList(BaseModel):
    """The newest first."""

    jobs: list[Job]
