"""Endless, slow and malformed requests over real sockets, and clients with many connections."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from api.web.connections import guarding
from api.web.connections.guarding import MAX_HEAD_BYTES, MAX_HEADERS, guarded
from api.web.connections.places import Places
from tests.api.served_index import wait_until
from tests.api.web.asgi import answering

HOST = "127.0.0.1"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"a" * (MAX_HEAD_BYTES + 10_000)
PATIENCE_S = 20.0


class Site:
    """A server in a thread. Its application answers once the gate is open.

    `/deaf` answers without reading the body, and `/refused` refuses after reading it; other paths
    say how long the body was, and which headers came.
    """

    def __init__(self, most: int = 100) -> None:
        self.opened = threading.Event()
        self.opened.set()
        self.asked = 0
        config = uvicorn.Config(
            self._app,
            port=0,
            http=guarded(Places(most)),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
        )
        self.server = uvicorn.Server(config)

    @property
    def port(self) -> int:
        port: int = self.server.servers[0].sockets[0].getsockname()[1]
        return port

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/refused":
            await answering(self._answer)(scope, receive, send)
            return
        await Request(scope, receive).body()
        self.asked += 1
        await PlainTextResponse("refused", 503)(scope, receive, send)

    async def _answer(self, request: Request) -> str:
        self.asked += 1
        while not self.opened.is_set():
            await asyncio.sleep(0.01)
        if request.url.path == "/deaf":
            return "deaf"
        body = await request.body()
        return f"{len(body)} bytes, {sorted(request.headers)}"


@contextmanager
def serving(most: int = 100) -> Iterator[Site]:
    site = Site(most)
    thread = threading.Thread(target=site.server.run)
    thread.start()
    try:
        wait_until(lambda: site.server.started)
        yield site
    finally:
        site.opened.set()
        site.server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def shared_site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    shared_site.asked = 0
    yield shared_site
    shared_site.opened.set()


def connect(site: Site) -> socket.socket:
    return socket.create_connection((HOST, site.port), timeout=PATIENCE_S)


def told(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes."""
    received = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            received += part
    return received


