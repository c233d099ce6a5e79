"""Stages begin only while there is time, and a request waits for its turn no longer than that."""

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


def test_a_stage_does_not_begin_after_the_client_has_gone() -> None:
    with within(60) as deadline:
        with stage("first"):
            deadline.give_up()
        with pytest.raises(TimedOut, match="not ready within 60 s"), stage("second"):
            pytest.fail("it began")


def test_a_stage_that_has_begun_is_not_cut_off() -> None:
    with within(0.01) as deadline, stage("first"):
        while deadline.left_s:
            pass


def test_a_request_waits_for_its_turn_while_there_is_time() -> None:
    turns = threading.BoundedSemaphore(1)
    with turn_of(turns), within(0.02), pytest.raises(TimedOut), turn_of(turns):
        pytest.fail("two turns at once")
    # The turn was given back once and is free again.
    with within(60), turn_of(turns):
        pass


def test_an_error_ends_the_turn() -> None:
    turns = threading.BoundedSemaphore(1)
    with pytest.raises(ValueError, match="inside"), turn_of(turns):
        raise ValueError("inside")
    assert turns.acquire(blocking=False)


def test_outside_a_request_there_is_no_time_limit() -> None:
    require_time()
    with turn_of(threading.BoundedSemaphore(1)):
        pass
