"""HEAD and OPTIONS of every path, as load balancers and monitors send them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.web.middleware.methods import Methods
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, wait_until, write
from tests.api.web.asgi import Client, scope_of


@pytest.fixture
def client(folder: Path, index: IndexFolder) -> Iterator[TestClient]:
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    with serve(index) as client:
        yield client


# Differ from answer to answer, or with the time.
OF_ONE_ANSWER = frozenset({"x-request-id", "date"})


def paths_of(client: TestClient) -> list[str]:
    """Return an address of every route that answers GET, and some that no route answers."""
    # Until the folder has been compared, two answers about the state of the index may differ.
    wait_until(lambda: client.get("/v1/status").json()["drift"] is not None)
    (hit,) = client.get("/v1/search", params={"q": "ferry"}).json()["hits"]
    ids = {"document_id": hit["document"]["id"], "passage_id": hit["passage_id"]}
    ids |= {"job_id": "0", "page": "1"}
    app = cast(FastAPI, client.app)
    templates = {
        route.path
        for route in iter_route_contexts(app.routes)
        if route.path and "GET" in (route.methods or ())
    }
    assert len(templates) > 20
    queries = ["/?q=ferry", "/v1/search?q=ferry", "/v1/suggest?q=fer", "/v1/search?q=", "/nothing"]
    return [*(template.format(**ids) for template in templates), *queries, "/static/page.css"]


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_head_of_every_get_route_is_the_head_of_its_answer(
    client: TestClient, accepted: str
) -> None:
    headers = {"Accept-Encoding": accepted, "Accept": "text/html, */*"}
    for path in paths_of(client):
        answers = [
            client.request(method, path, headers=headers, follow_redirects=False)
            for method in ("HEAD", "GET")
        ]
        assert answers[0].content == b"", path
        assert answers[0].status_code == answers[1].status_code, path
        head, got = (
            {name: value for name, value in each.headers.items() if name not in OF_ONE_ANSWER}
            for each in answers
        )
        # The times in some answers have more digits or fewer.
        lengths = head.pop("content-length", ""), got.pop("content-length", "")
        assert [bool(length) for length in lengths] in ([True, True], [False, False]), path
        assert head == got, path


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
