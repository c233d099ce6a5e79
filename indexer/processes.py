"""Runs a function on many tasks in other processes; its results come back in order.

Each process takes every n-th task and writes what comes of it into a pipe. The pipe holds up a
process that is ahead, so results never pile up; and it breaks when the process that reads it ends,
however that ends, so none outlives it by more than a task.

Not the standard library's pool: its processes begin by running the caller's main script once more,
and a script that was not written for that starts over.
"""

import fcntl
import gc
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NamedTuple, Self, TypeVar

from indexer.errors import SpanlightError

__all__ = ["available_cores", "results_of_processes", "serve"]

# With -P, modules are not looked for in the folder that Python happens to run in.
BOOTSTRAP = (
    "import pickle, sys; sys.path[:], work = pickle.load(sys.stdin.buffer); "
    "from indexer.processes import serve; serve(work)"
)
BUFFER_BYTES = 1 << 20

Task = TypeVar("Task")
Result = TypeVar("Result")


class _Raised(NamedTuple):
    """What a task raised instead of returning a result."""

    error: Exception


def available_cores() -> int:
    """Return on how many cores this process may run."""
    return len(os.sched_getaffinity(0))


@contextmanager
def results_of_processes(
    function: Callable[[Task], Result], tasks: Sequence[Task], processes: int
) -> Generator[Iterator[Result]]:
    """Start the processes and give an iterator over the results, in the order of the tasks.

    Function, tasks and results travel as pickles. What the function raises is raised by the
    iterator, and SpanlightError where a process ends before its time. All end with the context.
    """
    with ExitStack() as running:
        workers = [
            running.enter_context(_Worker(function, tasks[first::processes]))
            for first in range(processes)
        ]
        yield (workers[number % processes].next_result(task) for number, task in enumerate(tasks))


class _Worker:
    """The parent's end of one process."""

    def __init__(self, function: Callable[[Any], Any], tasks: Sequence[Any]) -> None:
        # In a process group of its own it is not reached by Ctrl-C, which is for the parent.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", BOOTSTRAP],
            bufsize=BUFFER_BYTES,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._results = self._process.stdout
        with suppress(OSError):
            # As much may wait to be read; where so much is not allowed, both wait more often.
            fcntl.fcntl(self._results, fcntl.F_SETPIPE_SZ, BUFFER_BYTES)
        try:
            with self._process.stdin as stdin:
                pickle.dump((sys.path, pickle.dumps((function, tasks))), stdin)
        except BrokenPipeError:
            # It ended at once; that is told when its first result is asked for.
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        self._results.close()

    def next_result(self, task: object) -> Any:
        try:
            result = pickle.load(self._results)
        except (EOFError, pickle.UnpicklingError):
            raise SpanlightError(
                f"a process of this build ended with {_ending(self._process.wait())} while it "
                f"worked on {task}; start the build again"
            ) from None
        if isinstance(result, _Raised):
            raise result.error
        return result


def _ending(status: int) -> str:
    return f"status {status}" if status >= 0 else f"signal {-status}"


def serve(work: bytes) -> None:
    """Do the work of one process: run the function on each task and write what comes of it."""
    function, tasks = pickle.loads(work)
    # What the modules hold is never garbage, and looking through it takes time.
    gc.freeze()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb", BUFFER_BYTES) as results:
        # What anything else prints must not end up among the results.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        try:
            for task in tasks:
                results.write(_answer(function, task))
                results.flush()
        except BrokenPipeError:
            # Nobody reads on. Closing would try to write once more.
            os._exit(0)


def _answer(function: Callable[[Any], Any], task: Any) -> bytes:
    try:
        return pickle.dumps(function(task))
    except Exception as error:  # whatever it is, it is raised again where it is looked at
        error.add_note(f"in another process, on {task}:\n{traceback.format_exc()}")
        return pickle.dumps(_Raised(error))
