"""Judged sets in both layouts, and the errors for broken ones."""

import os
from pathlib import Path
from typing import Any

import pytest

from api.command.evaluation.judged_set import (
    DocumentSet,
    InvalidJudgements,
    Query,
    SpanSet,
    open_judged_set,
    take_queries,
    write_documents,
)
from indexer.spans import Span
from tests.api.command.evaluation.judged_folders import (
    write_document_set,
    write_lines,
    write_span_set,
)

HEADER = "query-id\tcorpus-id\tscore\n"


def test_a_document_set_contains_only_the_judged_queries(tmp_path: Path) -> None:
    judged = open_judged_set(write_document_set(tmp_path / "tiny"))
    assert isinstance(judged, DocumentSet)
    assert judged.name == "tiny"
    assert judged.queries == (Query("q1", "whales singing"), Query("q2", "why does bread rise"))
    assert judged.judgements == {"q1": {"doc/1": 2}, "q2": {"doc/2": 1}}
    assert judged.document_count == 3


def test_qrels_need_no_header(tmp_path: Path) -> None:
    judged = open_judged_set(write_document_set(tmp_path / "tiny", qrels="q2\tdoc/2\t1\n"))
    assert isinstance(judged, DocumentSet)
    assert judged.judgements == {"q2": {"doc/2": 1}}


def test_another_split_has_other_judgements(tmp_path: Path) -> None:
    folder = write_document_set(tmp_path / "tiny")
    (folder / "qrels" / "train.tsv").write_text(f"{HEADER}q3\t.doc 3\t1\n")
    judged = open_judged_set(folder, split="train")
    assert isinstance(judged, DocumentSet)
    assert [query.id for query in judged.queries] == ["q3"]


def test_documents_become_files_with_their_title_above(tmp_path: Path) -> None:
    judged = open_judged_set(write_document_set(tmp_path / "tiny"))
    assert isinstance(judged, DocumentSet)
    files = tmp_path / "files"
    ids = write_documents(judged, files)
    assert ids == {"doc%2F1.txt": "doc/1", "doc%2F2.txt": "doc/2", "%2Edoc 3.txt": ".doc 3"}
    texts = {ids[path.name]: path.read_text(encoding="utf-8") for path in files.iterdir()}
    assert texts == {
        "doc/1": "Whales\n\nWhales sing to each other under the sea.",
        "doc/2": "Bread rises because yeast makes gas.",
        ".doc 3": "Two lines\n\nA kite needs wind, a tail and a string.",
    }


def test_existing_documents_are_kept_and_others_are_deleted(tmp_path: Path) -> None:
    judged = open_judged_set(write_document_set(tmp_path / "tiny"))
    assert isinstance(judged, DocumentSet)
    files = tmp_path / "files"
    write_documents(judged, files)
    long_ago = (1_000_000_000, 1_000_000_000)
    for path in files.iterdir():
        os.utime(path, long_ago)
    (files / "doc%2F1.txt").write_text("something else")
    (files / "left over.txt").write_text("of another set")
    write_documents(judged, files)
    rewritten = {path.name for path in files.iterdir() if path.stat().st_mtime > long_ago[1]}
    assert rewritten == {"doc%2F1.txt"}
    assert len(list(files.iterdir())) == 3


def test_long_ids_that_begin_alike_get_different_files(tmp_path: Path) -> None:
    folder = write_document_set(tmp_path / "tiny", qrels="q1\t" + "é" * 200 + "1\t1\n")
    documents = [{"_id": "é" * 200 + end, "title": "", "text": end} for end in ("1", "2")]
    write_lines(folder / "corpus.jsonl", documents)
    judged = open_judged_set(folder)
    assert isinstance(judged, DocumentSet)
    ids = write_documents(judged, tmp_path / "files")
    assert sorted(ids.values()) == [document["_id"] for document in documents]
    assert all(len(path.encode()) < 256 for path in ids)


def test_a_text_with_half_a_surrogate_pair_can_be_written(tmp_path: Path) -> None:
    folder = write_document_set(tmp_path / "tiny", qrels="q1\ta\t1\n")
    (folder / "corpus.jsonl").write_text('{"_id": "a", "title": "", "text": "x \\ud83d y"}\n')
    judged = open_judged_set(folder)
    assert isinstance(judged, DocumentSet)
    write_documents(judged, tmp_path / "files")
    assert (tmp_path / "files" / "a.txt").read_text() == "x ? y"


def test_references_count_code_points_with_unchanged_newlines(tmp_path: Path) -> None:
    judged = open_judged_set(write_span_set(tmp_path / "spans"))
    assert isinstance(judged, SpanSet)
    promised, rising = judged.questions
    assert promised.references == (Span(32, 67),)
    assert (rising.path, rising.references) == ("bread.txt", (Span(18, 38),))
    assert judged.corpora == tmp_path / "spans" / "corpora"


def test_a_byte_order_mark_counts_in_the_references_but_not_in_the_index(tmp_path: Path) -> None:
    # The set counts code points of the file as UTF-8, including the byte order mark.
    reference = {"start": 1, "end": 6, "text": "Whale"}
    question = {"question": "Who?", "file": "mark.txt", "references": [reference]}
    folder = write_span_set(tmp_path / "spans", questions=[question])
    (folder / "corpora" / "mark.txt").write_bytes("\ufeffWhale songs".encode())
    judged = open_judged_set(folder)
    assert isinstance(judged, SpanSet)
    assert judged.questions[0].references == (Span(0, 5),)


