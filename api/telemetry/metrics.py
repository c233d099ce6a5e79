"""Metrics for Prometheus: requests, stages, the queue, refusals, reloads, the index.

Counters start with the process. Label values never come from the text of a request, so their number
is bounded. https://prometheus.io/docs/practices/naming/
"""

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

__all__ = [
    "METRICS_TYPE",
    "REFUSALS",
    "RELOADS",
    "REQUESTS",
    "REQUESTS_RUNNING",
    "REQUESTS_WAITING",
    "REQUEST_SECONDS",
    "STAGE_SECONDS",
    "describe_index",
    "metrics_text",
]

METRICS_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# Every counter begins with the process, so its time of creation says nothing new.
disable_created_metrics()  # type: ignore[no-untyped-call]  # its module has no types
_registry = CollectorRegistry()
ProcessCollector(registry=_registry)
PlatformCollector(registry=_registry)

REQUESTS = Counter(
    "spanlight_requests",
    "Requests answered.",
    ["method", "route", "status"],
    registry=_registry,
)
REQUEST_SECONDS = Histogram(
    "spanlight_request_seconds",
    "Time until the answer was sent, including waiting.",
    ["route"],
    buckets=SECONDS,
    registry=_registry,
)
STAGE_SECONDS = Histogram(
    "spanlight_stage_seconds",
    "Time in each stage of a search.",
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
    "Error answers by code.",
    ["code"],
    registry=_registry,
)
RELOADS = Counter(
    "spanlight_reloads",
    "Generations that the server tried to open: opened or failed.",
    ["outcome"],
    registry=_registry,
)
_generation = Info("spanlight_index", "The index that answers.", registry=_registry)
_number = Gauge(
    "spanlight_index_generation",
    "The number of the generation that answers; 0 if there is none.",
    registry=_registry,
)
_documents = Gauge("spanlight_index_documents", "Documents in the index.", registry=_registry)
_passages = Gauge("spanlight_index_passages", "Passages in the index.", registry=_registry)
_with_vectors = Gauge(
    "spanlight_index_passages_with_vectors", "Passages that have vectors.", registry=_registry
)
_problems = Gauge(
    "spanlight_problems",
    "Problems that keep the server from answering properly.",
    registry=_registry,
)


def describe_index(
    *,
    generation: str | None,
    documents: int = 0,
    passages: int = 0,
    with_vectors: int = 0,
    problems: int = 0,
) -> None:
    """Set the metrics of the index that answers."""
    _generation.info({"generation": generation or ""})
    _number.set(int(generation.partition("-")[0]) if generation else 0)
    _documents.set(documents)
    _passages.set(passages)
    _with_vectors.set(with_vectors)
    _problems.set(problems)


def metrics_text() -> bytes:
    """Return all metrics as text; METRICS_TYPE is its media type."""
    return generate_latest(_registry)
