"""Turns, time limits and bodies: waiting and shed requests, and clients that leave."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.contract.errors import TimedOut
from api.telemetry.stages import require_time, stage
from api.web.access import Caller
from api.web.keys import ALL_SCOPES
from api.web.middleware import admission
from api.web.middleware.admission import MAX_BODY_BYTES, Admission
from tests.api.web.asgi import Client, answering, refuse, scope_of


def admit(app: ASGIApp, *, time_limit_s: float = 10.0, max_waiting: int = 128) -> Admission:
    return Admission(app, time_limit_s=time_limit_s, max_waiting=max_waiting, refuse=refuse)


@pytest.fixture
def _one_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "RUNNING_AT_ONCE", 1)


class Gate:
    """An application whose answers wait until the gate opens."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.entered = 0

    async def answer(self, request: Request) -> str:
        self.entered += 1
        await self.opened.wait()
        return (await request.body()).decode() or "hello"


async def settle() -> None:
    """Let every task that can continue do so."""
    for _ in range(20):
        await asyncio.sleep(0)


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(limited())


@pytest.mark.usefixtures("_one_at_once")
def test_requests_are_computed_in_order_of_arrival() -> None:
    async def scene() -> None:
        gate = Gate()
        app = admit(answering(gate.answer))
        clients = [Client() for _ in range(3)]
        asked = [asyncio.create_task(each.ask(app, scope_of())) for each in clients]
        await settle()
        assert gate.entered == 1
        gate.opened.set()
        await asyncio.gather(*asked)
        assert gate.entered == 3
        assert [client.text for client in clients] == ["hello"] * 3

    run(scene)


@pytest.mark.usefixtures("_one_at_once")
def test_requests_beyond_the_queue_are_shed() -> None:
    async def scene() -> None:
        gate = Gate()
        app = admit(answering(gate.answer), max_waiting=1)
        clients = [Client() for _ in range(3)]
        asked = [asyncio.create_task(each.ask(app, scope_of())) for each in clients]
        await asked[2]
        assert clients[2].status == 503
        assert clients[2].headers["retry-after"] == "1"
        assert '"code":"overloaded"' in clients[2].text
        # The liveness check is still answered.
        gate.opened.set()
        probe = Client()
        await probe.ask(app, scope_of("/livez"))
        assert probe.status == 200
        await asyncio.gather(*asked)
        assert [client.status for client in clients[:2]] == [200, 200]

    run(scene)


@pytest.mark.parametrize("path", ["/sign-in", "/static/page.css"])
@pytest.mark.parametrize("caller", [None, Caller(None, ALL_SCOPES)])
def test_a_flood_of_public_requests_sheds_none_with_a_key(caller: Caller | None, path: str) -> None:
    async def scene() -> None:
        gate = Gate()
        app = admit(answering(gate.answer), max_waiting=0)
        flood = [Client() for _ in range(500)]
        asked = [
            asyncio.create_task(each.ask(app, scope_of(path) | {"state": {"caller": caller}}))
            for each in flood
        ]
        await settle()
        assert gate.entered == admission.PUBLIC_AT_ONCE
        keyed = Client()
        state = {"caller": Caller("anna", ALL_SCOPES)}
        asked.append(asyncio.create_task(keyed.ask(app, scope_of() | {"state": state})))
        await settle()
        assert gate.entered == admission.PUBLIC_AT_ONCE + 1
        gate.opened.set()
        await asyncio.gather(*asked)
        assert keyed.text == "hello"
        shed = sum(each.status == 503 for each in flood)
        assert shed == 500 - admission.PUBLIC_AT_ONCE - admission.PUBLIC_WAITING

    run(scene)


@pytest.mark.usefixtures("_one_at_once")
def test_health_checks_need_no_turn() -> None:
    async def scene() -> None:
        gate = Gate()
        app = admit(answering(gate.answer), max_waiting=0)
        asked = [asyncio.create_task(Client().ask(app, scope_of()))]
        await settle()
        for path, method in (
            *[("/livez", "GET"), ("/readyz", "GET"), ("/metrics", "GET"), ("/", "OPTIONS")],
            *[("/livez", "HEAD")],
        ):
            scope = scope_of(path, method)
            asked.append(asyncio.create_task(Client().ask(app, scope)))
        await settle()
        assert gate.entered == 6
        gate.opened.set()
        await asyncio.gather(*asked)

    run(scene)


def test_a_public_request_may_only_have_a_small_body() -> None:
    async def scene() -> None:
        client = Client()
        app = admit(answering(Gate().answer))
        body = bytes(admission.MAX_PUBLIC_BODY_BYTES + 1)
        await client.ask(app, scope_of("/sign-in", "POST"), body)
        assert client.status == 413

    run(scene)


@pytest.mark.usefixtures("_one_at_once")
def test_a_client_that_leaves_while_waiting_takes_no_turn() -> None:
    async def scene() -> None:
        gate = Gate()
        app = admit(answering(gate.answer), max_waiting=1)
        first, second, third = Client(), Client(), Client()
        asked = [asyncio.create_task(each.ask(app, scope_of())) for each in (first, second)]
        await settle()
        second.leave()
        await asked[1]
        asked.append(asyncio.create_task(third.ask(app, scope_of())))
        await settle()
        gate.opened.set()
        await asyncio.gather(*asked)
        assert gate.entered == 2
        assert (first.text, second.sent, third.text) == ("hello", [], "hello")

    run(scene)