def test_fewer_queries_are_taken_from_all_over_the_set(tmp_path: Path) -> None:
    questions = [
        {"question": f"number {n}", "file": "nato.txt", "references": [{"start": n, "end": n + 1}]}
        for n in range(10)
    ]
    judged = open_judged_set(write_span_set(tmp_path / "spans", questions=questions))
    few = take_queries(judged, 3)
    assert isinstance(few, SpanSet)
    assert [question.text for question in few.questions] == ["number 0", "number 3", "number 6"]
    assert take_queries(judged, 99) == judged


def test_queries_can_be_read_without_the_answers(tmp_path: Path) -> None:
    documents = open_judged_set(write_document_set(tmp_path / "tiny"))
    spans = open_judged_set(write_span_set(tmp_path / "quotes"))
    assert documents.asked == (Query("q1", "whales singing"), Query("q2", "why does bread rise"))
    assert [query.text for query in spans.asked] == [
        "What did the members promise?",
        "How long does it take to rise?",
    ]


def test_judgements_of_omitted_queries_are_left_out(tmp_path: Path) -> None:
    few = take_queries(open_judged_set(write_document_set(tmp_path / "tiny")), 1)
    assert isinstance(few, DocumentSet)
    assert few.judgements == {"q1": {"doc/1": 2}}


@pytest.mark.parametrize(
    ("qrels", "message"),
    [
        (f"{HEADER}q1\tdoc/1\n", r"test.tsv line 2: expected 3 columns .* found 2"),
        (f"{HEADER}q1\t0\tdoc/1\t1\n", r"line 2: expected 3 columns .* found 4"),
        (f"{HEADER}q1 doc/1 1\n", r"line 2: expected 3 columns .* found 1"),
        (
            "corpus-id\tquery-id\tscore\nq1\tdoc/1\t1\n",
            "line 1: the columns are corpus-id, query-id, score; expected query-id, corpus-id",
        ),
        (f"{HEADER}q1\tdoc/1\tgood\n", r"line 2: the score 'good' is not a whole number"),
        (f"{HEADER}q9\tdoc/1\t1\n", r"line 2: no query has the id 'q9'"),
        (f"{HEADER}q1\tdoc/9\t1\n", r"line 2: no document has the id 'doc/9'"),
        (HEADER, r"test.tsv judges no query"),
        (f"{HEADER}q1\tdoc/1\t0\n", r"test.tsv judges no query"),
    ],
)
def test_broken_judgements_are_named(tmp_path: Path, qrels: str, message: str) -> None:
    folder = write_document_set(tmp_path / "tiny", qrels=qrels)
    with pytest.raises(InvalidJudgements, match=message):
        open_judged_set(folder)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "corpus.jsonl line 1 is not JSON"),
        ("[]", "corpus.jsonl line 1: expected an object"),
        ('{"id": "a"}', "corpus.jsonl line 1: the field '_id' is missing or is not text"),
        ('{"_id": 7}', "the field '_id' is missing or is not text"),
        ('{"_id": "a"}\n\n{"_id": "a"}', "corpus.jsonl line 3: the id 'a' is there twice"),
    ],
)
def test_broken_documents_are_named(tmp_path: Path, line: str, message: str) -> None:
    folder = write_document_set(tmp_path / "tiny")
    (folder / "corpus.jsonl").write_text(line)
    with pytest.raises(InvalidJudgements, match=message):
        open_judged_set(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"file": "lost.txt"}, "questions.jsonl line 1: .* has no file 'lost.txt'"),
        ({"references": []}, "line 1: 'references' must be a list of at least one span"),
        ({"references": [{"start": 0}]}, "a reference needs 'start' and 'end'"),
        ({"references": [{"start": 5, "end": 3}]}, "a reference needs 'start' and 'end'"),
        ({"references": [{"start": 3, "end": 3}]}, r"\[3, 3\) is empty or ends after the file"),
        ({"references": [{"start": 0, "end": 999}]}, r"\[0, 999\) is empty or ends after"),
        ({"references": [{"start": 0, "end": 3, "text": "the"}]}, "is not the text that the file"),
        ({"question": None}, "the field 'question' is missing"),
    ],
)
def test_broken_questions_are_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    question = {
        "question": "Who met?",
        "file": "nato.txt",
        "references": [{"start": 0, "end": 12, "text": "The alliance"}],
    }
    folder = write_span_set(tmp_path / "spans", questions=[question | change])
    with pytest.raises(InvalidJudgements, match=message):
        open_judged_set(folder)


def test_a_question_asked_twice_under_one_id_is_named(tmp_path: Path) -> None:
    reference = {"start": 0, "end": 1}
    question = {"id": "a", "question": "?", "file": "nato.txt", "references": [reference]}
    folder = write_span_set(tmp_path / "spans", questions=[question, question])
    with pytest.raises(InvalidJudgements, match="line 2: the id 'a' is there twice"):
        open_judged_set(folder)


def test_a_set_without_questions_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidJudgements, match="judges no query"):
        open_judged_set(write_span_set(tmp_path / "spans", questions=[]))


def test_a_folder_of_neither_layout_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidJudgements, match="is not a judged set"):
        open_judged_set(tmp_path)
    with pytest.raises(InvalidJudgements, match="is not a folder"):
        open_judged_set(tmp_path / "nowhere")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = write_document_set(tmp_path / "tiny")
    with pytest.raises(InvalidJudgements, match=r"train\.tsv is missing"):
        open_judged_set(folder, split="train")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    folder = write_document_set(tmp_path / "tiny")
    (folder / "queries.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidJudgements, match=r"queries\.jsonl cannot be read"):
        open_judged_set(folder)
    spans = write_span_set(tmp_path / "spans")
    (spans / "corpora" / "nato.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidJudgements, match=r"'nato\.txt' cannot be read"):
        open_judged_set(spans)
