"""Requests begin a few in each turn of the loop, and no client waits behind all of another's."""

import asyncio
from functools import partial
from itertools import chain

from api.web.connections.starting import BEGUN_AT_ONCE, Starts, lane_of


def begun_in_turns(*requests: tuple[str, int]) -> list[list[str]]:
    """Return which requests begin in each turn; of each lane come as many as said, at once."""

    async def scene() -> list[list[str]]:
        starts = Starts()
        turns: list[list[str]] = []
        begun: list[str] = []
        for lane, number in requests:
            for each in range(number):
                starts.add(lane, partial(begun.append, f"{lane}{each}"))
        while sum(map(len, turns)) < sum(number for _, number in requests):
            await asyncio.sleep(0)
            turns.append(begun[:])
            begun.clear()
        return turns

    return asyncio.run(scene())


def test_a_turn_begins_only_a_few() -> None:
    turns = begun_in_turns(("a", 2 * BEGUN_AT_ONCE + 1))
    assert [len(turn) for turn in turns] == [BEGUN_AT_ONCE, BEGUN_AT_ONCE, 1]
    assert list(chain(*turns)) == [f"a{each}" for each in range(2 * BEGUN_AT_ONCE + 1)]


def test_lanes_take_turns() -> None:
    first, *_ = begun_in_turns(("a", 1_000), ("b", 2), ("c", 1))
    assert first[:6] == ["a0", "b0", "c0", "a1", "b1", "a2"]


def test_what_begins_may_ask_for_another_to_begin() -> None:
    async def scene() -> list[int]:
        starts = Starts()
        begun: list[int] = []

        def begin(left: int) -> None:
            begun.append(left)
            if left:
                starts.add("a", partial(begin, left - 1))

        begin(30)
        while len(begun) <= 30:
            await asyncio.sleep(0)
        return begun

    assert asyncio.run(scene()) == list(range(30, -1, -1))


def test_users_with_keys_and_checks_of_health_have_lanes_of_their_own() -> None:
    host = (b"host", b"localhost")
    health = lane_of("192.0.2.7", "/below/livez", [host])
    public = lane_of("192.0.2.7", "/v1/search", [host])
    keyed = {
        lane_of("192.0.2.7", "/v1/search", [host, (name, b"a")])
        for name in (b"x-api-key", b"authorization", b"cookie")
    }
    assert len(keyed) == 1
    assert len({health, public, *keyed}) == 3
    assert lane_of("192.0.2.8", "/v1/search", [host]) not in {health, public, *keyed}
