"""The stages of a request: each is timed and traced, and begins only if there is time left.

A thread cannot be stopped from outside. Long work therefore checks between its steps whether a
client is still waiting for the answer.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from threading import Semaphore

from opentelemetry import trace

from api.contract.errors import TimedOut
from api.telemetry.metrics import seconds_of_stage

__all__ = ["Deadline", "deadline_of_request", "require_time", "stage", "tracer", "turn_of"]

# Does nothing unless the process was started with an OpenTelemetry SDK.
tracer = trace.get_tracer("spanlight")
NO_SPAN = nullcontext()


class Deadline:
    """The time by which an answer must be ready. Safe to share between threads."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._end = time.monotonic() + limit_s
        self._given_up = False

    @property
    def left_s(self) -> float:
        return 0.0 if self._given_up else max(0.0, self._end - time.monotonic())

    def give_up(self) -> None:
        """Leave no more time, because no client is waiting any more."""
        self._given_up = True

    def error(self) -> TimedOut:
        return TimedOut(
            f"the answer was not ready within {self._limit_s:g} s; ask for less, or try again when "
            "the server is less busy",
            retry_after_s=1,
        )


deadline_of_request: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def require_time() -> None:
    """Return if the request has time left. Raises TimedOut if it has none."""
    deadline = deadline_of_request.get()
    if deadline is not None and not deadline.left_s:
        raise deadline.error()


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Time and trace a stage of a request. Raises TimedOut if there is no time left to begin it."""
    require_time()
    started = time.perf_counter()
    with _span(name):
        try:
            yield
        finally:
            seconds_of_stage(name).observe(time.perf_counter() - started)


def _span(name: str) -> AbstractContextManager[object]:
    """Return a span if the request is traced: even a span without effect takes time."""
    is_traced = trace.get_current_span().is_recording()
    return tracer.start_as_current_span(name) if is_traced else NO_SPAN


@contextmanager
def turn_of(turns: Semaphore) -> Iterator[None]:
    """Wait for one of the turns, and keep it meanwhile. Raises TimedOut if none comes in time."""
    deadline = deadline_of_request.get()
    with stage("waiting"):
        while not turns.acquire(timeout=deadline.left_s if deadline is not None else None):
            require_time()
    try:
        yield
    finally:
        turns.release()
