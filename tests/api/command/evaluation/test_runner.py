"""Queries asked in every setting, on indexes whose embedder needs no model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.command.evaluation.judged_set import (
    DocumentSet,
    Query,
    SpanSet,
    open_judged_set,
    write_documents,
)
from api.command.evaluation.reporting.summary import summarise
from api.command.evaluation.runner import (
    CUT,
    REFUSED,
    Answer,
    Found,
    ask_unrelated,
    evaluate_documents,
    evaluate_spans,
)
from api.command.evaluation.setting import Setting
from api.contract.search import Mode, SearchRequest
from api.ranking.fusion import FusionMethod
from api.search.models.query_model import QueryModel
from api.search.searcher import Searcher
from api.settings import ServerSettings
from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.config import IndexConfig
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot
from indexer.spans import Span
from tests.api.command.evaluation.judged_folders import (
    write_document_set,
    write_lines,
    write_span_set,
)
from tests.hashed_embedder import HashedEmbedder

LEXICAL = Setting(Mode.LEXICAL)
SETTINGS = [LEXICAL, Setting(Mode.SEMANTIC), Setting(Mode.HYBRID, FusionMethod.WEIGHTED, 0.5)]


@contextmanager
def searcher_of(folder: Path, index: Path) -> Iterator[Searcher]:
    """Index the folder and open the index."""
    place = IndexFolder(index)
    build_index(BuildTask(folder, place, IndexConfig(model="hashed"), HashedEmbedder()))
    model = QueryModel(HashedEmbedder())
    model.load()
    searcher = Searcher(open_snapshot(place, place.current()), model, ServerSettings())
    yield searcher
    searcher.snapshot.close()


@pytest.fixture
def ask_documents(tmp_path: Path) -> Callable[[Path, list[Setting]], list[Answer]]:
    """Return a runner for a document set in BEIR layout."""

    def ask(folder: Path, settings: list[Setting]) -> list[Answer]:
        judged = open_judged_set(folder)
        assert isinstance(judged, DocumentSet)
        ids = write_documents(judged, tmp_path / "documents")
        with searcher_of(tmp_path / "documents", tmp_path / "index") as searcher:
            return evaluate_documents(searcher.search, judged, ids, settings)

    return ask


AskDocuments = Callable[[Path, list[Setting]], list[Answer]]


def test_documents_are_found_in_every_setting(tmp_path: Path, ask_documents: AskDocuments) -> None:
    answers = ask_documents(write_document_set(tmp_path / "tiny"), SETTINGS)
    assert len(answers) == 2 * len(SETTINGS)
    assert [answer.metrics["recall@100"] for answer in answers] == [1.0] * len(answers)
    whales, bread = (answer for answer in answers if answer.setting == LEXICAL)
    assert (whales.documents[0], bread.documents[0]) == ("doc/1", "doc/2")
    assert whales.metrics["nDCG@10"] == bread.metrics["nDCG@10"] == 1.0
    assert whales.found[0].relevant
    assert not any(each.relevant for each in whales.found[1:])


def test_each_query_is_timed_in_the_first_setting_that_it_is_asked_in(
    tmp_path: Path, ask_documents: AskDocuments
) -> None:
    folder = write_document_set(
        tmp_path / "tiny", qrels="".join(f"q{n}\tdoc/1\t1\n" for n in (1, 2, 3))
    )
    timed = [
        (answer.query_id, answer.setting)
        for answer in ask_documents(folder, SETTINGS)
        if answer.milliseconds is not None
    ]
    assert timed == list(zip(["q1", "q2", "q3"], SETTINGS, strict=True))


def test_rankings_continue_past_the_first_page_and_end_at_a_hundred_documents(
    tmp_path: Path, ask_documents: AskDocuments
) -> None:
    folder = write_document_set(tmp_path / "tiny", qrels="q1\td0\t1\n")
    paragraph = "Whales sing. " * 60
    documents = [
        # Two passages each, so that the limit on passages is reached before the one on documents.
        {"_id": f"d{number}", "title": f"Whale {number}", "text": f"{paragraph}\n\n{paragraph}"}
        for number in range(120)
    ]
    write_lines(folder / "corpus.jsonl", documents)
    (answer,) = ask_documents(folder, [LEXICAL])
    assert len(answer.documents) == len(set(answer.documents)) == 100
    assert len(answer.found) == 10


def test_a_refused_query_finds_nothing_and_is_counted(
    tmp_path: Path, ask_documents: AskDocuments
) -> None:
    folder = write_document_set(tmp_path / "tiny")
    write_lines(
        folder / "queries.jsonl", [{"_id": "q1", "text": ""}, {"_id": "q2", "text": "yeast"}]
    )
    (row,) = summarise(ask_documents(folder, [LEXICAL]))
    assert row.warnings == {REFUSED: 1}
    assert row.metrics["nDCG@10"] == 0.5


def test_an_overlong_query_is_cut_and_counted(tmp_path: Path, ask_documents: AskDocuments) -> None:
    folder = write_document_set(tmp_path / "tiny", qrels="q1\tdoc/1\t1\n")
    write_lines(folder / "queries.jsonl", [{"_id": "q1", "text": "whales " * 1_000}])
    (row,) = summarise(ask_documents(folder, [LEXICAL]))
    assert row.warnings == {CUT: 1}
    assert row.metrics["nDCG@10"] == 1.0


def test_spans_are_scored_whole_and_at_their_best(tmp_path: Path) -> None:
    judged = open_judged_set(write_span_set(tmp_path / "spans"))
    assert isinstance(judged, SpanSet)
    with searcher_of(judged.corpora, tmp_path / "index") as searcher:
        answers = evaluate_spans(searcher.search, judged, SETTINGS)
    assert len(answers) == 2 * len(SETTINGS)
    promise = next(answer for answer in answers if answer.setting == LEXICAL)
    whole = promise.found[0].span
    assert (promise.found[0].path, promise.found[0].relevant) == ("nato.txt", True)
    assert promise.metrics["span_recall@1"] == 1.0
    assert promise.metrics["span_precision@1"] == pytest.approx(35 / len(whole))
    assert promise.metrics["characters@5"] == sum(len(each.span) for each in promise.found)
    assert promise.metrics["best_characters@5"] == sum(len(each.best) for each in promise.found)
    assert promise.metrics["best_recall@10"] <= promise.metrics["span_recall@10"]


def test_hits_carry_the_evidence_of_their_confidence(tmp_path: Path) -> None:
    judged = open_judged_set(write_span_set(tmp_path / "spans"))
    assert isinstance(judged, SpanSet)
    with searcher_of(judged.corpora, tmp_path / "index") as searcher:
        answers = evaluate_spans(searcher.search, judged, SETTINGS)
        request = SearchRequest(q=judged.questions[0].text, explain=True, fold_duplicates=False)
        hit = searcher.search(request).hits[0]
    lexical, semantic, hybrid = (answer.found[0] for answer in answers[: len(SETTINGS)])
    assert (lexical.lexical is not None, lexical.semantic) == (True, None)
    assert (semantic.lexical, semantic.semantic is not None) == (None, True)
    assert hit.explanation is not None
    assert hit.explanation.lexical is not None
    assert hit.explanation.semantic is not None
    assert (hybrid.lexical, hybrid.semantic, hybrid.confidence) == (
        hit.explanation.lexical.score,
        hit.explanation.semantic.score,
        hit.confidence,
    )


def test_hits_of_unrelated_queries_do_not_answer(tmp_path: Path) -> None:
    judged = open_judged_set(write_span_set(tmp_path / "spans"))
    assert isinstance(judged, SpanSet)
    queries = [Query("w", "whales"), Query("r", "rise"), Query("e", "")]
    with searcher_of(judged.corpora, tmp_path / "index") as searcher:
        whales, rise, empty = ask_unrelated(searcher.search, queries, [LEXICAL])
    assert (whales.found, whales.top_confidence) == ([], 0.0)
    assert [each.relevant for each in rise.found] == [False]
    assert rise.top_confidence == rise.found[0].confidence > 0
    assert empty.warnings == [REFUSED]


def test_a_summary_reports_the_calibration_of_confidence() -> None:
    def answer(*hits: tuple[float, bool]) -> Answer:
        found = [
            Found("a.txt", Span(0, 1), Span(0, 1), 1.0, confidence, relevant)
            for confidence, relevant in hits
        ]
        return Answer(LEXICAL, "q", "", found)

    answers = [answer((0.75, True), (0.25, False)), answer((0.75, False))]
    unrelated = {"others": [answer((0.65, False), (0.6, False)), answer((0.85, False)), answer()]}
    (row,) = summarise(answers, unrelated)
    # Of two hits at 0.75, one answers; one at 0.25 does not: each is 0.25 off.
    assert row.calibration.error == pytest.approx(0.25)
    # Only the first hits count, and no hit counts as 0: 0.75 is above two of the three.
    assert row.separation == {"others": pytest.approx(2 / 3)}


def test_a_summary_has_means_and_a_median() -> None:
    answers = [
        Answer(LEXICAL, f"q{n}", "", metrics={"nDCG@10": value}, milliseconds=milliseconds)
        for n, (value, milliseconds) in enumerate([(0.0, 1.0), (0.5, None), (1.0, 9.0), (0.1, 2.0)])
    ]
    (row,) = summarise(answers)
    assert row.metrics == {"nDCG@10": pytest.approx(0.4)}
    assert row.milliseconds == 2.0
    assert row.queries == 4
