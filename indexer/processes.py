"""Run a function on many tasks in other processes and return the results in order.

Each of n processes takes every n-th task and writes the results into a pipe. A full pipe blocks a
process that is ahead, so results never pile up. The pipe breaks when the reading process ends for
any reason, so no process outlives it by more than one task.

The standard library's pool is not used because its processes begin by running the caller's main
script again, and a script that was not written for that starts over.
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

# With -P, Python does not look for modules in the current folder.
BOOTSTRAP = (
    "import pickle, sys; sys.path[:], work = pickle.load(sys.stdin.buffer); "
    "from indexer.processes import serve; serve(work)"
)
BUFFER_BYTES = 1 << 20

Task = TypeVar("Task")
Result = TypeVar("Result")


class _Raised(NamedTuple):
    """The exception that a task raised instead of returning a result."""

    error: Exception


def available_cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0))


@contextmanager
def results_of_processes(
    function: Callable[[Task], Result], tasks: Sequence[Task], processes: int
) -> Generator[Iterator[Result]]:
    """Start the processes and provide an iterator over the results, in the order of the tasks.

    The function, tasks and results travel as pickles. The iterator raises what the function
    raises, and SpanlightError when a process ends too early. The processes end with the context.
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
        # A separate process group, because Ctrl-C is meant for the parent only.
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
            # Let the pipe hold as much as the buffers. Where the system allows less, both
            # processes wait more often.
            fcntl.fcntl(self._results, fcntl.F_SETPIPE_SZ, BUFFER_BYTES)
        try:
            with self._process.stdin as stdin:
                pickle.dump((sys.path, pickle.dumps((function, tasks))), stdin)
        except BrokenPipeError:
            # The process ended at once. The first request for a result reports it.
            pass
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def _end(self) -> None:
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
    """Do the work of one process: run the function on each task and write the results."""
    function, tasks = pickle.loads(work)
    # The objects of the modules are never garbage, and the collector takes time to visit them.
    gc.freeze()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb", BUFFER_BYTES) as results:
        # Anything else that is printed must not end up among the results.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        try:
            for task in tasks:
                results.write(_answer(function, task))
                results.flush()
        except BrokenPipeError:
            # The reader is gone. Closing the file would try to write again.
            os._exit(0)


def _answer(function: Callable[[Any], Any], task: Any) -> bytes:
    try:
        return pickle.dumps(function(task))
    except Exception as error:  # the reader of the results raises it again
        error.add_note(f"in another process, on {task}:\n{traceback.format_exc()}")
        return pickle.dumps(_Raised(error))
