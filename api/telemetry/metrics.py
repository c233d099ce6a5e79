"""Metrics for Prometheus: requests, stages, the queue, refusals, jobs, reloads, the index.

Counters start with the process. Label values never come from the text of a request, so their number
is bounded. https://prometheus.io/docs/practices/naming/
"""

import platform
from functools import cache

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from api.contract.status import Drift, Status
from indexer.command.version import version

__all__ = [
    "JOBS_ENDED",
    "JOBS_STARTED",
    "JOB_SECONDS",
    "METRICS_TYPE",
    "REFUSALS",
    "RELOADS",
    "REQUESTS",
    "REQUESTS_RUNNING",
    "REQUESTS_WAITING",
    "REQUEST_SECONDS",
    "describe_index",
    "describe_server",
    "metrics_text",
    "seconds_of_stage",
]

METRICS_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# A build takes between a second and a day.
BUILD_SECONDS = (1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400)

# Every counter begins with the process, so its time of creation says nothing new.
disable_created_metrics()  # type: ignore[no-untyped-call]  # its module has no types
_registry = CollectorRegistry()
ProcessCollector(registry=_registry)
PlatformCollector(registry=_registry)

REQUESTS = Counter(
    "spanlight_requests",
    "Requests answered, by `method`, `route` and `status`.",
    ["method", "route", "status"],
    registry=_registry,
)
REQUEST_SECONDS = Histogram(
    "spanlight_request_seconds",
    "Time until the answer was sent, including waiting, by `route`.",
    ["route"],
    buckets=SECONDS,
    registry=_registry,
)
_stage_seconds = Histogram(
    "spanlight_stage_seconds",
    "Time in each `stage` of a search.",
    ["stage"],
    buckets=SECONDS,
    registry=_registry,
)
REQUESTS_WAITING = Gauge(
    "spanlight_requests_waiting", "Requests waiting for their turn.", registry=_registry
)
REQUESTS_RUNNING = Gauge(
    "spanlight_requests_running", "Requests being computed.", registry=_registry
)
REFUSALS = Counter(
    "spanlight_refusals",
    "Error answers by `code`.",
    ["code"],
    registry=_registry,
)
RELOADS = Counter(
    "spanlight_reloads",
    "Generations that the server tried to open, by `outcome`: opened or failed.",
    ["outcome"],
    registry=_registry,
)
JOBS_STARTED = Counter(
    "spanlight_jobs_started", "Jobs that this server started.", registry=_registry
)
JOBS_ENDED = Counter(
    "spanlight_jobs_ended",
    "Jobs that this server saw end, by `outcome`: succeeded, failed or stopped.",
    ["outcome"],
    registry=_registry,
)
JOB_SECONDS = Histogram(
    "spanlight_job_seconds",
    "Duration of the jobs of this server, by `outcome`.",
    ["outcome"],
    buckets=BUILD_SECONDS,
    registry=_registry,
)
_build = Info(
    "spanlight_build",
    "The `version` of Spanlight that runs, and its `python_version`.",
    registry=_registry,
)
_build.info({"version": version(), "python_version": platform.python_version()})
_number = Gauge(
    "spanlight_index_generation",
    "The number of the generation that answers; 0 if there is none.",
    registry=_registry,
)
_built = Gauge(
    "spanlight_index_built_timestamp_seconds",
    "When the generation that answers was built; 0 if there is none.",
    registry=_registry,
)
_succeeded = Gauge(
    "spanlight_index_last_success_timestamp_seconds",
    "When the last successful build, by any process, began to walk the folder, even if it found "
    "no change; 0 if there is no index.",
    registry=_registry,
)
_building = Gauge(
    "spanlight_index_building",
    "Whether any process is building the index: 1 or 0.",
    registry=_registry,
)
_documents = Gauge("spanlight_index_documents", "Documents in the index.", registry=_registry)
_passages = Gauge("spanlight_index_passages", "Passages in the index.", registry=_registry)
_with_vectors = Gauge(
    "spanlight_index_passages_with_vectors", "Passages that have vectors.", registry=_registry
)
_drift = Gauge(
    "spanlight_index_drift_files",
    "Files of the folder that differ from the index, by `kind`: added, changed or removed. Missing "
    "until the folder has been compared, and while it cannot be.",
    ["kind"],
    registry=_registry,
)
_problems = Gauge(
    "spanlight_problems",
    "Problems that keep the server from answering properly.",
    registry=_registry,
)


def describe_index(status: Status | None, *, success_s: float = 0.0) -> None:
    """Set the metrics of the index that answers, if there is one.

    `success_s` is when the last successful build began, in seconds since the epoch.
    """
    _succeeded.set(success_s)
    _number.set(int(status.generation.partition("-")[0]) if status else 0)
    _built.set(status.built.timestamp() if status else 0)
    _documents.set(status.documents if status else 0)
    _passages.set(status.passages if status else 0)
    _with_vectors.set(status.with_vectors if status else 0)
    _describe_drift(status.drift if status else None)


@cache
def seconds_of_stage(name: str) -> Histogram:
    """Return the times of one stage of searches."""
    return _stage_seconds.labels(name)


def describe_server(*, building: bool, problems: int) -> None:
    """Set the metrics that do not depend on the generation that answers."""
    _building.set(building)
    _problems.set(problems)


def _describe_drift(drift: Drift | None) -> None:
    for kind in ("added", "changed", "removed"):
        count = getattr(drift, kind, None)
        if count is None:
            _drift.remove_by_labels({"kind": kind})
        else:
            _drift.labels(kind).set(count)


def metrics_text() -> bytes:
    """Return all metrics as text; METRICS_TYPE is its media type."""
    return generate_latest(_registry)
