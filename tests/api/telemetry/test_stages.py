"""Stages begin while there is time; whoever waits for a turn waits no longer than that."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from api.contract.errors import TimedOut
from api.telemetry.stages import Deadline, deadline_of_request, require_time, stage, turn_of


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    deadline = Deadline(seconds)
    token = deadline_of_request.set(deadline)
    try:
        yield deadline
    finally:
        deadline_of_request.reset(token)


def test_a_stage_does_not_begin_when_nobody_waits_any_more() -> None:
    with within(60) as deadline:
        with stage("first"):
            deadline.give_up()
        with pytest.raises(TimedOut, match="not ready within 60 s"), stage("second"):
            pytest.fail("it began")


def test_a_stage_that_has_begun_is_not_cut_off() -> None:
    with within(0.01) as deadline, stage("first"):
        while deadline.left_s:
            pass


def test_a_turn_is_waited_for_as_long_as_there_is_time() -> None:
    turns = threading.BoundedSemaphore(1)
    with turn_of(turns), within(0.02), pytest.raises(TimedOut), turn_of(turns):
        pytest.fail("two turns at once")
    # It was given back once, and is there again.
    with within(60), turn_of(turns):
        pass


def test_an_error_ends_the_turn() -> None:
    turns = threading.BoundedSemaphore(1)
    with pytest.raises(ValueError, match="inside"), turn_of(turns):
        raise ValueError("inside")
    assert turns.acquire(blocking=False)


def test_outside_of_a_request_there_is_always_time() -> None:
    require_time()
    with turn_of(threading.BoundedSemaphore(1)):
        pass
