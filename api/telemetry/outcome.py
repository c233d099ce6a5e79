"""The error that a request ends with: counted once, and named in the request's log line and trace.

A request may be refused twice: its time is up, and the work for it notices that a little later.
Only the first error is what the client got.
"""

from contextvars import ContextVar

from api.telemetry.metrics import REFUSALS

__all__ = ["Outcome", "begin_outcome", "note_error"]


class Outcome:
    """What is known about the end of one request; `code` is None unless it got an error."""

    code: str | None = None


# The value is shared by all tasks and threads that work for the request.
_outcome: ContextVar[Outcome | None] = ContextVar("outcome", default=None)


def begin_outcome() -> Outcome:
    """Return the outcome of the request that begins now."""
    outcome = Outcome()
    _outcome.set(outcome)
    return outcome


def note_error(code: str) -> None:
    """Count the error that the current request is answered with, unless one was counted."""
    outcome = _outcome.get() or Outcome()
    if outcome.code is None:
        outcome.code = code
        REFUSALS.labels(code).inc()
