"""Holds a job's process still, so that what there is to see of it stays while a test looks.

A process that is stopped takes no signal but those that no process can refuse.
"""

import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.api.served_index import wait_until

__all__ = ["freeze", "frozen_reindexing", "reindexing_processes"]


def reindexing_processes() -> list[psutil.Process]:
    """Return what this process, or a server that it started, runs as reindex.py."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "-m indexer " in f"{shlex.join(process.cmdline())} ":
                found.append(process)
    return found


def freeze() -> psutil.Process:
    """Stop the one process there is."""
    wait_until(lambda: bool(reindexing_processes()))
    (process,) = reindexing_processes()
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: process.status() == psutil.STATUS_STOPPED)
    return process


@contextmanager
def frozen_reindexing() -> Iterator[psutil.Process]:
    """Hold the process still while the context lasts."""
    process = freeze()
    try:
        yield process
    finally:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGCONT)
