"""Queries that nothing answers, totals, confidence, and texts that a model cannot read."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest

from api.contract.search import Mode, SearchRequest, SearchResponse
from api.search.searcher import Searcher
from indexer.config import DEFAULT_MODEL
from indexer.embedding.embedder import Embedder, LazyEmbedder
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, write


@pytest.fixture(scope="module")
def model() -> Embedder:
    return LazyEmbedder(DEFAULT_MODEL)


@contextmanager
def searching(place: Path, files: Mapping[str, str], embedder: Embedder) -> Iterator[Searcher]:
    """Index the files with the embedder, and open the index."""
    for path, text in files.items():
        write(place / "folder", path, text)
    index = IndexFolder(place / "index")
    publish(place / "folder", index, embedder)
    with search_index(index, embedder) as searcher:
        yield searcher


def ask(searcher: Searcher, q: str, mode: Mode = Mode.HYBRID) -> SearchResponse:
    return searcher.search(SearchRequest(q=q, mode=mode))


def paths(response: SearchResponse) -> list[str]:
    return [hit.document.path for hit in response.hits]


def codes(response: SearchResponse) -> list[str]:
    return [warning.code for warning in response.warnings]


@pytest.mark.model
class TestScriptsThatTheModelCannotRead:
    """A script that the model does not know: words find it, and chance does not."""

    FILES: ClassVar = {
        "picture.txt": base64.b64encode(Random(7).randbytes(3_000)).decode(),
        "thai.txt": "ร้านกาแฟอยู่ข้างตลาดน้ำ\n",
        "khmer.txt": "ខ្ញុំទៅផ្សារជារៀងរាល់ព្រឹក\n",
        "russian.txt": "Мэр открыл старый мост через реку.\n",
        "chinese.txt": "市长星期二重新开放了那座旧桥。\n",
        "greek.txt": "Ο δήμαρχος άνοιξε τη γέφυρα.\n",
        "english.txt": "The mayor reopened the old bridge on Tuesday.\n",
    }

    @pytest.fixture(scope="class")
    @classmethod
    def searcher(
        cls, tmp_path_factory: pytest.TempPathFactory, model: Embedder
    ) -> Iterator[Searcher]:
        with searching(tmp_path_factory.mktemp("scripts"), cls.FILES, model) as searcher:
            yield searcher

    @pytest.mark.parametrize(
        ("q", "path"), [("мост", "russian.txt"), ("旧桥", "chinese.txt"), ("δήμαρχος", "greek.txt")]
    )
    def test_words_alone_answer(self, searcher: Searcher, q: str, path: str) -> None:
        response = ask(searcher, q)
        assert paths(response) == [path]
        assert response.mode is Mode.LEXICAL
        assert "not_read_by_model" in codes(response)

    @pytest.mark.parametrize("q", ["ចិត្ត", "วัด", "пирог", "面包", "أرض", "ארץ"])
    def test_nothing_resembles_it_by_chance(self, searcher: Searcher, q: str) -> None:
        response = ask(searcher, q)
        assert paths(response) == []
        assert "not_read_by_model" in codes(response)

    def test_meaning_alone_finds_nothing(self, searcher: Searcher) -> None:
        response = ask(searcher, "мост", Mode.SEMANTIC)
        assert paths(response) == []
        assert codes(response) == ["not_read_by_model"]

    @pytest.mark.parametrize("q", ["bridge", "Brücke", "the crossing of a river", "C++", "70 €"])
    def test_latin_script_is_read(self, searcher: Searcher, q: str) -> None:
        assert "not_read_by_model" not in codes(ask(searcher, q))

    def test_unread_passages_are_not_neighbours_of_a_query_that_is_read(
        self, searcher: Searcher
    ) -> None:
        found = paths(ask(searcher, "the crossing of a river", Mode.SEMANTIC))
        assert found[0] == "english.txt"
        assert {*found} <= {"english.txt", "picture.txt"}

    def test_words_of_both_scripts_find_both(self, searcher: Searcher) -> None:
        assert {"english.txt", "russian.txt"} <= {*paths(ask(searcher, "bridge мост"))}

    def test_they_are_not_pending(self, searcher: Searcher) -> None:
        response = ask(searcher, "bridge")
        assert response.coverage.with_vectors == response.coverage.passages
        assert "vectors_pending" not in codes(response)


@pytest.mark.model
def test_an_incremental_build_embeds_no_unread_text_again(tmp_path: Path, model: Embedder) -> None:
    folder, index = tmp_path / "folder", IndexFolder(tmp_path / "index")
    write(folder, "russian.txt", "Мэр открыл старый мост.")
    publish(folder, index, model)
    write(folder, "english.txt", "The mayor reopened the bridge.")
    publish(folder, index, model)
    fresh = IndexFolder(tmp_path / "fresh")
    publish(folder, fresh, model)
    answers = []
    for each in (index, fresh):
        with search_index(each, model) as searcher:
            answers.append([(hit.text, hit.score) for hit in ask(searcher, "мост bridge").hits])
    assert answers[0] == answers[1]
    assert len(answers[0]) == 2
