import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from indexer.errors import SpanlightError
from indexer.processes import available_cores, results_of_processes

ROOT = Path(__file__).parents[2]


def mark(folder: Path, number: int) -> bytes:
    """Leave a file behind, and return more than fits into a pipe."""
    (folder / str(number)).touch()
    return bytes(1 << 20)


def print_and_return(number: int) -> int:
    print("in the way of the results", flush=True)
    return number


def process_id(_: int) -> int:
    return os.getpid()


def numbers(last: int) -> Iterator[int]:
    yield from range(last)


def end(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 7:
        os._exit(9)
    return number


def eventually(condition: partial[bool]) -> bool:
    """Return whether the condition becomes true within ten seconds."""
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def is_gone(process: int) -> bool:
    """Return whether a process is gone, or only its exit status is left."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("tasks", [0, 1, 10])
def test_results_come_in_the_order_of_the_tasks(tasks: int, processes: int) -> None:
    with results_of_processes(math.sqrt, range(tasks), processes) as results:
        assert list(results) == [math.sqrt(task) for task in range(tasks)]


def test_each_process_takes_its_share() -> None:
    with results_of_processes(process_id, range(6), 2) as results:
        processes = list(results)
    assert processes == processes[:2] * 3
    assert len({os.getpid(), *processes}) == 3


def test_an_error_of_a_task_is_raised_in_the_parent() -> None:
    with results_of_processes(int, ["1", "two", "3"], 2) as results:
        assert next(results) == 1
        with pytest.raises(ValueError, match="invalid literal for int") as raised:
            next(results)
    assert "in another process, on two:" in raised.value.__notes__[0]


def test_a_result_that_cannot_be_pickled_raises_in_the_parent() -> None:
    with (
        results_of_processes(numbers, [1], 1) as results,
        pytest.raises(TypeError, match="cannot pickle 'generator' object"),
    ):
        next(results)


@pytest.mark.parametrize(("number", "ending"), [(3, "signal 9"), (7, "status 9")])
def test_a_process_that_ends_early_is_reported_with_its_task(number: int, ending: str) -> None:
    with results_of_processes(end, [1, number], 1) as results:
        assert next(results) == 1
        message = f"ended with {ending} while it worked on {number}"
        with pytest.raises(SpanlightError, match=message):
            next(results)


def test_a_process_that_cannot_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with (
        results_of_processes(math.sqrt, range(10_000), 1) as results,
        pytest.raises(SpanlightError, match="ended with status 1 while it worked on 0"),
    ):
        next(results)


def test_the_output_of_a_task_does_not_mix_with_results() -> None:
    with results_of_processes(print_and_return, [1, 2], 1) as results:
        assert list(results) == [1, 2]


def test_unread_results_do_not_pile_up(tmp_path: Path) -> None:
    with results_of_processes(partial(mark, tmp_path), range(100), 2) as results:
        next(results)
        time.sleep(0.5)
        # One result of each process was read or is in transit; the next ones wait.
        assert len(list(tmp_path.iterdir())) <= 8


def test_processes_end_with_the_context() -> None:
    with results_of_processes(process_id, range(1_000_000), 2) as results:
        running = [next(results), next(results)]
    assert all(map(is_gone, running))


def test_a_task_that_cannot_be_sent_leaves_no_process_behind() -> None:
    def children() -> set[str]:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    before = children()
    with pytest.raises(AttributeError), results_of_processes(repr, [lambda: 1], 1):
        pass
    assert children() <= before


# Programs that start processes

TELLS_PROCESSES_AND_WAITS = """
import os, time
from indexer.processes import results_of_processes
from tests.indexer.test_processes import process_id

with results_of_processes(process_id, range(1_000_000), 2) as results:
    print(next(results), next(results), flush=True)
    {wait}
"""


def start(tmp_path: Path, wait: str) -> "subprocess.Popen[str]":
    script = tmp_path / "script.py"
    script.write_text(TELLS_PROCESSES_AND_WAITS.format(wait=wait))
    return subprocess.Popen(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def processes_of(program: "subprocess.Popen[str]") -> list[int]:
    assert program.stdout is not None
    return list(map(int, program.stdout.readline().split()))


@pytest.mark.parametrize("wait", ["time.sleep(60)", "list(results)"])
def test_processes_end_with_a_killed_parent(tmp_path: Path, wait: str) -> None:
    with start(tmp_path, wait) as program:
        running = processes_of(program)
        assert len(running) == 2
        assert not any(map(is_gone, running))
        program.kill()
        assert all(eventually(partial(is_gone, process)) for process in running)


def test_only_the_parent_receives_an_interrupt(tmp_path: Path) -> None:
    with start(tmp_path, "time.sleep(60)") as program:
        running = processes_of(program)
        os.killpg(program.pid, signal.SIGINT)
        _, errors = program.communicate(timeout=30)
        assert errors.count("Traceback") == 1
        assert errors.endswith("KeyboardInterrupt\n")
        assert all(map(is_gone, running))


def test_the_script_that_starts_them_is_run_once(tmp_path: Path) -> None:
    with start(tmp_path, "pass") as program:
        output, errors = program.communicate(timeout=30)
    assert len(output.splitlines()) == 1
    assert errors == ""


def test_modules_of_the_current_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    with results_of_processes(math.sqrt, [4.0], 1) as results:
        assert list(results) == [2.0]


def test_only_cores_that_this_process_may_use_count() -> None:
    allowed = os.sched_getaffinity(0)
    assert available_cores() == len(allowed)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert available_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
