"""Pauses a job's process, so that a test can examine it.

A paused process receives only signals that no process can ignore.
"""

import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.api.served_index import wait_until

__all__ = ["freeze", "frozen_reindexing", "reindexing_processes"]


def reindexing_processes() -> list[psutil.Process]:
    """Return the reindex.py processes of this process or of a server that it started."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "-m indexer " in f"{shlex.join(process.cmdline())} ":
                found.append(process)
    return found


def freeze() -> psutil.Process:
    """Pause the only such process."""
    wait_until(lambda: bool(reindexing_processes()))
    (process,) = reindexing_processes()
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: process.status() == psutil.STATUS_STOPPED)
    return process


@contextmanager
def frozen_reindexing() -> Iterator[psutil.Process]:
    """Pause the process while the block runs."""
    process = freeze()
    try:
        yield process
    finally:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGCONT)
