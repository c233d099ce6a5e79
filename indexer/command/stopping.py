"""Stop a build on Ctrl-C or on the request to terminate."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

__all__ = ["SIGNAL_EXIT_CODE", "Stopped", "catch_signals", "end_at_once"]

# A shell reports this plus the number of the signal for a process that a signal ended.
SIGNAL_EXIT_CODE = 128


class Stopped(KeyboardInterrupt):
    """A signal ended a build. The text says what state the index is in."""


def catch_signals() -> list[int]:
    """Make SIGTERM raise KeyboardInterrupt, as Ctrl-C does; return a list of those received."""
    caught: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        caught.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    return caught


def end_at_once(caught: list[int], *, cleanly: bool) -> NoReturn:
    """End the process without waiting for the thread that embeds, which may take a long time."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    number = caught[-1] if caught else signal.SIGINT
    os._exit(0 if cleanly else SIGNAL_EXIT_CODE + number)
