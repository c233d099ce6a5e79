"""Texts of a small judged set, written in many formats, read and found."""

import json
from pathlib import Path
from typing import Any

import pytest

from indexer.errors import UsageError
from indexer.reading.readers import read_document
from scripts.benchmarking.formats.reading import measure_reading
from scripts.benchmarking.formats.texts import asked_of, texts_of
from scripts.benchmarking.formats.writing.formats import TEXT, WRITTEN, missing_programs
from scripts.benchmarking.main import main

TOPICS = ("harbour", "lighthouse", "orchard", "quarry", "windmill", "vineyard", "observatory")
COUNT = 2 * len(TOPICS)


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """Two files of seven paragraphs each, and a question about each paragraph."""
    folder = tmp_path / "judged"
    (folder / "corpora").mkdir(parents=True)
    questions = []
    for place in ("North", "South"):
        paragraphs = [
            f"The {topic} of {place} Island was built by {place}ern masons in the year 18{at}0. "
            f"Nobody has counted the visitors of the {topic} since then."
            for at, topic in enumerate(TOPICS)
        ]
        content = "\n\n".join(paragraphs)
        (folder / "corpora" / f"{place}_Island.txt").write_text(content)
        for at, topic in enumerate(TOPICS):
            answer = f"18{at}0"
            start = content.index(answer)
            questions.append(
                {
                    "question": f"When was the {topic} of {place} Island built?",
                    "file": f"{place}_Island.txt",
                    "references": [{"start": start, "end": start + 4, "text": answer}],
                }
            )
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    return folder


def figures(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_texts_are_parts_of_the_files(judged: Path) -> None:
    texts = texts_of(judged, COUNT)
    assert [text.id for text in texts] == [f"{number:03}" for number in range(COUNT)]
    assert {text.title for text in texts} == {"North Island", "South Island"}
    for text in texts:
        content = (judged / "corpora" / text.path).read_text()
        assert text.paragraphs == (text.span.of(content),)
        assert text.sentence() in content
    assert [len(text.paragraphs) for text in texts_of(judged, 4)] == [3, 4, 3, 4]
    with pytest.raises(UsageError, match="only 14 texts, not 15"):
        texts_of(judged, COUNT + 1)


def test_questions_belong_to_the_texts_that_answer_them(judged: Path) -> None:
    texts = texts_of(judged, COUNT)
    asked = asked_of(judged, texts, 100)
    assert len(asked) == COUNT
    for each in asked:
        topic = each.question.split()[3]
        [answer] = each.answers
        text = texts[int(answer)]
        assert f"The {topic} of {text.title}" in text.paragraphs[0]
    assert len(asked_of(judged, texts, 5)) == 5


def test_documents_that_answer_come_first(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    records = [
        {"_id": f"d{at}", "title": "", "text": f"About {topic}s."}
        for at, topic in enumerate(TOPICS)
    ]
    queries = [{"_id": "q1", "text": "wine?"}, {"_id": "q2", "text": "stone?"}]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, records)))
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    judgements = "query-id\tcorpus-id\tscore\nq1\td5\t1\nq2\td1\t0\n"
    (tmp_path / "qrels" / "test.tsv").write_text(judgements)
    texts = texts_of(tmp_path, 3)
    assert [text.path for text in texts] == ["d5", "d0", "d1"]
    assert (texts[0].title, texts[0].paragraphs) == ("d5", ("About vineyards.",))
    [asked] = asked_of(tmp_path, texts, 10)
    assert asked.question == "wine?"
    assert sorted(asked.answers) == ["000"]


@pytest.mark.parametrize("written", [each for each in (TEXT, *WRITTEN) if not each.program])
def test_what_python_writes_is_read_whole(written: Any, judged: Path, tmp_path: Path) -> None:
    text = texts_of(judged, 2)[1]
    written.write([text], tmp_path)
    name = f"001 South Island{written.suffix}"
    content = (tmp_path / name).read_bytes()
    if written.suffix == ".zip":
        assert b"001 South Island.txt" in content
        return
    document = read_document(name, content)
    read = " ".join(getattr(document, "text", "").split())
    for paragraph in text.paragraphs:
        assert paragraph in read


def test_reading_counts_files_pages_and_what_is_refused(tmp_path: Path) -> None:
    goldens = Path(__file__).parents[3] / "indexer" / "reading" / "extraction" / "pdf" / "goldens"
    whole = (goldens / "chromium.pdf").read_bytes()
    (tmp_path / "whole.pdf").write_bytes(whole)
    (tmp_path / "again.pdf").write_bytes(whole)
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7\n")
    (tmp_path / "notes.txt").write_text("left out")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    [found] = measure_reading(tmp_path.iterdir())
    assert (found.format, found.files, found.refused) == ("PDF", 2, 1)
    assert found.megabytes == pytest.approx(2 * len(whole) / 1e6)
    assert found.pages >= 2
    assert found.seconds > 0
    assert found.peak_megabytes > 1


def test_a_folder_of_files_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "page.html").write_text("<p>One page")
    target = tmp_path / "figures.json"
    arguments = ["formats", "--data", str(tmp_path / "data"), "--json", str(target)]
    assert main(arguments) == 0
    assert "HTML" in capsys.readouterr().out
    [found] = figures(target)["reading"]
    assert (found["format"], found["files"], found["refused"]) == ("HTML", 1, 0)


def test_texts_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mixed"]) == 2
    assert "--judged SET" in capsys.readouterr().err


@pytest.mark.skipif(bool(missing_programs()), reason=f"needs {', '.join(missing_programs())}")
def test_files_of_all_formats_are_read_and_found(judged: Path, tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    common = ["--judged", str(judged), "--json", str(target)]
    assert main(["mixed", *common, "--model", "static", "--texts", str(len(WRITTEN))]) == 0
    found = figures(target)
    for folder in ("text", "mixed"):
        assert (found[folder]["questions"], found[folder]["refused"]) == (len(WRITTEN), 0)
        assert found[folder]["sentences"] == {each.name: 1 for each in WRITTEN}
        assert found[folder]["quotations_first"] == found[folder]["sentences"]

    assert main(["formats", *common, "--texts", "2"]) == 0
    found = figures(target)
    assert len(found["reading"]) == len(WRITTEN) - 1  # a zip file is none itself
    assert all(each["files"] == 2 for each in found["reading"])
    fresh, unchanged = (run["report"] for run in found["builds"]["mixed"])
    assert (fresh["added"], unchanged["published"]) == (2, False)