@pytest.mark.usefixtures("_one_at_once")
def test_a_request_that_waits_too_long_is_refused() -> None:
    async def scene() -> None:
        gate = Gate()
        app = admit(answering(gate.answer), time_limit_s=0.05)
        first, second = Client(), Client()
        asked = [asyncio.create_task(each.ask(app, scope_of())) for each in (first, second)]
        await asked[1]
        assert second.status == 503
        assert '"code":"overloaded"' in second.text
        gate.opened.set()
        await asked[0]

    run(scene)


@pytest.mark.usefixtures("_one_at_once")
def test_a_late_answer_is_replaced_and_keeps_its_turn_until_its_work_ends() -> None:
    async def scene() -> None:
        gate = Gate()
        app = admit(answering(gate.answer), time_limit_s=0.05)
        late, after = Client(), Client()
        asked = asyncio.create_task(late.ask(app, scope_of()))
        while late.status is None:
            await asyncio.sleep(0.01)
        assert late.status == 503
        assert '"code":"timed_out"' in late.text
        told = late.text
        waiting = asyncio.create_task(after.ask(app, scope_of()))
        await settle()
        assert gate.entered == 1
        gate.opened.set()
        await asyncio.gather(asked, waiting)
        assert (late.text, after.text) == (told, "hello")

    run(scene)


def test_work_in_a_thread_ends_at_its_next_stage_when_the_client_has_gone() -> None:
    ended = threading.Event()

    def work() -> None:
        try:
            while True:
                with stage("test"):
                    ended.wait(0.001)
        except TimedOut:
            ended.set()
            raise

    async def answer(_: Request) -> str:
        await run_in_threadpool(work)
        return "never"

    async def scene() -> None:
        client = Client()
        asked = asyncio.create_task(client.ask(admit(answering(answer)), scope_of()))
        await settle()
        client.leave()
        await asked
        assert ended.is_set()
        assert client.sent == []

    run(scene)


def test_outside_a_request_there_is_no_time_limit() -> None:
    require_time()


def test_an_error_of_the_application_is_passed_on() -> None:
    async def fail(_: Request) -> str:
        raise ValueError("a bug")

    async def scene() -> None:
        with pytest.raises(ValueError, match="a bug"):
            await Client().ask(admit(answering(fail)), scope_of())

    run(scene)


def test_the_body_is_read_before_the_request_takes_a_turn() -> None:
    async def scene() -> None:
        gate = Gate()
        gate.opened.set()
        app = admit(answering(gate.answer))
        client = Client()
        asked = asyncio.create_task(app(scope_of(method="POST"), client.incoming.get, client.take))
        for part in (b"hel", b"lo ", b"there"):
            client.incoming.put_nowait({"type": "http.request", "body": part, "more_body": True})
            await settle()
            assert gate.entered == 0
        client.incoming.put_nowait({"type": "http.request"})
        await asked
        assert client.text == "hello there"

    run(scene)


def test_an_oversized_body_is_refused_as_early_as_possible() -> None:
    async def scene() -> None:
        client = Client()
        app = admit(answering(Gate().answer))
        part = {"type": "http.request", "body": bytes(MAX_BODY_BYTES // 2 + 1), "more_body": True}
        client.incoming.put_nowait(part)
        client.incoming.put_nowait(part)
        await app(scope_of(method="POST"), client.incoming.get, client.take)
        assert client.status == 413
        assert '"code":"body_too_large"' in client.text

    run(scene)


def test_a_body_that_does_not_arrive_times_out() -> None:
    async def scene() -> None:
        client = Client()
        app = admit(answering(Gate().answer), time_limit_s=0.05)
        await app(scope_of(method="POST"), client.incoming.get, client.take)
        assert client.status == 408

    run(scene)


@pytest.mark.usefixtures("_one_at_once")
def test_a_slow_reader_delays_no_other_request() -> None:
    async def scene() -> None:
        async def hello(_: Request) -> str:
            return "hello"

        app = admit(answering(hello))
        reads = asyncio.Event()
        slow = Client()

        async def take_slowly(message: Message) -> None:
            await reads.wait()
            await slow.take(message)

        slow.incoming.put_nowait({"type": "http.request"})
        asked = asyncio.create_task(app(scope_of(), slow.incoming.get, take_slowly))
        await settle()
        quick = Client()
        await quick.ask(app, scope_of())
        assert (quick.text, slow.sent) == ("hello", [])
        reads.set()
        await asked
        assert slow.text == "hello"

    run(scene)


def test_a_client_that_never_reads_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "SENDING_LIMIT_S", 0.05)

    async def hello(_: Request) -> str:
        return "hello"

    async def never(message: Message) -> None:
        await asyncio.Event().wait()

    async def scene() -> None:
        client = Client()
        client.incoming.put_nowait({"type": "http.request"})
        await admit(answering(hello))(scope_of(), client.incoming.get, never)

    run(scene)


def test_a_stream_ends_when_its_client_leaves() -> None:
    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.request"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"

    async def scene() -> None:
        client = Client()
        # Longer than an answer may take to start.
        asked = asyncio.create_task(client.ask(admit(stream, time_limit_s=0.05), scope_of()))
        await asyncio.sleep(0.2)
        assert not asked.done()
        client.leave()
        await asked
        assert client.text == "first"

    run(scene)
