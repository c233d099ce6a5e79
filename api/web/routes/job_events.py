"""A job's progress as server-sent events."""

import asyncio
import threading
from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from api.contract.errors import JobNotFound
from api.contract.jobs import Job, JobState
from api.serving.jobs import Jobs

__all__ = ["job_events", "wants_events"]

MEDIA_TYPE = EventSourceResponse.media_type
LOOK_INTERVAL_S = 0.2
# Proxies close silent connections after a minute, some after half a minute.
KEEP_ALIVE_S = 15.0
HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept",
    # nginx would hold events back until its buffer is full.
    "X-Accel-Buffering": "no",
}


def wants_events(request: Request) -> bool:
    """Return whether the request asks for a stream of events rather than for one answer."""
    accepted = ",".join(request.headers.getlist("accept")).split(",")
    return MEDIA_TYPE in {each.partition(";")[0].strip().lower() for each in accepted}


def job_events(jobs: Jobs, job: Job, stopping: threading.Event) -> EventSourceResponse:
    """Return a stream of the job's progress until it is done, or until the server stops.

    Each event contains the whole job, so a client may miss some.
    """
    return EventSourceResponse(_events(jobs, job, stopping), headers=HEADERS)


async def _events(jobs: Jobs, job: Job, stopping: threading.Event) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    told: Job | None = None
    told_at = clock()
    while not stopping.is_set():
        if job.state is not JobState.RUNNING:
            yield _event("done", job)
            return
        if told is None or _differ(told, job):
            yield _event("progress", job)
            told, told_at = job, clock()
        elif clock() - told_at >= KEEP_ALIVE_S:
            yield KEEPALIVE_COMMENT
            told_at = clock()
        await asyncio.sleep(LOOK_INTERVAL_S)
        try:
            job = await run_in_threadpool(jobs.job, job.id)
        except JobNotFound:
            return


def _differ(told: Job, job: Job) -> bool:
    """Return whether more than the time of a running job has changed."""
    return (told.stage, told.done, told.total) != (job.stage, job.done, job.total)


def _event(name: str, job: Job) -> bytes:
    return format_sse_event(event=name, data_str=job.model_dump_json())
