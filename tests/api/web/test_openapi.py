"""The OpenAPI document is one from which good clients can be generated."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema_rs import Draft202012Validator

from indexer.index.folder import IndexFolder
from tests.api.served_index import Json, publish, serve, write
from tests.hashed_embedder import HashedEmbedder


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    place = tmp_path_factory.mktemp("described")
    for name in ("a.txt", "b.txt"):
        write(place / "folder", name, f"The bridge of {name} was closed because of a storm.\n")
    write(place / "folder", "c.html", "<title>Ferries</title><p>Ferries sail from the quay.</p>")
    write(place / "folder", "d.bin", b"\x00\x01" * 40)
    index = IndexFolder(place / "index")
    publish(place / "folder", index, HashedEmbedder())
    with serve(index) as client:
        yield client


@pytest.fixture(scope="module")
def document(client: TestClient) -> Json:
    described: Json = client.get("/openapi.json").json()
    return described


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_operations_have_short_names_of_their_own(document: Json) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert {"search", "get_document", "list_documents", "verify", "get_status"} <= set(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+){0,2}", name) for name in names)
    assert not any(re.search(r"v1|_(get|post)$", name) for name in names)


def test_a_server_and_both_ways_to_send_a_key_are_named(document: Json) -> None:
    assert document["servers"] == [{"url": "/"}]
    schemes = document["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert (schemes["header"]["in"], schemes["header"]["name"]) == ("header", "X-API-Key")


def answers(client: TestClient) -> Iterator[tuple[str, str, Any]]:
    """Yield the answers to some requests, with the method and the template of each."""
    found = client.get("/v1/search", params={"q": "bridge ferries", "explain": True}).json()
    yield "get", "/v1/search", found
    asked = {"q": "nothing of it", "group_by": "document", "facets": ["folder"]}
    yield "post", "/v1/search", client.post("/v1/search", json=asked).json()
    batch = {"searches": [{"q": "storm"}, {"q": "quay"}]}
    yield "post", "/v1/search/batch", client.post("/v1/search/batch", json=batch).json()
    for hit in found["hits"]:
        passage, document = hit["passage_id"], hit["document"]["id"]
        for template in (
            "/v1/passages/{passage_id}",
            "/v1/passages/{passage_id}/similar",
            "/v1/documents/{document_id}",
            "/v1/documents/{document_id}/text",
            "/v1/documents/{document_id}/source",
        ):
            path = template.format(passage_id=passage, document_id=document)
            yield "get", template, client.get(path).json()
    for state in ("indexed", "skipped"):
        listed = client.get("/v1/documents", params={"state": state}).json()
        yield "get", "/v1/documents", listed
    for text in ("The bridge of a.txt was shut because of a storm.", "nothing of it"):
        yield "post", "/v1/verify", client.post("/v1/verify", json={"text": text}).json()
    for path in ("/v1/status", "/v1/jobs", "/readyz", "/livez"):
        yield "get", path, client.get(path).json()


def test_answers_have_every_field_that_the_document_requires(
    client: TestClient, document: Json
) -> None:
    for method, path, answer in answers(client):
        content = document["paths"][path][method]["responses"]["200"]["content"]
        schema = content["application/json"]["schema"] | {"components": document["components"]}
        Draft202012Validator(schema).validate(answer)


def test_fields_that_are_always_there_are_required(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for name in ("SearchResponse", "Hit", "DocumentMetadata", "Status", "Verification"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"])
    # A request may leave out what has a default, and an error what it has not.
    assert schemas["SearchRequest"]["required"] == ["q"]
    assert "parameter" not in schemas["Problem"]["required"]
