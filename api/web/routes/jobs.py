"""Routes of reindexing: start a job, list the jobs, follow one."""

from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.contract.jobs import Job, JobList, ReindexRequest
from api.web.keys import Scope
from api.web.problems import problem_responses
from api.web.routes.dependencies import versioned_router
from api.web.routes.job_events import job_events, wants_events
from api.web.services import Provided

__all__ = ["admin"]

admin = versioned_router("index", Scope.ADMIN)

JobId = Annotated[str, Path(max_length=64, description="`id` of a job.")]
EVENT_STREAM: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The job. With `Accept: text/event-stream`, a stream: an event `progress` "
        "with the job for every step, and at the end an event `done` with the job.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@admin.post("/reindex", operation_id="reindex", status_code=202, responses=problem_responses(409))
def reindex(services: Provided, response: Response, asked: ReindexRequest | None = None) -> Job:
    """Start a job that brings the index up to date, as `scripts/reindex.py` does.

    One build runs at a time, whoever started it. Searches use the previous state until the new one
    is published.
    """
    asked = asked or ReindexRequest()
    job = services.jobs.start(full=asked.full, verify=asked.verify)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@admin.get("/jobs", operation_id="list_jobs")
def jobs(services: Provided) -> JobList:
    """Return the latest jobs of all servers of the index, the newest first."""
    return JobList(jobs=services.jobs.recent())


@admin.get("/jobs/{job_id}", operation_id="get_job", response_model=Job, responses=EVENT_STREAM)
async def job(
    request: Request, response: Response, job_id: JobId, services: Provided
) -> Response | Job:
    """Return the progress of a job, once, or as server-sent events until it is done."""
    # A job of another server is read from the disk.
    found = await run_in_threadpool(services.jobs.job, job_id)
    if wants_events(request):
        return job_events(services.jobs, found, services.stopping)
    response.headers.update({"Cache-Control": "no-store", "Vary": "Accept"})
    return found
