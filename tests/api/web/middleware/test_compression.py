"""Which answers are compressed, for whom, and what their headers say."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp

from api.web.middleware.compression import LEAST_BYTES, Compression
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, write
from tests.api.web.asgi import Client, scope_of

LONG = "The ferry sails at noon. " * 100


def ask(app: ASGIApp, accepted: str = "gzip", **headers: str) -> Client:
    client = Client()
    sent = {"accept-encoding": accepted} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    asyncio.run(client.ask(Compression(app), scope_of(headers=sent.items())))
    return client


def body(client: Client) -> bytes:
    return b"".join(each.get("body", b"") for each in client.sent)


@pytest.mark.parametrize(
    "accepted",
    ["gzip", "GZIP", "deflate, gzip;q=0.5, br", "*", "x-gzip", "br;q=0, *;q=0.1", "gzip ; q=1"],
)
def test_a_large_answer_is_compressed_for_whoever_accepts_it(accepted: str) -> None:
    client = ask(PlainTextResponse(LONG), accepted)
    assert client.headers["content-encoding"] == "gzip"
    assert client.headers["content-length"] == str(len(body(client)))
    assert client.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(body(client)) == LONG.encode()
    assert len(body(client)) < len(LONG) // 2


@pytest.mark.parametrize(
    "accepted", ["", "identity", "br, deflate", "gzip;q=0", "*;q=0.0", "gzip;q=0, *"]
)
def test_an_answer_is_sent_as_it_is_to_everybody_else(accepted: str) -> None:
    client = ask(PlainTextResponse(LONG), accepted)
    assert "content-encoding" not in client.headers
    assert client.headers["vary"] == "Accept-Encoding"
    assert client.text == LONG


def test_a_small_answer_is_sent_as_it_is() -> None:
    assert "content-encoding" not in ask(PlainTextResponse("a" * (LEAST_BYTES - 1))).headers
    assert "content-encoding" in ask(PlainTextResponse("a" * LEAST_BYTES)).headers


def test_a_page_of_another_site_cannot_learn_from_the_size() -> None:
    app = PlainTextResponse(LONG)
    assert "content-encoding" not in ask(app, sec_fetch_site="cross-site").headers
    assert "content-encoding" in ask(app, sec_fetch_site="same-origin").headers


def test_a_stream_of_events_is_sent_as_it_comes() -> None:
    async def events() -> AsyncIterator[str]:
        for _ in range(3):
            yield "data: " + LONG

    client = ask(StreamingResponse(events(), media_type="text/event-stream"))
    assert "content-encoding" not in client.headers
    assert [len(each.get("body", b"")) > 0 for each in client.sent] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_a_tag_of_other_bytes_becomes_weak() -> None:
    def tag(accepted: str, given: str) -> str:
        return ask(Response(LONG, headers={"ETag": given}), accepted).headers["etag"]

    assert tag("gzip", '"a"') == 'W/"a"'
    assert tag("gzip", 'W/"a"') == 'W/"a"'
    assert tag("identity", '"a"') == '"a"'


@pytest.fixture
def client(folder: Path, index: IndexFolder) -> Iterator[TestClient]:
    for number in range(20):
        write(folder, f"{number}.txt", f"The ferry {number} sails at noon.\n" * 10)
    publish(folder, index)
    with serve(index) as client:
        yield client


@pytest.mark.parametrize(
    "address",
    [
        "/v1/search?q=ferry",
        "/",
        "/?q=ferry",
        "/help",
        "/static/page.css",
        "/openapi.json",
        "/metrics",
    ],
)
def test_json_pages_and_files_are_compressed(client: TestClient, address: str) -> None:
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    small = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    assert "Accept-Encoding" in small.headers["vary"]


def test_checks_of_health_are_small(client: TestClient) -> None:
    assert "content-encoding" not in client.get("/livez").headers
