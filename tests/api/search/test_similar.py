"""Similar passages, over HTTP and on the page."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from indexer.index.folder import IndexFolder
from tests.api.gated_embedder import GatedEmbedder
from tests.api.served_index import Json, publish, serve, wait_until, write
from tests.hashed_embedder import HashedEmbedder

FERRY = (
    "The small ferry crosses the river at noon from the stone pier, with the mail, eighteen cars "
    "and a piano that has never left the deck.\n"
)
NEAR = (
    "Every day at noon the ferry crosses the river with the mail; the cars wait at the pier until "
    "its deck is free.\n"
)
FAR = "Plum cake wants butter, sugar, four eggs and a hot oven; leave it there for an hour.\n"
FILES = {
    "ferry.txt": FERRY,
    "copies/ferry.txt": FERRY.replace("small", "little"),
    "copies/shouted.txt": FERRY.upper(),
    "near.txt": NEAR,
    "copies/near.txt": NEAR.replace("Every", "Each"),
    "cake.txt": FAR,
}
COPIES = ["copies/ferry.txt", "copies/shouted.txt"]


def build(place: Path, embedder: HashedEmbedder | None) -> IndexFolder:
    for path, text in FILES.items():
        write(place / "folder", path, text)
    publish(place / "folder", IndexFolder(place / "index"), embedder)
    return IndexFolder(place / "index")


@pytest.fixture(scope="module", params=["semantic", "lexical"])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A server with vectors, and one without."""
    embedder = HashedEmbedder() if request.param == "semantic" else None
    with serve(build(tmp_path_factory.mktemp("similar"), embedder)) as client:
        client.headers["x-mode"] = request.param
        yield client


def passages(client: TestClient) -> dict[str, Json]:
    """Return the single passage of each file."""
    search: Json = {"q": "-zzzzzz", "limit": 100, "fold_duplicates": False}
    hits = client.get("/v1/search", params=search).json()["hits"]
    return {hit["document"]["path"]: hit for hit in hits}


