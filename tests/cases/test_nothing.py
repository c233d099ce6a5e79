"""Queries that nothing answers, totals, confidence, and texts that a model cannot read."""

import base64
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.contract.search import Facet, Mode, SearchRequest, SearchResponse
from api.ranking.verdict import LEAST_CONFIDENCE, LEAST_NEAR, Answers, verdict
from api.search.searcher import Searcher
from indexer.config import DEFAULT_MODEL
from indexer.embedding.embedder import Embedder, LazyEmbedder
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_files, search_index, write
from tests.hashed_embedder import HashedEmbedder


@pytest.fixture(scope="module")
def model() -> Embedder:
    return LazyEmbedder(DEFAULT_MODEL)


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
        with search_files(tmp_path_factory.mktemp("scripts"), cls.FILES, model) as searcher:
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


WORDS = [
    "harbour",
    "market",
    "council",
    "river",
    "lamp",
    "engine",
    "garden",
    "letter",
    "winter",
    "school",
    "teacher",
    "ticket",
]


def filler(number: int, sentences: int = 12) -> str:
    """Return sentences of common words, different for each number."""
    chance = Random(number)
    return " ".join(
        f"The {chance.choice(WORDS)} near the {chance.choice(WORDS)} was "
        f"{chance.choice(['old', 'closed', 'painted', 'sold'])} in {chance.randint(1900, 2020)}."
        for _ in range(sentences)
    )


@pytest.mark.model
class TestNothingAndVerdicts:
    """What occurs in the folder is told from what does not, and chance is never counted."""

    @pytest.fixture(scope="class")
    @classmethod
    def searcher(
        cls, tmp_path_factory: pytest.TempPathFactory, model: Embedder
    ) -> Iterator[Searcher]:
        files = {f"part{number % 4}/note{number}.txt": filler(number) for number in range(60)}
        files["part1/note9.txt"] += " A pelican slept on the roof."
        files["speech.txt"] = (
            "He came late. I did what I could for them, and nobody thanked me, said the "
            f"treasurer. {filler(99)}"
        )
        with search_files(tmp_path_factory.mktemp("verdicts"), files, model) as searcher:
            yield searcher

    @pytest.mark.parametrize("q", ["vmqxkzh", "blorptal wibbrisk", "qwzxv kjhgx pltrm"])
    def test_nonsense_is_answered_by_nothing(self, searcher: Searcher, q: str) -> None:
        response = ask(searcher, q)
        assert response.answers is Answers.NO
        assert (response.hits, response.total.value, response.next_cursor) == ([], 0, None)
        assert response.total.relation == "exact"
        assert 0 < len(response.nearest) <= 5
        assert all((hit.confidence or 0) < LEAST_NEAR for hit in response.nearest)

    @pytest.mark.parametrize("mode", Mode)
    @pytest.mark.parametrize(
        "q", ["what is the melting point of gallium", '"purple dancing elephants"', "vmqxkzh"]
    )
    def test_what_the_folder_does_not_know_is_no_in_every_mode(
        self, searcher: Searcher, q: str, mode: Mode
    ) -> None:
        assert ask(searcher, q, mode).answers is Answers.NO

    def test_a_rare_word_counts_its_own_passages_alone(self, searcher: Searcher) -> None:
        response = searcher.search(SearchRequest(q="pelican", facets=[Facet.FOLDER]))
        assert paths(response) == ["part1/note9.txt"]
        assert (response.total.value, response.total.relation) == (1, "exact")
        assert [(each.value, each.count) for each in response.facets[Facet.FOLDER]] == [
            ("part1", 1)
        ]
        assert response.answers is not Answers.NO
        assert response.nearest == []

    @pytest.mark.parametrize(
        "q", ["I did what I could for them, and nobody", '"nobody thanked me"', "nobody thanked"]
    )
    @pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.LEXICAL])
    def test_a_verbatim_phrase_is_sure(self, searcher: Searcher, q: str, mode: Mode) -> None:
        response = ask(searcher, q, mode)
        assert paths(response)[0] == "speech.txt"
        assert (response.hits[0].confidence or 0) >= 0.9
        assert response.answers is Answers.YES

    @pytest.mark.parametrize("q", ["the", "a", "of the", "I", '"a"'])
    def test_stop_words_and_single_letters_are_no_evidence(
        self, searcher: Searcher, q: str
    ) -> None:
        response = ask(searcher, q)
        assert response.answers is Answers.NO
        assert all((hit.confidence or 0) < LEAST_CONFIDENCE for hit in response.hits)

    def test_filters_alone_are_not_answered(self, searcher: Searcher) -> None:
        response = ask(searcher, "path:part1/*")
        assert response.answers is None
        assert response.total.value == 15

    def test_a_filter_that_keeps_no_answer_says_no(self, searcher: Searcher) -> None:
        assert ask(searcher, "pelican path:part2/*").answers is Answers.NO

    @pytest.mark.parametrize("q", ["harbour", "pelican", "the sale of the market", "vmqxkzh"])
    @pytest.mark.parametrize("fold", [True, False])
    def test_paging_reaches_the_total(self, searcher: Searcher, q: str, fold: bool) -> None:
        page = searcher.search(SearchRequest(q=q, limit=7, fold_duplicates=fold))
        hits, total = page.hits, page.total
        while page.next_cursor is not None:
            page = searcher.search(
                SearchRequest(q=q, limit=7, fold_duplicates=fold, cursor=page.next_cursor)
            )
            assert (page.total, page.nearest) == (total, [])
            hits = hits + page.hits
        assert len({hit.passage_id for hit in hits}) == len(hits) == total.value


