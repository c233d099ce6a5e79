"""The HTTP API, route by route, over an index of three files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from indexer.documents import document_id
from indexer.errors import ModelNotFound
from indexer.index.folder import IndexFolder
from tests.api.gated_embedder import GatedEmbedder
from tests.api.served_index import HASHED, Json, publish, serve, wait_until, write
from tests.hashed_embedder import HashedEmbedder

FERRY = "The ferry sails at noon. 🐟\n"
GUIDE = "# Guide\n\n" + "".join(
    f"On day {day} the ferry crosses {day * 7} times, with {day * 13} guests, from pier {day * 3}. "
    for day in range(40)
)
NOTES = "<b>“Ferry” & co</b>\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("routes")


@pytest.fixture(scope="module")
def client(place: Path) -> Iterator[TestClient]:
    write(place / "folder", "a/ferry.txt", FERRY, modified="2024-06-28T07:00:00")
    write(place / "folder", "a/guide.md", GUIDE, modified="2023-01-01")
    write(place / "folder", "notes.txt", NOTES, modified="2022-01-01")
    publish(place / "folder", IndexFolder(place / "index"), HashedEmbedder())
    with serve(IndexFolder(place / "index")) as client:
        yield client


def get(client: TestClient, address: str, **parameters: Any) -> Json:
    response = client.get(address, params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    answer: Json = response.json()
    return answer


def timeless(answer: Json) -> Json:
    """Return the answer without the parts that differ between any two answers."""
    return {name: value for name, value in answer.items() if name != "took_ms"}


# Search

SEARCHES: list[Json] = [
    {"q": "ferry"},
    {"q": "ferry river", "mode": "lexical", "limit": 2, "offset": 1},
    {"q": "ferry", "mode": "semantic", "fold_duplicates": False, "explain": True},
    {"q": "ferry", "fusion": "minmax", "semantic_weight": 0.25, "explain": True},
    {"q": "ferry", "path": ["a/*", "notes.txt"], "type": ["text/plain", "text/markdown"]},
    {"q": "ferry", "modified_after": "2023", "modified_before": "2024-01-01T00:00:00Z"},
    {"q": "ferry", "group_by": "document", "group_size": 1, "facets": ["folder", "year"]},
    {"q": "“Ferry” & <b>co</b> 🐟", "explain": True},
]


@pytest.mark.parametrize("search", SEARCHES)
def test_get_and_post_answer_alike(client: TestClient, search: Json) -> None:
    posted = client.post("/v1/search", json=search)
    assert posted.status_code == 200
    assert posted.headers["content-type"] == "application/json"
    assert timeless(posted.json()) == timeless(get(client, "/v1/search", **search))


def test_an_answer_has_the_published_shape(client: TestClient) -> None:
    answer = get(client, "/v1/search", q="noon", mode="lexical", explain=True)
    assert answer.keys() == {
        *("query", "mode", "generation", "took_ms", "total", "next_cursor", "facets"),
        *("answers", "coverage", "warnings", "hits", "groups", "nearest"),
    }
    (hit,) = answer["hits"]
    assert {name: hit[name] for name in ("rank", "text", "span", "byte_span", "utf16_span")} == {
        "rank": 1,
        "text": "The ferry sails at noon. 🐟",
        "span": {"start": 0, "end": 26},
        "byte_span": {"start": 0, "end": 29},
        "utf16_span": {"start": 0, "end": 27},
    }
    assert hit["lines"] == {"start": 1, "end": 1}
    assert hit["highlights"] == [{"start": 19, "end": 23}]
    assert {*hit["best"]} == {"start", "end", "score"}
    assert {*hit["explanation"]["lexical"]} == {"rank", "score", "scaled", "contribution"}
    document = hit["document"]
    assert hit["passage_id"].startswith(f"{document['id']}-")
    assert document == {
        "id": document_id("a/ferry.txt"),
        "path": "a/ferry.txt",
        "title": "ferry",
        "sha256": document["sha256"],
        "encoding": "utf-8",
        "encoding_source": "utf-8",
        "title_source": "file_name",
        "media_type": "text/plain",
        "size_bytes": len(FERRY.encode()),
        "modified": "2024-06-28T07:00:00Z",
        "state": "current",
        "extraction": None,
        **dict.fromkeys(["author", "publisher", "published", "source_url"]),
    }
    assert hit["source"] is None


def test_every_parameter_is_honoured(client: TestClient) -> None:
    def found(**parameters: Any) -> list[str]:
        answer = get(client, "/v1/search", q="ferry", **parameters)
        return sorted({hit["document"]["path"] for hit in answer["hits"]})

    everything = ["a/ferry.txt", "a/guide.md", "notes.txt"]
    assert found() == found(mode="lexical") == found(mode="semantic") == everything
    assert found(path="a") == found(path=["a/ferry.*", "*.md"]) == everything[:2]
    assert found(type="text/markdown") == ["a/guide.md"]
    assert found(modified_after="2023-01-01") == everything[:2]
    assert found(modified_before="2023-01-01") == ["notes.txt"]
    assert len(get(client, "/v1/search", q="ferry", limit=2)["hits"]) == 2
    assert get(client, "/v1/search", q="ferry", offset=1)["hits"][0]["rank"] == 2
    grouped = get(client, "/v1/search", q="ferry", group_by="document", group_size=2)
    assert [len(group["hits"]) for group in grouped["groups"]].count(2) == 1
    assert grouped["hits"] == []
    facets = get(client, "/v1/search", q="ferry", facets=["folder", "type"])["facets"]
    assert facets.keys() == {"folder", "type"}


def test_cursors_lead_through_all_pages(client: TestClient) -> None:
    whole = get(client, "/v1/search", q="ferry", limit=100, fold_duplicates=False)
    shown: list[Json] = []
    page = get(client, "/v1/search", q="ferry", limit=1, fold_duplicates=False)
    while page["next_cursor"]:
        shown += page["hits"]
        search = {"q": "ferry", "limit": 1, "fold_duplicates": False}
        page = client.post("/v1/search", json=search | {"cursor": page["next_cursor"]}).json()
        assert page["total"] == whole["total"]
    assert shown + page["hits"] == whole["hits"]
    assert len(whole["hits"]) > 3


def test_a_cursor_expires_with_its_generation(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", FERRY)
    write(folder, "b.txt", GUIDE)
    publish(folder, index)
    with serve(index) as client:
        cursor = get(client, "/v1/search", q="ferry", limit=1)["next_cursor"]
        write(folder, "b.txt", NOTES)
        generation = publish(folder, index)
        wait_until(lambda: get(client, "/v1/status")["generation"] == generation)
        response = client.get("/v1/search", params={"q": "ferry", "limit": 1, "cursor": cursor})
    assert response.status_code == 410
    assert response.json()["code"] == "generation_gone"


def test_a_batch_answers_as_its_searches_do(client: TestClient) -> None:
    batch = client.post("/v1/search/batch", json={"searches": SEARCHES})
    assert batch.status_code == 200
    alone = [timeless(client.post("/v1/search", json=search).json()) for search in SEARCHES]
    assert [timeless(each) for each in batch.json()["results"]] == alone


@pytest.mark.parametrize("searches", [[], [{"q": "ferry"}] * 101])
def test_a_batch_has_a_size(client: TestClient, searches: list[Json]) -> None:
    response = client.post("/v1/search/batch", json={"searches": searches})
    assert (response.status_code, response.json()["parameter"]) == (422, "searches")


# Documents and passages


def test_a_document(client: TestClient) -> None:
    identity = document_id("a/ferry.txt")
    document = get(client, f"/v1/documents/{identity}")
    (hit,) = get(client, "/v1/search", q="noon", mode="lexical")["hits"]
    assert document == hit["document"]


def test_the_text_of_a_document_and_its_parts(client: TestClient) -> None:
    identity = document_id("a/ferry.txt")
    whole = get(client, f"/v1/documents/{identity}/text")
    assert whole["text"] == FERRY
    assert (whole["length"], whole["span"]) == (27, {"start": 0, "end": 27})
    part = get(client, f"/v1/documents/{identity}/text", start=19, end=26)
    assert (part["text"], part["span"]) == ("noon. 🐟", {"start": 19, "end": 26})
    beyond = get(client, f"/v1/documents/{identity}/text", start=10**30, end=10**31)
    assert (beyond["text"], beyond["span"]) == ("", {"start": 27, "end": 27})


def test_a_passage_and_those_around_it(client: TestClient) -> None:
    asked = {"q": "-zzzzzz", "path": "guide.md", "fold_duplicates": False}
    passages = get(client, "/v1/search", **asked)["hits"]
    assert len(passages) > 2
    identity = passages[1]["passage_id"]
    alone = get(client, f"/v1/passages/{identity}")
    assert (alone["before"], alone["after"]) == ([], [])
    assert alone["passage"].items() <= passages[1].items()
    around = get(client, f"/v1/passages/{identity}", before=20, after=1)
    assert [each["passage_id"] for each in around["before"]] == [passages[0]["passage_id"]]
    assert [each["text"] for each in around["after"]] == [passages[2]["text"]]


# Status and health


def test_the_status_describes_the_index(client: TestClient, place: Path) -> None:
    status = get(client, "/v1/status")
    assert status["folder"] == str(place / "folder")
    assert status["documents"] == 3
    assert (status["fusion"], status["semantic_weight"]) == ("weighted", 0.7)
    assert status["passages"] == status["with_vectors"] > 3
    assert (status["model"], status["language"], status["vector_index"]) == (
        HASHED,
        "english",
        "exact",
    )


def test_a_build_shows_in_the_status_and_leaves_the_server_ready(
    folder: Path, index: IndexFolder
) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    with serve(index) as client:
        assert get(client, "/v1/status")["building"] is False
        with index.writing():
            assert get(client, "/v1/status")["building"] is True
            assert get(client, "/readyz") == {
                "ready": True,
                "modes": ["lexical"],
                "generation": index.current_id(),
                "problems": [],
            }
        assert get(client, "/v1/status")["building"] is False


def test_a_first_build_is_distinguished_from_a_missing_index(index: IndexFolder) -> None:
    with serve(index, ready=False) as client:
        with index.writing():
            (problem,) = client.get("/readyz").json()["problems"]
            refused = client.get("/v1/search", params={"q": "ferry"})
        assert "its first build is running" in problem
        assert (refused.status_code, refused.json()["code"]) == (503, "index_not_found")
        assert refused.json()["detail"] == problem
        assert "reindex.py" in client.get("/readyz").json()["problems"][0]


def test_a_server_that_answers_is_alive_and_ready(client: TestClient) -> None:
    assert get(client, "/livez") == {"status": "alive"}
    readiness = get(client, "/readyz")
    assert readiness["ready"] is True
    assert {*readiness["modes"]} == {"hybrid", "lexical", "semantic"}
    assert readiness["problems"] == []
    for mode in readiness["modes"]:
        assert get(client, "/readyz", mode=mode)["ready"] is True


def test_without_an_index_the_server_lives_and_waits(folder: Path, index: IndexFolder) -> None:
    with serve(index, ready=False) as client:
        assert client.get("/livez").status_code == 200
        readiness = client.get("/readyz")
        assert (readiness.status_code, readiness.json()["modes"]) == (503, [])
        assert "reindex.py" in readiness.json()["problems"][0]
        response = client.get("/v1/search", params={"q": "ferry"})
        assert (response.status_code, response.json()["code"]) == (503, "index_not_found")
        assert int(response.headers["retry-after"]) > 0
        write(folder, "a.txt", FERRY)
        publish(folder, index)
        wait_until(lambda: client.get("/readyz").status_code == 200)
        assert len(get(client, "/v1/search", q="ferry")["hits"]) == 1


def test_lexical_search_works_while_the_model_loads(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index, HashedEmbedder())
    embedder = GatedEmbedder()
    with serve(index, lambda name: embedder, ready=False) as client:
        assert client.get("/readyz").status_code == 503
        assert get(client, "/readyz", mode="lexical")["modes"] == ["lexical"]
        answer = get(client, "/v1/search", q="ferry")
        assert (answer["mode"], len(answer["hits"])) == ("lexical", 1)
        assert [warning["code"] for warning in answer["warnings"]] == ["model_loading"]
        response = client.get("/v1/search", params={"q": "ferry", "mode": "semantic"})
        assert (response.status_code, response.json()["code"]) == (503, "model_loading")
        assert int(response.headers["retry-after"]) > 0
        embedder.gate.set()
        wait_until(lambda: client.get("/readyz").status_code == 200)
        answer = get(client, "/v1/search", q="ferry")
        assert (answer["mode"], answer["warnings"]) == ("hybrid", [])


def test_lexical_search_works_without_the_model(folder: Path, index: IndexFolder) -> None:
    def missing(name: str) -> HashedEmbedder:
        raise ModelNotFound(f"there is no model {name!r}")

    write(folder, "a.txt", FERRY)
    publish(folder, index, HashedEmbedder())
    with serve(index, missing, ready=False) as client:
        readiness = client.get("/readyz")
        assert (readiness.status_code, readiness.json()["modes"]) == (503, ["lexical"])
        assert readiness.json()["problems"] == [f"there is no model {HASHED!r}"]
        answer = get(client, "/v1/search", q="ferry")
        assert [warning["code"] for warning in answer["warnings"]] == ["model_unusable"]
        response = client.get("/v1/search", params={"q": "ferry", "mode": "semantic"})
        assert (response.status_code, response.json()["code"]) == (503, "model_unusable")


def test_an_index_without_vectors_is_ready_and_refuses_semantic_search(
    folder: Path, index: IndexFolder
) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    with serve(index) as client:
        assert get(client, "/readyz")["modes"] == ["lexical"]
        assert client.get("/readyz", params={"mode": "semantic"}).status_code == 503
        answer = get(client, "/v1/search", q="ferry")
        assert [warning["code"] for warning in answer["warnings"]] == ["no_vectors"]
        response = client.get("/v1/search", params={"q": "ferry", "mode": "semantic"})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "semantic_unavailable")
    assert problem["parameter"] == "mode"


def test_the_state_of_a_file_is_current(folder: Path, index: IndexFolder) -> None:
    path = write(folder, "a.txt", FERRY)
    publish(folder, index)

    def state(client: TestClient) -> Any:
        return get(client, "/v1/search", q="ferry")["hits"][0]["document"]["state"]

    with serve(index) as client:
        assert state(client) == "current"
        write(folder, "a.txt", FERRY + "More.")
        assert state(client) == "changed"
        path.unlink()
        assert state(client) == "missing"
        # The indexed text is quoted from the index, not from the disk.
        assert get(client, f"/v1/documents/{document_id('a.txt')}/text")["text"] == FERRY


def test_the_api_describes_itself(client: TestClient) -> None:
    described = get(client, "/openapi.json")
    assert {
        "/v1/search",
        "/v1/search/batch",
        "/v1/documents/{document_id}",
        "/v1/documents/{document_id}/text",
        "/v1/passages/{passage_id}",
        "/v1/status",
        "/v1/reindex",
        "/v1/jobs",
        "/v1/jobs/{job_id}",
        "/livez",
        "/readyz",
    } <= described["paths"].keys()
    search = described["paths"]["/v1/search"]
    names = {parameter["name"] for parameter in search["get"]["parameters"]}
    assert names == described["components"]["schemas"]["SearchRequest"]["properties"].keys()
    assert {"200", "422", "503"} <= search["post"]["responses"].keys()


def test_the_api_describes_its_errors(client: TestClient) -> None:
    described = get(client, "/openapi.json")
    problems = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in described["paths"].items():
        for operation in operations.values():
            errors = {int(each) for each in operation["responses"] if int(each) >= 400}
            assert {422, 500} <= errors
            for status in errors - {400} - ({503} if path == "/readyz" else set()):
                assert operation["responses"][str(status)]["content"] == problems
    assert "HTTPValidationError" not in described["components"]["schemas"]