def similar(client: TestClient, path: str, **parameters: Any) -> Json:
    identity = passages(client)[path]["passage_id"]
    response = client.get(f"/v1/passages/{identity}/similar", params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    answer: Json = response.json()
    return answer


def paths(found: list[Json]) -> list[str]:
    return [hit["document"]["path"] for hit in found]


def test_similar_passages_come_first_without_the_passage_itself(client: TestClient) -> None:
    answer = similar(client, "ferry.txt", fold_duplicates=False)
    assert sorted(paths(answer["hits"])[:2]) == COPIES
    assert sorted(paths(answer["hits"])[2:4]) == ["copies/near.txt", "near.txt"]
    assert "ferry.txt" not in paths(answer["hits"])
    assert [hit["rank"] for hit in answer["hits"]] == [*range(1, len(answer["hits"]) + 1)]
    scores = [hit["score"] for hit in answer["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1.000001 for score in scores)


def test_copies_are_folded_under_their_original(client: TestClient) -> None:
    answer = similar(client, "ferry.txt")
    assert sorted(each["path"] for each in answer["duplicates"]) == COPIES
    first = answer["hits"][0]
    assert {first["document"]["path"], *(each["path"] for each in first["duplicates"])} == {
        "near.txt",
        "copies/near.txt",
    }
    assert set(paths(answer["hits"])).isdisjoint({*COPIES, "ferry.txt"})


def test_the_own_document_can_be_left_out(tmp_path: Path) -> None:
    # Two sections on one subject, in two files.
    for path in ("a.md", "b.md"):
        sections = (
            f"# {season}\n\n"
            + " ".join(f"In {season} {day} the ferry of {path} carried mail." for day in range(20))
            for season in ("Spring", "Autumn")
        )
        write(tmp_path / "folder", path, "\n\n".join(sections))
    for embedder in (HashedEmbedder(), None):
        index = IndexFolder(tmp_path / f"index-{embedder is None}")
        publish(tmp_path / "folder", index, embedder)
        with serve(index) as client:
            every = client.get("/v1/search", params={"q": "-zzzzzz", "fold_duplicates": False})
            first = next(hit for hit in every.json()["hits"] if hit["document"]["path"] == "a.md")[
                "passage_id"
            ]
            address = f"/v1/passages/{first}/similar?fold_duplicates=false"
            assert set(paths(client.get(address).json()["hits"])) == {"a.md", "b.md"}
            elsewhere = client.get(f"{address}&other_documents=true").json()
            assert set(paths(elsewhere["hits"])) == {"b.md"}
            page = client.get(f"/passages/{first}/similar").text
            assert f"/passages/{first}/similar?other_documents=true" in page
            page = client.get(f"/passages/{first}/similar?other_documents=true").text
            assert "Only other documents are shown" in page


def test_the_answer_says_how_it_was_computed(client: TestClient) -> None:
    answer = similar(client, "ferry.txt", explain=True)
    mode = client.headers["x-mode"]
    assert answer["mode"] == mode
    assert [warning["code"] for warning in answer["warnings"]] == (
        [] if mode == "semantic" else ["no_vectors"]
    )
    assert answer["passage"].items() <= passages(client)["ferry.txt"].items()
    for hit in answer["hits"]:
        assert hit["explanation"][mode]["rank"] >= hit["rank"]
        assert hit["explanation"][mode]["contribution"] == pytest.approx(hit["score"])
    unfolded = similar(client, "ferry.txt", explain=True, fold_duplicates=False)["hits"]
    assert [hit["explanation"][mode]["rank"] for hit in unfolded] == [
        hit["rank"] for hit in unfolded
    ]
    assert similar(client, "ferry.txt")["hits"][0]["explanation"] is None


def test_a_limit_only_shortens_the_list(client: TestClient) -> None:
    for fold in (True, False):
        hits = similar(client, "ferry.txt", limit=100, fold_duplicates=fold)["hits"]
        for limit in range(1, len(hits) + 1):
            found = similar(client, "ferry.txt", limit=limit, fold_duplicates=fold)["hits"]
            assert found == hits[:limit]


def test_every_hit_is_a_verbatim_passage_as_in_search(client: TestClient) -> None:
    known = passages(client)
    for hit in similar(client, "near.txt")["hits"]:
        whole = known[hit["document"]["path"]]
        for name in ("passage_id", "text", "span", "byte_span", "utf16_span", "lines", "document"):
            assert hit[name] == whole[name]
        span, best = hit["span"], hit["best"]
        assert span["start"] <= best["start"] < best["end"] <= span["end"]


def test_scores_are_those_of_a_semantic_search_for_the_passage(
    folder: Path, index: IndexFolder
) -> None:
    for path, text in FILES.items():
        write(folder, path, text)
    publish(folder, index, HashedEmbedder())
    with serve(index) as client:
        found = similar(client, "ferry.txt", fold_duplicates=False, limit=100)["hits"]
        asked: Json = {"q": FERRY, "mode": "semantic", "fold_duplicates": False}
        searched = client.get("/v1/search", params=asked).json()["hits"]
    scores = {hit["document"]["path"]: hit["score"] for hit in searched}
    del scores["ferry.txt"]
    # Stored vectors have half the precision of a query's vector.
    assert dict(zip(paths(found), (hit["score"] for hit in found), strict=True)) == (
        pytest.approx(scores, abs=2e-3)
    )


def test_it_answers_while_the_model_is_loading(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", FERRY)
    write(folder, "b.txt", NEAR)
    publish(folder, index, HashedEmbedder())
    embedder = GatedEmbedder()
    with serve(index, lambda name: embedder, ready=False) as client:
        answer = similar(client, "a.txt")
        assert (answer["mode"], answer["warnings"]) == ("semantic", [])
        assert paths(answer["hits"]) == ["b.txt"]
        embedder.gate.set()


def test_words_that_no_other_passage_has_find_nothing(folder: Path, index: IndexFolder) -> None:
    alone = " ".join(f"zq{number}x" for number in range(80))
    write(folder, "alone.txt", f"{alone}\n")
    write(folder, "half.txt", f"{alone.replace('zq', 'yq')} lighthouse\n")
    write(folder, "other.txt", "The lighthouse keeper sleeps.\n")
    publish(folder, index)
    with serve(index) as client:
        assert similar(client, "alone.txt")["hits"] == []
        assert paths(similar(client, "half.txt")["hits"]) == ["other.txt"]
        page = client.get(f"/passages/{passages(client)['alone.txt']['passage_id']}/similar")
        assert "No similar passages" in page.text


def test_runs_without_blanks_are_compared_by_their_parts(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", "東京の図書館は朝九時に開きます。\n")
    write(folder, "b.txt", "図書館は月曜日に休みます。\n")
    write(folder, "c.txt", "茶館在河邊。\n")
    publish(folder, index)
    with serve(index) as client:
        assert paths(similar(client, "a.txt")["hits"]) == ["b.txt"]


# Bad input


@pytest.mark.parametrize(
    "identity", ["0000000000000000-000000000000", "-", "x", "%F0%9F%90%9F", "..%2e"]
)
def test_unknown_passages_are_not_found(client: TestClient, identity: str) -> None:
    response = client.get(f"/v1/passages/{identity}/similar")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (404, "passage_not_found")
    assert problem["parameter"] == "passage_id"
    page = client.get(f"/passages/{identity}/similar")
    assert page.status_code == 404
    assert "No such passage" in page.text


def test_a_passage_disappears_with_its_version_of_the_file(
    folder: Path, index: IndexFolder
) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    with serve(index) as client:
        identity = passages(client)["a.txt"]["passage_id"]
        write(folder, "a.txt", NEAR)
        generation = publish(folder, index)
        wait_until(lambda: client.get("/v1/status").json()["generation"] == generation)
        response = client.get(f"/v1/passages/{identity}/similar")
    assert (response.status_code, response.json()["code"]) == (404, "passage_not_found")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("fold_duplicates=perhaps", "fold_duplicates"),
        ("explain=2", "explain"),
        ("offset=1", "offset"),
        ("mode=lexical", "mode"),
    ],
)
def test_a_bad_parameter_is_named(client: TestClient, query: str, parameter: str) -> None:
    identity = passages(client)["ferry.txt"]["passage_id"]
    response = client.get(f"/v1/passages/{identity}/similar?{query}")
    assert (response.status_code, response.json()["parameter"]) == (422, parameter)


# The page


def test_a_hit_links_to_the_page_of_similar_passages(client: TestClient) -> None:
    search = client.get("/", params={"q": "ferry", "mode": "lexical"}).text
    address = re.findall(r'<a class="similar" href="([^"]+)"', search)[0]
    page = client.get(address)
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    shown = re.findall(r'<li class="hit" data-passage="([^"]+)"', page.text)
    identity = address.split("/")[2]
    answer = client.get(f"/v1/passages/{identity}/similar", params={"limit": 20}).json()
    assert shown == [hit["passage_id"] for hit in answer["hits"]] != []
    assert "2 repetitions" in page.text
    assert f'href="/documents/{identity.partition("-")[0]}?start=0' in page.text


def test_the_passage_is_shown_as_text(folder: Path, index: IndexFolder) -> None:
    hostile = '<script>alert(1)</script> & "quotes" ' + "長" * 400
    write(folder, "<b>.txt", hostile)
    write(folder, "other.txt", "An alert of quotes.\n")
    publish(folder, index)
    with serve(index) as client:
        page = client.get(f"/passages/{passages(client)['<b>.txt']['passage_id']}/similar").text
    assert "<script>alert" not in page
    assert hostile[:40] in html.unescape(page)