def ask(site: Site, content: bytes) -> bytes:
    """Send the bytes, and return all that comes until the server closes."""
    with connect(site) as connection:
        with suppress(ConnectionError):
            connection.sendall(content)
        return told(connection)


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def problem(answer: bytes) -> dict[str, object]:
    """Return the last problem document, which has our shape and headers."""
    head, _, body = answer[answer.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    assert b"x-content-type-options: nosniff" in head
    assert f"content-length: {len(body)}\r\n".encode() in head
    found: dict[str, object] = json.loads(body)
    assert found["status"] == statuses(answer)[-1]
    return found


ENDLESS = {
    "address": b"GET /" + LONG,
    "method": LONG,
    "header": b"GET / HTTP/1.1\r\nX-A: " + LONG,
    "name of a header": b"GET / HTTP/1.1\r\n" + LONG,
    "headers": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * (len(LONG) // 6),
    "blank lines": b"\r\n" * len(LONG),
    "extension of a chunk": CHUNKED + b"1;" + LONG,
    "extensions of chunks": CHUNKED + (b"1;" + LONG[:40_000] + b"\r\na\r\n") * 3,
    "trailer": CHUNKED + b"0\r\nX-A: " + LONG,
    "trailers": CHUNKED + b"1\r\na\r\n0\r\n" + b"A: b\r\n" * (len(LONG) // 6),
}


@pytest.mark.parametrize("content", ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_is_refused(site: Site, content: bytes) -> None:
    answer = ask(site, content)
    assert statuses(answer)[-1] in {400, 431}
    code = problem(answer)["code"]
    assert code == "head_too_large" or (statuses(answer) == [400] and content == LONG)


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\n", CHUNKED + b"1\r\na\r\n0\r\n"])
def test_too_many_headers_are_refused(site: Site, start: bytes) -> None:
    answer = ask(site, start + b"A: b\r\n" * (MAX_HEADERS + 1) + b"\r\n")
    assert statuses(answer) == [431]
    assert "200 headers" in str(problem(answer)["detail"])
    headers = b"A: b\r\n" * (MAX_HEADERS - 1) + b"Connection: close\r\n\r\n"
    assert statuses(ask(site, b"GET / HTTP/1.1\r\n" + headers)) == [200]


@pytest.mark.parametrize("content", [ENDLESS["header"], ENDLESS["trailer"]])
def test_a_request_after_others_is_refused_too(site: Site, content: bytes) -> None:
    answer = ask(site, GET + GET + content)
    assert statuses(answer) == [200, 200, 431]
    with connect(site) as connection:
        connection.sendall(GET)
        assert connection.recv(65_536)
        with suppress(ConnectionError):
            connection.sendall(content)
        assert statuses(told(connection)) == [431]


def test_a_head_up_to_the_limit_is_answered(site: Site) -> None:
    filler = b"X-A: " + b"a" * (MAX_HEAD_BYTES - 5_000) + b"\r\n"
    request = GET.replace(b"\r\n\r\n", b"\r\n" + filler + b"Connection: close\r\n\r\n")
    assert statuses(ask(site, request)) == [200]
    body = CHUNKED + b"1;a\r\na\r\n" * 30_000 + b"0\r\n\r\n"
    assert b"30000 bytes" in ask(site, body + GET.replace(b"GET /", b"GET /deaf") + b"!")


def test_requests_sent_at_once_are_answered_in_order(site: Site) -> None:
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert statuses(ask(site, GET * 999 + last)) == [200] * 1_000


@pytest.mark.parametrize("body", [b"", b"\r\n\r\n" * 1_000])
def test_what_was_sent_behind_a_refused_request_is_dropped(site: Site, body: bytes) -> None:
    refused = b"POST /refused HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer = ask(site, GET + refused + body + GET * 5_000)
    assert statuses(answer) == [200, 503]
    assert b"connection: close" in answer
    assert site.asked == 2
    # Whoever waits for answers may go on.
    with connect(site) as connection:
        for _ in range(3):
            connection.sendall(refused + body)
            assert statuses(connection.recv(65_536)) == [503]


def test_trailers_do_not_become_headers(site: Site) -> None:
    trailers = CHUNKED + b"1\r\na\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n"
    answer = ask(site, trailers + b"!")
    assert b"1 bytes, ['host', 'transfer-encoding']" in answer


# Time


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "HEAD_LIMIT_S", 0.3)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("part", [GET[:1], GET[:-2], b"\r\n", b"GET / HTTP/1.1\r\nX-A: a"])
def test_half_a_head_is_not_awaited_for_ever(site: Site, part: bytes) -> None:
    answer = ask(site, part)
    assert statuses(answer) == [408]
    assert problem(answer)["code"] == "head_too_slow"
    # The same for a second request on a connection.
    with connect(site) as connection:
        connection.sendall(GET)
        assert statuses(connection.recv(65_536)) == [200]
        connection.sendall(part)
        assert statuses(told(connection)) == [408]


@pytest.mark.usefixtures("_impatient")
def test_half_a_head_behind_a_request_is_not_awaited_either(site: Site) -> None:
    assert statuses(ask(site, GET + GET[:9])) == [200, 408]


@pytest.mark.usefixtures("_impatient")
def test_bytes_that_trickle_in_win_no_time(site: Site) -> None:
    with connect(site) as connection, suppress(ConnectionError):
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE_S:
            connection.sendall(b"\r\n")
            time.sleep(0.05)
    assert time.monotonic() - began < PATIENCE_S


@pytest.mark.usefixtures("_impatient")
def test_a_silent_connection_is_closed_without_a_word(site: Site) -> None:
    assert ask(site, b"") == b""


@pytest.mark.usefixtures("_impatient")
def test_an_answer_may_take_longer_than_a_head(site: Site) -> None:
    site.opened.clear()
    with connect(site) as connection:
        connection.sendall(GET + GET[:10])
        time.sleep(0.6)
        site.opened.set()
        assert statuses(connection.recv(65_536)) == [200]
        connection.sendall(GET[10:])
        assert statuses(connection.recv(65_536)) == [200]


# Malformed requests


@pytest.mark.parametrize(
    "content",
    [
        *[b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET /\x00 HTTP/1.1\r\n\r\n"],
        *[b"CONNECT localhost:80 HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n"],
        CHUNKED + b"many\r\n",
    ],
)
def test_what_is_not_http_gets_a_problem_document(site: Site, content: bytes) -> None:
    answer = ask(site, content)
    assert statuses(answer) == [400]
    assert problem(answer)["code"] == "malformed_request"


def test_websockets_are_refused_and_other_upgrades_ignored(site: Site) -> None:
    upgrade = b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: %b\r\n\r\n"
    refused = ask(site, upgrade % b"WebSocket")
    assert (statuses(refused), "WebSockets" in str(problem(refused)["detail"])) == ([400], True)
    assert statuses(ask(site, upgrade % b"h2c" + GET + b"!")) == [200, 200, 400]


@pytest.mark.parametrize("content", [b"nonsense\r\n\r\n", CHUNKED + b"many\r\n"])
def test_earlier_requests_are_answered_before_a_refusal(site: Site, content: bytes) -> None:
    site.opened.clear()
    with connect(site) as connection:
        connection.sendall(GET + content)
        wait_until(lambda: site.asked == 1)
        site.opened.set()
        assert statuses(told(connection)) == [200, 400]


# Bodies that nobody reads


def test_a_body_that_nobody_reads_ends_the_connection(site: Site) -> None:
    head = b"POST /deaf HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n"
    with connect(site) as connection:
        connection.sendall(head)
        assert statuses(told(connection)) == [200]
        with suppress(ConnectionError):
            for _ in range(1_000):
                connection.sendall(b"a" * 100_000)
                time.sleep(0.01)
            pytest.fail("the server reads on")


# Many connections


def test_idle_connections_make_room() -> None:
    with serving(3) as site, ExitStack() as opened:
        idle = [opened.enter_context(connect(site)) for _ in range(5)]
        assert statuses(ask(site, GET + b"!")) == [200, 400]
        # The oldest have gone.
        assert told(idle[0]) == b""


def test_a_half_sent_request_makes_room_but_not_one_that_is_answered() -> None:
    with serving(2) as site:
        site.opened.clear()
        with connect(site) as asking, connect(site) as another:
            asking.sendall(GET)
            another.sendall(CHUNKED)
            wait_until(lambda: site.asked == 2)
            with connect(site) as third:
                third.sendall(GET)
                assert told(another) == b""
                wait_until(lambda: site.asked == 3)
                refused = ask(site, b"")
                assert (statuses(refused), problem(refused)["code"]) == (
                    [503],
                    "too_many_connections",
                )
                site.opened.set()
                assert statuses(asking.recv(65_536)) == [200]
                assert statuses(third.recv(65_536)) == [200]
