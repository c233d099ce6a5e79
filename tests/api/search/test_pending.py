"""Answers from a generation in which some passages have no vectors yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.contract.errors import SemanticUnavailable
from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from indexer.building import embedding_queue, publisher
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, serve, write
from tests.hashed_embedder import HashedEmbedder, StoppedError, StoppingEmbedder

FILES = {
    "bridge.txt": "The council has closed the old bridge over the river.",
    "ferry.txt": "A ferry sails at noon from the stone pier.",
    "tides.txt": "The tide turns twice a day at the pier.",
}


def publish_with(folder: Path, index: IndexFolder, vectors: int) -> None:
    """Publish a generation of all files, in which only this number have a vector."""
    for path, text in FILES.items():
        write(folder, path, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding_queue, "ROUND_TEXTS", 1)
        patch.setattr(publisher, "MANY_TEXTS", 0)
        patch.setattr(publisher, "INTERVAL_S", 0.0)
        with pytest.raises(StoppedError):
            publish(folder, index, StoppingEmbedder(vectors))


@pytest.fixture
def words_alone(folder: Path, index: IndexFolder) -> Iterator[Searcher]:
    publish_with(folder, index, 0)
    with search_index(index, HashedEmbedder()) as searcher:
        yield searcher


@pytest.fixture
def one_vector(folder: Path, index: IndexFolder) -> Iterator[Searcher]:
    """Only the bridge has a vector, because it comes first."""
    publish_with(folder, index, 1)
    with search_index(index, HashedEmbedder()) as searcher:
        yield searcher


def warnings(searcher: Searcher, q: str, mode: Mode) -> list[tuple[str, str]]:
    answer = searcher.search(SearchRequest(q=q, mode=mode))
    return [(warning.code, warning.message) for warning in answer.warnings]


# No vectors yet


def test_lexical_search_answers_for_hybrid(words_alone: Searcher) -> None:
    answer = words_alone.search(SearchRequest(q="pier"))
    assert answer.mode is Mode.LEXICAL
    assert {hit.document.path for hit in answer.hits} == {"ferry.txt", "tides.txt"}
    assert answer.coverage.model_dump() == {"passages": 3, "with_vectors": 0}
    assert warnings(words_alone, "pier", Mode.HYBRID) == [
        ("vectors_pending", "Answered by words alone: no passage has a vector yet.")
    ]
    assert warnings(words_alone, "pier", Mode.LEXICAL) == []


def test_semantic_search_is_refused_although_there_is_a_model(words_alone: Searcher) -> None:
    with pytest.raises(SemanticUnavailable, match="no passage has a vector yet") as refused:
        words_alone.search(SearchRequest(q="pier", mode=Mode.SEMANTIC))
    assert "--model" not in str(refused.value)


def test_a_query_of_filters_alone_needs_no_vectors(words_alone: Searcher) -> None:
    for mode in Mode:
        answer = words_alone.search(SearchRequest(q="path:ferry.txt", mode=mode))
        assert ([hit.document.path for hit in answer.hits], answer.warnings) == (["ferry.txt"], [])


def test_a_server_is_ready_for_words(folder: Path, index: IndexFolder) -> None:
    publish_with(folder, index, 0)
    with serve(index, ready=False) as client:
        assert client.get("/readyz", params={"mode": "lexical"}).status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["modes"]) == (503, ["lexical"])
        assert answer.json()["problems"] == [
            "no passage has a vector yet: vectors are added while the index is being built, or by "
            "the next run of reindex.py"
        ]
        status = client.get("/v1/status").json()
        assert (status["passages"], status["with_vectors"]) == (3, 0)


# Some vectors


def test_semantic_search_finds_passages_with_vectors_and_says_how_many(
    one_vector: Searcher,
) -> None:
    answer = one_vector.search(SearchRequest(q="pier", mode=Mode.SEMANTIC))
    assert [hit.document.path for hit in answer.hits] == ["bridge.txt"]
    assert answer.coverage.model_dump() == {"passages": 3, "with_vectors": 1}
    assert warnings(one_vector, "pier", Mode.SEMANTIC) == [
        (
            "vectors_pending",
            "1 of 3 passages have vectors so far; the others are not found in this mode.",
        )
    ]


def test_a_hybrid_search_says_how_many_passages_have_vectors(one_vector: Searcher) -> None:
    assert warnings(one_vector, "pier", Mode.HYBRID) == [
        (
            "vectors_pending",
            "1 of 3 passages have vectors so far; the others are found by words alone.",
        )
    ]
    assert one_vector.modes.answering == one_vector.modes.supported == list(Mode)


def test_there_is_no_warning_once_all_passages_have_vectors(
    folder: Path, index: IndexFolder
) -> None:
    publish_with(folder, index, 1)
    publish(folder, index, HashedEmbedder())
    with search_index(index, HashedEmbedder()) as searcher:
        assert [warnings(searcher, "pier", mode) for mode in Mode] == [[], [], []]
