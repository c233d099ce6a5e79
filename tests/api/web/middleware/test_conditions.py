"""`If-None-Match`: what a client has already is not sent again, and nothing else is withheld."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.responses import Response

from api.web.keys import ALL_SCOPES, KeyFile
from api.web.middleware.conditions import Conditions
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, wait_until, write
from tests.api.web.asgi import Client, scope_of
from tests.browser.site import document_id

FERRY = document_id("ferry.txt")


def ask(app: Response, named: str, method: str = "GET") -> Client:
    client = Client()
    scope = scope_of(method=method, headers=[("if-none-match", named)])
    asyncio.run(client.ask(Conditions(app), scope))
    return client


@pytest.mark.parametrize("named", ['"a"', 'W/"a"', '"b", W/"a"', '"b","a"', "*"])
def test_an_answer_with_a_named_tag_is_not_sent_again(named: str) -> None:
    headers = {"ETag": 'W/"a"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    client = ask(Response("hello", headers=headers, media_type="text/plain"), named)
    assert (client.status, client.text) == (304, "")
    assert client.headers == {name.lower(): value for name, value in headers.items()}


@pytest.mark.parametrize(
    ("status", "tag", "named", "method"),
    [
        *[(200, '"a"', '"b"', "GET"), (200, '"a"', "a", "GET"), (200, None, "*", "GET")],
        *[(404, '"a"', '"a"', "GET"), (200, '"a"', '"a"', "POST"), (200, '"a"', '""', "GET")],
    ],
)
def test_every_other_answer_is_sent(status: int, tag: str | None, named: str, method: str) -> None:
    headers = {"ETag": tag} if tag else {}
    client = ask(Response("hello", status, headers=headers), named, method)
    assert (client.status, client.text) == (status, "hello")


@pytest.fixture
def client(folder: Path, index: IndexFolder) -> Iterator[TestClient]:
    write(folder, "ferry.txt", "The ferry sails at noon.\n")
    write(folder, "tram.txt", "The tram leaves at nine.\n")
    publish(folder, index)
    with serve(index) as client:
        yield client


def addresses(client: TestClient) -> list[str]:
    (hit,) = client.get("/v1/search?q=ferry").json()["hits"]
    passage = f"/v1/passages/{hit['passage_id']}"
    document = f"/v1/documents/{FERRY}"
    return [
        *["/v1/search?q=ferry", "/v1/suggest?q=fer", document, f"{document}/text"],
        *[passage, f"{passage}/similar"],
    ]


def tag(client: TestClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-cache"
    assert "Accept-Encoding" in response.headers["vary"]
    return response.headers["etag"]


def status(client: TestClient, address: str, known: str, **headers: str) -> int:
    return client.get(address, headers={"If-None-Match": known, **headers}).status_code


def test_what_depends_on_the_generation_alone_has_its_tag(client: TestClient) -> None:
    generation = client.get("/v1/status").json()["generation"]
    for address in addresses(client):
        known = tag(client, address)
        assert known.startswith(f'W/"{generation}.'), address
        again = client.get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", known)
        head = client.head(address, headers={"If-None-Match": known})
        assert head.status_code == 304
        assert "content-length" not in again.headers


def test_the_tag_is_the_same_however_the_answer_is_encoded(client: TestClient) -> None:
    for address in addresses(client):
        tags = {
            client.get(address, headers={"Accept-Encoding": each}).headers["etag"]
            for each in ("gzip", "identity")
        }
        assert len(tags) == 1


def test_another_generation_has_another_tag(
    client: TestClient, folder: Path, index: IndexFolder
) -> None:
    known = {address: tag(client, address) for address in addresses(client)}
    write(folder, "new.txt", "A new ship.\n")
    generation = publish(folder, index)
    wait_until(lambda: client.get("/v1/status").json()["generation"] == generation)
    for address, before in known.items():
        assert status(client, address, before) == 200


def test_a_file_that_has_changed_since_is_told_at_once(client: TestClient, folder: Path) -> None:
    found = addresses(client)
    known = {address: tag(client, address) for address in found}
    write(folder, "ferry.txt", "The ferry sails at ten.\n")
    for address, before in known.items():
        shows_state = not address.endswith("/text") and "suggest" not in address
        assert status(client, address, before) == (200 if shows_state else 304), address


def test_a_tag_replaces_no_key(client: TestClient, folder: Path, index: IndexFolder) -> None:
    keys = index.path.with_name("guarded.json")
    secret = KeyFile(keys).add("anna", ALL_SCOPES)
    with serve(index, keys=keys) as guarded:
        key = {"X-API-Key": secret}
        for address in ("/v1/search?q=ferry", f"/v1/documents/{FERRY}/text"):
            known = guarded.get(address, headers=key).headers["etag"]
            assert status(guarded, address, known, **key) == 304
            assert status(guarded, address, known) == 401


def test_the_files_of_the_page_keep_their_own_tags(client: TestClient) -> None:
    for accepted in ("gzip", "identity"):
        headers = {"Accept-Encoding": accepted}
        known = client.get("/static/page.css", headers=headers).headers["etag"]
        assert known.startswith("W/") is (accepted == "gzip")
        assert status(client, "/static/page.css", known, **headers) == 304
