"""HEAD and OPTIONS of every path, as load balancers and monitors send them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.web.middleware.methods import Methods
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, write
from tests.api.web.asgi import Client, scope_of


@pytest.fixture
def client(folder: Path, index: IndexFolder) -> Iterator[TestClient]:
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    with serve(index) as client:
        yield client


def test_head_of_every_get_route_is_the_head_of_its_answer(client: TestClient) -> None:
    paths = [
        *["/", "/help", "/index", "/sign-in", "/opensearch.xml", "/static/page.css"],
        *["/livez", "/readyz", "/metrics", "/openapi.json", "/v1/status", "/v1/jobs"],
        *["/v1/search?q=ferry", "/v1/suggest?q=fer", "/v1/search?q=", "/nothing"],
    ]
    for path in paths:
        head, got = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers["content-type"] == got.headers["content-type"], path


def test_options_tell_the_methods_of_a_path(client: TestClient) -> None:
    def told(path: str) -> tuple[int, str]:
        response = client.options(path)
        return response.status_code, response.headers.get("allow", "")

    assert told("/") == (204, "GET, HEAD, OPTIONS")
    assert told("/v1/search") == (204, "GET, HEAD, OPTIONS, POST")
    assert told("/v1/documents/0123") == (204, "GET, HEAD, OPTIONS")
    assert told("/v1/reindex") == (204, "OPTIONS, POST")
    assert told("/nothing")[0] == 404


def test_the_head_of_a_stream_is_sent_without_waiting_for_its_end() -> None:
    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.body", "body": b"never", "more_body": True})

    async def scene() -> None:
        client = Client()
        asked = asyncio.create_task(client.ask(Methods(stream), scope_of(method="HEAD")))
        while len(client.sent) < 2:
            await asyncio.sleep(0)
        assert client.sent[1] == {"type": "http.response.body"}
        client.leave()
        await asked
        assert len(client.sent) == 2

    asyncio.run(scene())
