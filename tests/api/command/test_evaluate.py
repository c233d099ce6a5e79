"""The command: tables and JSON of tiny sets, and one line for any error."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.command.evaluate import main
from api.search.ranking_settings import read_ranking_settings
from indexer.index.folder import IndexFolder
from tests.api.command.evaluation.judged_folders import (
    write_document_set,
    write_lines,
    write_span_set,
)
from tests.imported_modules import printed_and_imported

EVALUATE = Path(__file__).resolve().parents[3] / "scripts" / "evaluate.py"
LEXICAL = ["--model", "none"]


def evaluate(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def figures(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_both_layouts_are_measured_and_reported_as_tables_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = write_document_set(tmp_path / "tiny")
    spans = write_span_set(tmp_path / "quotes")
    assert evaluate(documents, spans, *LEXICAL, "--json", tmp_path / "figures.json") == 0
    tiny, quotes = figures(tmp_path / "figures.json")["sets"]
    assert (tiny["name"], tiny["layout"], tiny["build"]["added"]) == ("tiny", "beir", 3)
    (row,) = tiny["settings"]
    assert (row["setting"], row["queries"]) == ("lexical", 2)
    assert row["metrics"]["nDCG@10"] == row["metrics"]["recall@100"] == 1.0
    assert row["milliseconds_p50"] > 0
    assert (quotes["name"], quotes["layout"]) == ("quotes", "spans")
    assert quotes["settings"][0]["metrics"]["span_recall@5"] == 1.0
    assert row["calibration"]["error"] < 1
    assert sum(each["hits"] for each in row["calibration"]["bins"]) == 2
    assert row["separation"] == {}
    printed = capsys.readouterr().out
    assert "tiny: 3 documents, 2 queries" in printed
    assert "tiny: confidence of the first 10 hits" in printed
    assert "3 passages, 0 embedded now; built in" in printed
    assert "quotes: 2 files, 2 questions; whole passages" in printed
    assert "quotes: 2 files, 2 questions; best spans" in printed


def test_json_can_be_the_only_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(write_document_set(tmp_path / "tiny"), *LEXICAL, "--json", "-") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["sets"][0]["name"] == "tiny"
    assert "nDCG@10" in printed.err


def test_the_results_of_every_query_can_be_written(tmp_path: Path) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    assert evaluate(tiny, *LEXICAL, "--per-query", tmp_path / "queries.jsonl") == 0
    lines = (tmp_path / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    whales, bread = map(json.loads, lines)
    assert (whales["set"], whales["setting"], whales["query_id"]) == ("tiny", "lexical", "q1")
    assert whales["hits"][0]["path"] == "doc%2F1.txt"
    assert whales["hits"][0]["relevant"] is True
    assert bread["metrics"]["nDCG@10"] == 1.0


def test_a_kept_index_is_reused(tmp_path: Path) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    keep = ["--index", tmp_path / "kept", "--json", tmp_path / "figures.json"]
    assert evaluate(tiny, *LEXICAL, *keep) == 0
    assert evaluate(tiny, *LEXICAL, *keep) == 0
    build = figures(tmp_path / "figures.json")["sets"][0]["build"]
    assert (build["published"], build["added"], build["unchanged"]) == (False, 0, 3)
    assert evaluate(tiny, *LEXICAL, *keep, "--full") == 0
    build = figures(tmp_path / "figures.json")["sets"][0]["build"]
    assert (build["published"], build["added"]) == (True, 3)


def test_queries_of_another_set_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    quotes = write_span_set(tmp_path / "quotes")
    wrote = ["--json", tmp_path / "figures.json", "--per-query", tmp_path / "queries.jsonl"]
    both = ["--unrelated", quotes, "--unrelated", tiny]
    assert evaluate(tiny, quotes, *LEXICAL, *both, *wrote) == 0
    for measured, other in zip(
        figures(tmp_path / "figures.json")["sets"], ("quotes", "tiny"), strict=True
    ):
        (row,) = measured["settings"]
        assert row["queries"] == 2
        assert list(row["separation"]) == [other]
        assert 0.5 <= row["separation"][other] <= 1
    assert "AUC against quotes" in capsys.readouterr().out
    lines = (tmp_path / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [(line["set"], line["queries_of"]) for line in map(json.loads, lines)]
    assert sorted(set(asked)) == [
        *[("quotes", "quotes"), ("quotes", "tiny")],
        *[("tiny", "quotes"), ("tiny", "tiny")],
    ]


def test_confidence_is_fitted_to_the_judged_hits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A query about kites searches texts about bread, so that some hits do not answer.
    qrels = "q1\tdoc/1\t1\nq3\tdoc/2\t1\n"
    tiny = write_document_set(tmp_path / "tiny", qrels=qrels)
    quotes = write_span_set(tmp_path / "quotes")
    fit = ["--calibrate", "--unrelated", quotes, "--unrelated", tiny]
    assert evaluate(tiny, quotes, *LEXICAL, *fit, "--json", tmp_path / "figures.json") == 0
    calibration = figures(tmp_path / "figures.json")["calibration"]
    constant, of_semantic, of_coverage = calibration["LEXICAL"]["constants"]
    assert (list(calibration), of_semantic) == (["LEXICAL"], 0.0)
    assert constant < 0 < of_coverage
    assert list(calibration["LEXICAL"]["sets"]) == ["tiny", "quotes"]
    printed = capsys.readouterr().out
    assert f"LEXICAL = ({constant:.2f}, 0.00, {of_coverage:.2f})" in printed
    assert "LEXICAL: calibration error over lexical hits" in printed


@pytest.mark.parametrize("option", ["--json", "--per-query", "--report"])
@pytest.mark.parametrize(("name", "why"), [("no/file", "there is no folder"), ("", "is a folder")])
def test_an_unwritable_output_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, name: str, why: str
) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    place = tmp_path / name
    assert evaluate(tiny, *LEXICAL, "--index", tmp_path / "kept", option, place) == 2
    told = capsys.readouterr().err
    assert f"cannot write {place}" in told
    assert why in told
    assert not (tmp_path / "kept").exists()


def test_a_file_that_cannot_be_written_at_the_end_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    assert evaluate(tiny, *LEXICAL, "--json", "/dev/full") == 1
    assert "spanlight evaluate: /dev/full: No space left on device" in capsys.readouterr().err


def test_a_mode_that_is_named_twice_is_measured_once(tmp_path: Path) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    wrote = ["--json", tmp_path / "figures.json"]
    assert evaluate(tiny, *LEXICAL, "--modes", "lexical,lexical", *wrote) == 0
    (row,) = figures(tmp_path / "figures.json")["sets"][0]["settings"]
    assert (row["setting"], row["queries"]) == ("lexical", 2)


def test_settings_that_cannot_be_saved_are_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    assert (
        evaluate(tiny, "--tune", "--save", tmp_path / "no-index", "--index", tmp_path / "kept") == 1
    )
    assert f"there is no index at {tmp_path / 'no-index'}" in capsys.readouterr().err
    assert not (tmp_path / "kept").exists()
    assert not (tmp_path / "no-index").exists()


def test_documents_that_are_not_indexed_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = write_document_set(tmp_path / "tiny", qrels="q1\tfull\t1\nq1\tempty\t1\n")
    documents = [
        {"_id": "full", "title": "", "text": "whales"},
        {"_id": "empty", "title": "", "text": ""},
    ]
    write_lines(tiny / "corpus.jsonl", documents)
    assert evaluate(tiny, *LEXICAL) == 0
    assert "not indexed: 1 empty" in capsys.readouterr().out


def test_the_number_of_queries_can_be_limited(tmp_path: Path) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    assert evaluate(tiny, *LEXICAL, "--limit", 1, "--json", tmp_path / "figures.json") == 0
    assert figures(tmp_path / "figures.json")["sets"][0]["settings"][0]["queries"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--semantic-weight", "1.5"], "the semantic weight must be from 0 to 1, not 1.5"),
        (["--semantic-weight", "heavy"], "the semantic weight must be a number, not 'heavy'"),
        (
            ["--modes", "lexical,both"],
            "'both' is not a mode; choose from lexical, semantic, hybrid",
        ),
        (["--modes", "hybrid"], "tiny: hybrid needs an index with vectors"),
        (["--compare", "lexical", "lexical"], "nothing to compare"),
        (["--compare", "lexical", "hybrid:sum"], "'hybrid:sum' is not a setting"),
        (["--tune", "--compare", "a", "b"], "not allowed with argument --tune"),
        (["--fusion", "sum"], "invalid choice: 'sum'"),
        (["--limit", "0"], "'0' is not a number above 0"),
        (["--split", "dev"], "dev.tsv is missing"),
        (["--tune", "--calibrate"], "not allowed with argument --tune"),
        (["--save", "{folder}"], "--save saves what --tune finds, so give both"),
        (["--unrelated", "{folder}"], "tiny cannot be --unrelated to itself"),
        (["--unrelated", "{folder}/nowhere"], "is not a folder"),
        (["{folder}"], "2 of the sets have the same name 'tiny'"),
        (["{folder}/qrels"], "is not a judged set"),
        (["{folder}/nowhere"], "is not a folder"),
    ],
)
def test_an_error_is_reported_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    asked = [argument.format(folder=tiny) for argument in arguments]
    assert evaluate(tiny, *asked, *LEXICAL) == 2
    said = [
        line
        for line in capfd.readouterr().err.splitlines()
        if line.startswith("spanlight evaluate: ")
    ]
    assert len(said) == 1
    assert message in said[0]


def test_a_failed_build_is_reported(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    assert evaluate(tiny, "--model", "./no/such/model") == 1
    assert "reindexing ended with exit code" in capfd.readouterr().err


def test_help_is_printed_before_anything_heavy_is_imported() -> None:
    printed, imported = printed_and_imported([EVALUATE, "--help"])
    assert printed.startswith("usage:")
    assert "pydantic" not in imported


@pytest.mark.model
def test_the_default_model_is_measured_compared_and_tuned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = write_document_set(tmp_path / "tiny")
    quotes = write_span_set(tmp_path / "quotes")
    keep = ["--index", tmp_path / "kept", "--json", tmp_path / "figures.json"]
    assert evaluate(tiny, *keep) == 0
    rows = figures(tmp_path / "figures.json")["sets"][0]["settings"]
    assert [row["setting"] for row in rows] == ["lexical", "semantic", "hybrid"]
    assert all(row["metrics"]["nDCG@10"] == 1.0 and not row["warnings"] for row in rows)

    assert evaluate(tiny, *keep, "--compare", "hybrid:rrf", "hybrid:weighted:0.7") == 0
    ndcg, recall = figures(tmp_path / "figures.json")["comparisons"]["tiny"]
    assert (ndcg["metric"], ndcg["difference"], ndcg["p_value"]) == ("nDCG@10", 0.0, 1.0)
    assert recall["metric"] == "recall@100"
    assert "tiny: hybrid:rrf against hybrid:weighted:0.7" in capsys.readouterr().out

    assert evaluate(tiny, quotes, *keep, "--tune", "--limit", 1) == 0
    tuning = figures(tmp_path / "figures.json")["tuning"]
    assert tuning["fusion"] in {"weighted", "minmax", "rrf"}
    assert 0 < tuning["semantic_weight"] < 1
    assert set(tuning["settings"][0]["values"]) == {"tiny", "quotes"}
    printed = capsys.readouterr().out
    assert f"best: fusion {tuning['fusion']}" in printed
    assert "nothing was saved; use --save INDEX" in printed

    served = IndexFolder(tmp_path / "kept" / "tiny" / "index")
    assert evaluate(tiny, *keep, "--tune", "--save", served.path) == 0
    tuning = figures(tmp_path / "figures.json")["tuning"]
    assert f"saved for {served.path}" in capsys.readouterr().out
    saved = read_ranking_settings(served)
    assert saved is not None
    assert (saved.fusion, saved.semantic_weight) == (tuning["fusion"], tuning["semantic_weight"])
