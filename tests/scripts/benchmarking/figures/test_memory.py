"""The memory of a process and its children."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.benchmarking.figures.memory import MemoryUse, PeakMemory, tree_memory

# A process that starts another, which takes 60 MB, reports it, and waits for the order to end.
CHILD = "x = b'x' * 60_000_000; print('ready', flush=True); input()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"


@contextmanager
def process_with_a_large_child() -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process.pid
        process.communicate(b"\n")


def test_children_count() -> None:
    with process_with_a_large_child() as pid:
        memory = tree_memory(pid)
    assert 60 < memory.anonymous < memory.resident < 200


def test_the_peak_is_kept_after_the_process_has_ended() -> None:
    with process_with_a_large_child() as pid, PeakMemory(pid) as memory:
        pass
    assert memory.peak.anonymous > 60
    assert tree_memory(pid) == MemoryUse()


def test_each_figure_keeps_its_own_maximum() -> None:
    assert MemoryUse(2.0, 1.0).larger(MemoryUse(1.0, 3.0)) == MemoryUse(2.0, 3.0)
