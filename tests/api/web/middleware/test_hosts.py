"""Requests for another host name, or from another site's page, are refused."""

import asyncio
import socket

import pytest

from api.web.middleware.hosts import HostCheck
from tests.api.web.asgi import Client, answering, refuse, scope_of


async def hello(_: object) -> str:
    return "hello"


CHECK = HostCheck(
    answering(hello),
    hosts=["search.example"],
    origins=["https://intranet.example"],
    refuse=refuse,
)


def ask(**headers: str) -> Client:
    client = Client()
    asyncio.run(client.ask(CHECK, scope_of(headers=headers.items())))
    return client


@pytest.mark.parametrize(
    "host",
    [
        *["localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:8000", "[::1]:8000", "[::1]"],
        *["192.0.2.1", "search.example", "search.example:443", socket.gethostname()],
    ],
)
def test_own_names_and_addresses_are_answered(host: str) -> None:
    assert ask(host=host).text == "hello"


@pytest.mark.parametrize(
    "host",
    [
        *["evil.example", "localhost.evil.example", "evil.example:8000", "", "127.0.0.1.evil"],
        *["search.example.evil", "[evil.example]", "2130706433", "127.1"],
    ],
)
def test_other_names_are_refused(host: str) -> None:
    client = ask(host=host)
    assert client.status == 421
    assert '"code":"host_not_allowed"' in client.text


@pytest.mark.parametrize("second", [b"localhost", b"evil.example"])
def test_several_hosts_are_malformed(second: bytes) -> None:
    client = Client()
    scope = scope_of()
    scope["headers"].append((b"host", second))
    asyncio.run(client.ask(CHECK, scope))
    assert client.status == 400
    assert '"code":"malformed_request"' in client.text


def test_only_http_1_0_may_lack_a_host() -> None:
    def asked(version: str, **headers: str) -> int | None:
        client = Client()
        scope = scope_of(headers=headers.items()) | {"http_version": version}
        scope["headers"] = [each for each in scope["headers"] if each[0] != b"host"]
        asyncio.run(client.ask(CHECK, scope))
        return client.status

    # As the health checks of load balancers; a browser always names the host.
    assert asked("1.0") == 200
    assert asked("1.1") == 421
    assert asked("1.0", origin="http://evil.example") == 403


@pytest.mark.parametrize(
    "origin",
    [
        *["http://localhost:8000", "https://localhost:8000", "https://intranet.example"],
        "HTTPS://Intranet.Example",
    ],
)
def test_own_pages_and_allowed_sites_may_send_requests(origin: str) -> None:
    assert ask(host="localhost:8000", origin=origin).text == "hello"


@pytest.mark.parametrize(
    "origin",
    [
        *["http://evil.example", "null", "", "http://localhost", "http://localhost:8001"],
        *["http://intranet.example", "https://intranet.example.evil", "http://localhost:8000.evil"],
    ],
)
def test_other_sites_may_not_send_requests(origin: str) -> None:
    client = ask(host="localhost:8000", origin=origin)
    assert client.status == 403
    assert '"code":"origin_not_allowed"' in client.text


def test_a_proxy_that_does_not_pass_on_the_host_is_named_as_the_cause() -> None:
    told = ask(host="127.0.0.1:8000", origin="https://search.example:18443").text
    assert "this page is at 'https://search.example:18443'" in told
    assert "names the host '127.0.0.1:8000'; if both are this server, let the proxy" in told
    assert "docker/README.md, Behind a proxy" in told
    assert "SPANLIGHT_ALLOWED_ORIGINS" in told
