"""What Prometheus is told: requests, stages, the queue, refusals, reloads, the index.

Counters are of the process. No label holds what a request says, so there are never many.
https://prometheus.io/docs/practices/naming/
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

# When each counter began is known from the start of the process.
disable_created_metrics()  # type: ignore[no-untyped-call]  # its module is without types
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
    "Time until the answer was sent, waiting included.",
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
    "spanlight_requests_waiting", "Requests that wait for their turn.", registry=_registry
)
REQUESTS_RUNNING = Gauge(
    "spanlight_requests_running", "Requests that are being computed.", registry=_registry
)
REFUSALS = Counter(
    "spanlight_refusals",
    "Answers that are errors, by their code.",
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
    "The number of the generation that answers; 0 where there is none.",
    registry=_registry,
)
_documents = Gauge("spanlight_index_documents", "Documents of the index.", registry=_registry)
_passages = Gauge("spanlight_index_passages", "Passages of the index.", registry=_registry)
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
    """Tell what is answered from now."""
    _generation.info({"generation": generation or ""})
    _number.set(int(generation.partition("-")[0]) if generation else 0)
    _documents.set(documents)
    _passages.set(passages)
    _with_vectors.set(with_vectors)
    _problems.set(problems)


def metrics_text() -> bytes:
    """Return all metrics in the text format, of the type METRICS_TYPE."""
    return generate_latest(_registry)
