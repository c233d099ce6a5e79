"""Searches over a real index with a real, tiny cross-encoder, loaded or not."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import exp
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.contract.hits import Hit
from api.contract.search import Mode, SearchRequest, SearchResponse
from api.search.models.cross_encoder import load_cross_encoder
from api.search.searcher import Searcher
from api.serving.status import index_status
from indexer.errors import ModelNotFound
from indexer.index.folder import IndexFolder
from tests.api.search.models.gated_cross_encoder import GatedCrossEncoder
from tests.api.search.models.tiny_cross_encoder import WORDS, make_tiny_cross_encoder
from tests.api.served_index import Json, publish, search_index, serve, wait_until, write
from tests.hashed_embedder import HashedEmbedder

Q = "ferry winter"
DEPTH = 10
NOTES = 40


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> IndexFolder:
    """Notes of a few words each; every tenth has a copy."""
    place = tmp_path_factory.mktemp("notes")
    chance = random.Random(5)
    for number in range(NOTES):
        text = " ".join(chance.choices(WORDS, k=chance.randint(3, 12)))
        write(place / "folder", f"note-{number:02}.md", f"# Note\n\n{text}.\n")
        if number % 10 == 0:
            write(place / "folder", f"copy-{number:02}.md", f"# Note\n\n{text.upper()}!\n")
    publish(place / "folder", IndexFolder(place / "index"), HashedEmbedder())
    return IndexFolder(place / "index")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_cross_encoder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def plain(index: IndexFolder) -> Iterator[Searcher]:
    with search_index(index, HashedEmbedder()) as searcher:
        yield searcher


@pytest.fixture(scope="module")
def reranking(index: IndexFolder, tiny: Path) -> Iterator[Searcher]:
    with search_index(
        index, HashedEmbedder(), reranker=str(tiny), reranker_depth=DEPTH, reranker_share=0.6
    ) as searcher:
        yield searcher


@pytest.fixture(scope="module")
def reranked_alone(index: IndexFolder, tiny: Path) -> Iterator[Searcher]:
    with search_index(
        index, HashedEmbedder(), reranker=str(tiny), reranker_depth=DEPTH, reranker_share=1
    ) as searcher:
        yield searcher


def search(searcher: Searcher, q: str = Q, **parameters: Any) -> SearchResponse:
    return searcher.search(SearchRequest(q=q, **{"limit": 100} | parameters))


def hits(searcher: Searcher, q: str = Q, **parameters: Any) -> list[Hit]:
    return search(searcher, q, explain=True, **parameters).hits


def paths(found: Sequence[Hit]) -> list[str]:
    return [hit.document.path for hit in found]


def parts(hit: Hit) -> dict[str, Any]:
    """Return the parts of the explanation that are present."""
    return {name: part for name, part in hit.explanation or () if part is not None}


# Reranking


@pytest.mark.parametrize("mode", Mode)
def test_the_cross_encoder_orders_the_best_hits_by_their_texts(
    plain: Searcher, reranked_alone: Searcher, tiny: Path, mode: Mode
) -> None:
    before = hits(plain, mode=mode)
    after = hits(reranked_alone, mode=mode)
    # With the headings above it, as for the embedder.
    texts = [f"Note\n{hit.text}" for hit in before]
    logits = load_cross_encoder(str(tiny)).logits(Q, texts[:DEPTH])
    expected = sorted(range(DEPTH), key=lambda place: -logits[place])
    assert paths(after[:DEPTH]) == [before[place].document.path for place in expected]
    assert paths(after[:DEPTH]) != paths(before[:DEPTH])
    assert paths(after[DEPTH:]) == paths(before[DEPTH:])
    assert [parts(hit)["reranker"].score for hit in after[:DEPTH]] == pytest.approx(
        [logits[place] for place in expected], abs=1e-5
    )


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("fusion", ["weighted", "minmax", "rrf"])
@pytest.mark.parametrize("group_by", ["passage", "document"])
def test_contributions_sum_to_scores_that_never_rise(
    reranking: Searcher, mode: Mode, fusion: str, group_by: str
) -> None:
    response = search(reranking, explain=True, mode=mode, fusion=fusion, group_by=group_by)
    found = [hit for group in response.groups or () for hit in group.hits] or response.hits
    assert len(found) > DEPTH
    for hit in found:
        values = [part.contribution for part in parts(hit).values()]
        assert hit.score == pytest.approx(sum(values), abs=1e-12)
    assert all(better.score >= worse.score for better, worse in pairwise(found))
    assert ["reranker" in parts(hit) for hit in found] == [
        place < DEPTH for place in range(len(found))
    ]


def test_the_share_is_the_weight_of_the_reranker(plain: Searcher, reranking: Searcher) -> None:
    before = {hit.passage_id: hit for hit in hits(plain)}
    for place, hit in enumerate(hits(reranking)):
        fused = before[hit.passage_id]
        for name in ("lexical", "semantic"):
            old, new = parts(fused)[name], parts(hit)[name]
            assert (new.rank, new.score, new.scaled) == (old.rank, old.score, old.scaled)
            assert new.contribution == pytest.approx(0.4 * old.contribution)
        if place < DEPTH:
            reranker = parts(hit)["reranker"]
            assert reranker.scaled == pytest.approx(1 / (1 + exp(-reranker.score)))
            assert reranker.contribution == pytest.approx(0.6 * reranker.scaled)
            assert hit.score == pytest.approx(0.4 * fused.score + 0.6 * reranker.scaled)
    ranks = [parts(hit)["reranker"].rank for hit in hits(reranking)[:DEPTH]]
    assert sorted(ranks) == list(range(1, DEPTH + 1))


@pytest.mark.parametrize("off", [{"reranker": "none"}, {"reranker_share": 0.0}])
def test_no_reranker_and_no_share_change_nothing(
    index: IndexFolder, tiny: Path, plain: Searcher, off: dict[str, Any]
) -> None:
    with search_index(index, HashedEmbedder(), **{"reranker": str(tiny)} | off) as searcher:
        found, expected = search(searcher, explain=True), search(plain, explain=True)
        assert (found.hits, found.warnings) == (expected.hits, [])


def test_copies_are_folded_before_the_best_hits_are_taken(
    plain: Searcher, reranking: Searcher
) -> None:
    folded = hits(reranking)
    assert any(hit.duplicates for hit in folded)
    assert set(paths(folded[:DEPTH])) == set(paths(hits(plain)[:DEPTH]))
    unfolded = hits(reranking, fold_duplicates=False)
    assert len(unfolded) > len(folded)
    expected = hits(plain, fold_duplicates=False)[:DEPTH]
    assert set(paths(unfolded[:DEPTH])) == set(paths(expected))


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_are_slices_of_the_whole_ranking(reranking: Searcher, limit: int) -> None:
    whole = search(reranking)
    found: list[Hit] = []
    cursor = None
    while True:
        page = search(reranking, limit=limit, cursor=cursor)
        assert page.total == whole.total
        found += page.hits
        if (cursor := page.next_cursor) is None:
            break
    assert found == whole.hits
    assert search(reranking, limit=limit, offset=5).hits == whole.hits[5 : 5 + limit]


def test_a_query_of_filters_alone_is_not_reranked(plain: Searcher, reranking: Searcher) -> None:
    for q in ("path:note-1*", "-ferry"):
        assert hits(reranking, q) == hits(plain, q)


def test_operators_and_exclusions_are_not_read(
    index: IndexFolder,
) -> None:
    reader = GatedCrossEncoder()
    reader.gate.set()
    with search_index(
        index, HashedEmbedder(), load_reranker=reader.load, reranker="listening"
    ) as searcher:
        assert hits(searcher, '+ferry (winter OR "the mail") -piano path:note-*')
    assert reader.queries == ["ferry winter the mail"]


def test_without_hits_nothing_is_reranked(reranking: Searcher) -> None:
    found = search(reranking, "zzzzzz", mode="lexical")
    assert (found.hits, found.warnings) == ([], [])


def test_threads_share_a_reranker(reranking: Searcher) -> None:
    expected = {q: hits(reranking, q) for q in WORDS[:4]}
    with ThreadPoolExecutor(4) as threads:
        asked = WORDS[:4] * 3
        assert list(threads.map(lambda q: hits(reranking, q), asked)) == [
            expected[q] for q in asked
        ]


def test_an_index_without_vectors_is_reranked_too(tmp_path: Path, folder: Path, tiny: Path) -> None:
    for number, word in enumerate(WORDS):
        write(folder, f"{number}.txt", f"The {word} and the ferry.\n")
    lexical = IndexFolder(tmp_path / "lexical")
    publish(folder, lexical)
    with search_index(lexical, reranker=str(tiny)) as searcher:
        assert all(parts(hit).keys() == {"lexical", "reranker"} for hit in hits(searcher))


def test_the_status_names_the_reranker(plain: Searcher, reranking: Searcher, tiny: Path) -> None:
    assert index_status(plain).reranker is None
    assert index_status(reranking).reranker == str(tiny)


# Loading


def readiness(client: TestClient, status: int) -> Json:
    response = client.get("/readyz")
    assert response.status_code == status, response.text
    body: Json = response.json()
    return body


def problems(client: TestClient) -> Any:
    return client.get("/readyz").json()["problems"]


def warned(client: TestClient) -> list[str]:
    response = client.get("/v1/search", params={"q": Q})
    assert response.status_code == 200, response.text
    assert response.json()["hits"]
    return [warning["code"] for warning in response.json()["warnings"]]


@pytest.mark.parametrize("required", [False, True])
def test_searches_skip_a_reranker_that_is_loading(index: IndexFolder, required: bool) -> None:
    reader = GatedCrossEncoder()
    options: Json = {"reranker": "some/reader", "reranker_required": required}
    with serve(index, load_reranker=reader.load, ready=False, **options) as client:
        wait_until(lambda: len(client.get("/readyz").json()["modes"]) == len(Mode))
        told = readiness(client, 503 if required else 200)
        assert told["ready"] is not required
        (problem,) = told["problems"]
        assert "the reranker 'some/reader' is still loading" in problem
        assert client.get("/v1/status").json()["reranker"] is None
        assert warned(client) == ["reranker_loading"]
        reader.gate.set()
        wait_until(lambda: warned(client) == [])
        assert readiness(client, 200)["problems"] == []
        assert client.get("/v1/status").json()["reranker"] == "some/reader"
        assert reader.queries


@pytest.mark.parametrize("required", [False, True])
def test_a_reranker_that_cannot_be_loaded_is_reported(
    index: IndexFolder, required: bool, caplog: pytest.LogCaptureFixture
) -> None:
    reader = GatedCrossEncoder(error=ModelNotFound("no reranker in these files"))
    reader.gate.set()
    options: Json = {"reranker": "some/reader", "reranker_required": required}
    with serve(index, load_reranker=reader.load, ready=False, **options) as client:
        wait_until(
            lambda: client.get("/readyz").json()["problems"] == ["no reranker in these files"]
        )
        wait_until(lambda: len(client.get("/readyz").json()["modes"]) == len(Mode))
        assert readiness(client, 503 if required else 200)["ready"] is not required
        assert warned(client) == ["reranker_unusable"]
        assert client.get("/v1/status").json()["reranker"] is None
    assert "no reranker in these files" in caplog.text


def test_the_page_shows_the_contribution_of_the_reranker(index: IndexFolder, tiny: Path) -> None:
    with serve(index, reranker=str(tiny)) as client:
        wait_until(lambda: warned(client) == [], timeout_s=60)
        page = client.get("/", params={"q": Q}).text
    assert page.count('class="bar reranker"') == 10
    assert page.count('class="bar lexical"') == 10
