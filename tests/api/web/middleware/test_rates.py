"""Each sender has its own limit, a refusal says when to retry, and floods take no memory."""

import asyncio

import pytest

from api.web.access import Caller
from api.web.keys import ALL_SCOPES
from api.web.middleware import rates
from api.web.middleware.rates import RateLimit
from tests.api.web.asgi import Client, answering, refuse, scope_of

STRANGER = None
ANYBODY = Caller(None, ALL_SCOPES)
ANNA, BERT = Caller("anna", ALL_SCOPES), Caller("bert", ALL_SCOPES)


async def hello(_: object) -> str:
    return "hello"


def limit(per_minute: int = 2) -> RateLimit:
    return RateLimit(answering(hello), per_minute=per_minute, refuse=refuse)


async def ask(
    app: RateLimit, caller: Caller | None, path: str = "/v1/search", peer: str = "192.0.2.7"
) -> Client:
    client = Client()
    scope = scope_of(path) | {"client": (peer, 50_000)}
    scope["state"]["caller"] = caller
    await client.ask(app, scope)
    return client


async def statuses(
    number: int,
    app: RateLimit,
    caller: Caller | None,
    path: str = "/v1/search",
    peer: str = "192.0.2.7",
) -> list[int | None]:
    return [(await ask(app, caller, path, peer)).status for _ in range(number)]


@pytest.fixture(autouse=True)
def _few_public_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "PUBLIC_PER_MINUTE", 3)


def test_beyond_the_limit_the_answer_says_when_to_retry() -> None:
    async def scene() -> None:
        app = limit()
        assert await statuses(3, app, ANNA) == [200, 200, 429]
        refused = await ask(app, ANNA)
        assert 29 <= int(refused.headers["retry-after"]) <= 30
        assert '"code":"rate_limited"' in refused.text
        assert "SPANLIGHT_RATE_LIMIT" in refused.text
        # Other keys, and senders without one, have limits of their own.
        assert (await ask(app, BERT)).status == 200
        assert await statuses(3, app, ANYBODY) == [200, 200, 429]
        # Nobody has to wait for health checks, metrics and the files of the page.
        for path in ("/livez", "/readyz", "/metrics", "/static/page.css"):
            assert await statuses(9, app, ANNA, path) == [200] * 9

    asyncio.run(scene())


def test_attempts_without_a_key_are_counted_by_address() -> None:
    async def scene() -> None:
        app = limit()
        assert await statuses(2, app, STRANGER, "/v1/search") == [200, 200]
        assert (await ask(app, STRANGER, "/sign-in")).status == 200
        assert await statuses(2, app, STRANGER, "/static/page.css") == [429, 429]
        # Not even whoever has a key at the same address is affected.
        assert (await ask(app, ANNA)).status == 200
        assert (await ask(app, STRANGER, peer="192.0.2.8")).status == 200
        # Checks of health are counted apart.
        assert await statuses(4, app, STRANGER, "/readyz") == [200, 200, 200, 429]

    asyncio.run(scene())


def test_an_ipv6_network_is_one_sender() -> None:
    async def scene() -> None:
        app = limit()
        found = [
            (await ask(app, STRANGER, peer=f"2001:db8::{number:x}")).status for number in range(4)
        ]
        assert found == [200, 200, 200, 429]
        assert (await ask(app, STRANGER, peer="2001:db8:0:1::1")).status == 200

    asyncio.run(scene())


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
def test_programs_on_this_machine_may_check_health_and_use_an_open_server(peer: str) -> None:
    async def scene() -> None:
        app = limit()
        assert await statuses(9, app, STRANGER, "/livez", peer) == [200] * 9
        for path in ("/v1/search", "/sign-in"):
            assert await statuses(9, app, ANYBODY, path, peer) == [200] * 9
        assert await statuses(4, app, STRANGER, "/sign-in", peer) == [200, 200, 200, 429]

    asyncio.run(scene())


def test_without_a_limit_for_keys_there_is_one_for_strangers() -> None:
    async def scene() -> None:
        app = limit(0)
        assert await statuses(9, app, ANNA) == [200] * 9
        assert await statuses(9, app, ANYBODY) == [200] * 9
        assert await statuses(4, app, STRANGER) == [200, 200, 200, 429]

    asyncio.run(scene())


def test_any_number_of_addresses_takes_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "ADDRESS_PLACES", 8)

    async def scene() -> None:
        app = limit()
        for number in range(300):
            await ask(app, STRANGER, peer=f"192.0.{number // 256}.{number % 256}")
        assert len(app._public_allowances._due) <= 8

    asyncio.run(scene())


def test_a_sender_that_waits_may_send_again() -> None:
    allowances = rates._Allowances(60)
    assert [allowances.wait_s("a", 100.0) for _ in range(61)] == [0.0] * 60 + [pytest.approx(1)]
    assert allowances.wait_s("a", 100.9) == pytest.approx(0.1, abs=0.01)
    assert allowances.wait_s("a", 101.0) == 0.0
    assert allowances.wait_s("a", 101.0) > 0
    assert [allowances.wait_s("a", 200.0) for _ in range(61)][-2:] == [0.0, pytest.approx(1)]
