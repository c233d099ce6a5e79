"""What ends a build from outside: Ctrl-C, or the request to terminate."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

__all__ = ["Stopped", "catch_signals", "end_at_once"]

# What a shell reports for a process that a signal ended: this and the signal's number.
SIGNAL_EXIT_CODE = 128


class Stopped(KeyboardInterrupt):
    """A signal ended what was going on; the text says what that means for the index."""


def catch_signals() -> list[int]:
    """Let SIGTERM raise KeyboardInterrupt as Ctrl-C does; return a list that takes each one."""
    caught: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        caught.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    return caught


def end_at_once(caught: list[int], *, cleanly: bool) -> NoReturn:
    """End the process without waiting for the thread that embeds, which may take long."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    number = caught[-1] if caught else signal.SIGINT
    os._exit(0 if cleanly else SIGNAL_EXIT_CODE + number)