def test_by_words_alone_paging_reaches_every_match(tmp_path: Path) -> None:
    files = {f"{number}.txt": f"Ferry {number}: {filler(number, 2)}" for number in range(260)}
    with search_files(tmp_path, files, HashedEmbedder()) as searcher:
        response = ask(searcher, "ferry", Mode.LEXICAL)
        folded = sum(len(hit.duplicates) for hit in response.hits)
        assert response.total.value + folded > 200
        assert response.total.relation == "exact"
        beyond = searcher.search(SearchRequest(q="ferry", mode=Mode.LEXICAL, offset=240))
        assert len(beyond.hits) == 10


@pytest.mark.model
@pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.LEXICAL])
@pytest.mark.parametrize("q", ["red box", "box red", "copper kettle", "old stone mill"])
def test_words_in_a_row_rank_above_scattered_ones(
    tmp_path: Path, model: Embedder, q: str, mode: Mode
) -> None:
    rest = "The floor was wet and the stairs were steep that day."
    one, other = q.split()[0], q.split()[-1]
    middle = " ".join(q.split()[1:-1])
    scattered = " ".join(
        f"Somebody had seen {one} things in the yard behind it. Later, {middle} as they said, "
        f"a {other} was carried into the hall by two men."
        for _ in range(3)
    )
    row = f"In the cellar they found a {q} at last."
    files = {"scattered.txt": f"{scattered} {rest}", "row.txt": f"{row} {rest * 4}"}
    with search_files(tmp_path, files, model) as searcher:
        assert paths(ask(searcher, q, mode))[0] == "row.txt"


@given(q=st.text(st.sampled_from('ferry tide "+-*'), min_size=1, max_size=20).filter(str.strip))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_verdict_total_and_hits_agree(small: Searcher, q: str) -> None:
    response = ask(small, q)
    assert response.total.value == len(response.hits)
    assert not (response.hits and response.nearest)
    if response.answers is not None:
        best = max((hit.confidence or 0 for hit in response.hits), default=0)
        assert response.answers is verdict(best, by_words=response.mode is Mode.LEXICAL)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    files = {
        "a.txt": "The ferry waits for the tide.",
        "b.txt": "A tide table.",
        "c.txt": "Ferry bells.",
    }
    with search_files(tmp_path_factory.mktemp("small"), files, HashedEmbedder()) as searcher:
        yield searcher
