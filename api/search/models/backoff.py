"""When to try again what has failed."""

import time

__all__ = ["Backoff"]

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0


class Backoff:
    """Attempts after a failure: the pause doubles with each one, up to a minute."""

    def __init__(self) -> None:
        self._due_s = 0.0
        self._pause_s = FIRST_PAUSE_S

    @property
    def is_due(self) -> bool:
        """Whether it is time for the next attempt."""
        return time.monotonic() >= self._due_s

    def failed(self) -> None:
        """Note a failure, which delays the next attempt."""
        self._due_s = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def succeeded(self) -> None:
        """Allow an attempt at any time, and begin again with the first pause."""
        self._due_s = 0.0
        self._pause_s = FIRST_PAUSE_S
