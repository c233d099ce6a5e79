"""A batch of searches: each error names its search."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.index.folder import IndexFolder
from tests.api.gated_embedder import GatedEmbedder
from tests.api.served_index import Json, publish, serve, wait_until, write
from tests.hashed_embedder import HashedEmbedder

GOOD: Json = {"q": "ferry", "mode": "lexical"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    place = tmp_path_factory.mktemp("batch")
    write(place / "folder", "ferry.txt", "The ferry sails at noon.\n")
    publish(place / "folder", IndexFolder(place / "index"))
    with serve(IndexFolder(place / "index")) as client:
        yield client


def refused(client: TestClient, searches: list[Json], status: int = 422) -> Json:
    response = client.post("/v1/search/batch", json={"searches": searches})
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: Json = response.json()
    return problem


@pytest.mark.parametrize(
    ("bad", "parameter", "code"),
    [
        ({"q": ""}, "q", "invalid_request"),
        ({}, "q", "invalid_request"),
        ({"q": "a", "limit": 101}, "limit", "invalid_request"),
        ({"q": "a", "nope": 1}, "nope", "invalid_request"),
        ({"q": "a", "facets": ["year", "size"]}, "facets[1]", "invalid_request"),
        ({"q": "  "}, "q", "invalid_query"),
        ({"q": "a", "cursor": "made-up"}, "cursor", "invalid_query"),
        ({"q": "a", "path": [""]}, "path", "invalid_query"),
        ({"q": "a", "modified_after": "2024-02-30"}, "modified_after", "invalid_query"),
        ({"q": "a", "mode": "semantic"}, "mode", "semantic_unavailable"),
    ],
)
def test_an_error_names_its_search(
    client: TestClient, bad: Json, parameter: str, code: str
) -> None:
    problem = refused(client, [GOOD, GOOD, bad, GOOD])
    assert (problem["parameter"], problem["code"]) == (f"searches[2].{parameter}", code)
    assert problem["detail"].startswith("searches[2]")


def test_the_first_of_several_errors_is_reported(client: TestClient) -> None:
    problem = refused(client, [GOOD, {"q": "a", "cursor": "x"}, {"q": "b", "cursor": "y"}])
    assert problem["parameter"] == "searches[1].cursor"


def test_a_position_refers_to_the_query_of_its_search(client: TestClient) -> None:
    problem = refused(client, [GOOD, {"q": "ferry after:2024-02-30"}])
    assert (problem["parameter"], problem["position"]) == ("searches[1].q", 12)


def test_a_search_that_is_not_an_object_is_named(client: TestClient) -> None:
    response = client.post("/v1/search/batch", json={"searches": [GOOD, "ferry"]})
    assert (response.status_code, response.json()["parameter"]) == (422, "searches[1]")


def test_a_batch_has_at_most_a_hundred_searches(client: TestClient) -> None:
    batch = {"searches": [GOOD] * 100}
    assert len(client.post("/v1/search/batch", json=batch).json()["results"]) == 100
    problem = refused(client, [GOOD] * 101)
    assert problem["parameter"] == "searches"
    assert "100" in problem["detail"]


def test_a_cursor_whose_generation_is_gone_names_its_search(
    folder: Path, index: IndexFolder
) -> None:
    for name in ("a.txt", "b.txt"):
        write(folder, name, f"The ferry of {name}.\n")
    publish(folder, index)
    with serve(index) as client:
        search = GOOD | {"limit": 1}
        cursor = client.post("/v1/search", json=search).json()["next_cursor"]
        write(folder, "c.txt", "Another ferry.\n")
        generation = publish(folder, index)
        wait_until(lambda: client.get("/v1/status").json()["generation"] == generation)
        problem = refused(client, [GOOD, search | {"cursor": cursor}], 410)
    assert (problem["parameter"], problem["code"]) == ("searches[1].cursor", "generation_gone")


def test_a_model_that_is_loading_names_the_search_that_needs_it(
    folder: Path, index: IndexFolder
) -> None:
    write(folder, "a.txt", "The ferry.\n")
    publish(folder, index, HashedEmbedder())
    embedder = GatedEmbedder()
    with serve(index, lambda name: embedder, ready=False) as client:
        problem = refused(client, [GOOD, {"q": "ferry", "mode": "semantic"}], 503)
        embedder.gate.set()
    assert (problem["parameter"], problem["code"]) == ("searches[1]", "model_loading")
