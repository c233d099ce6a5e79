"""The command: a tiny folder that grows, built and searched by real processes."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.benchmarking.main import main

WORDS = ("wolf", "river", "night", "forest", "bridge", "stone", "market", "lantern", "tide", "moon")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Sixty files of one passage and ten sentences each."""
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(60):
        lines = (f"The {word} of file {number} was seen by everyone there.\n" for word in WORDS)
        (folder / f"{number:02}.md").write_text("".join(lines))
    return folder


def test_growth_is_reported_as_a_table_a_plot_and_json(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, plot = tmp_path / "figures.json", tmp_path / "plot.svg"
    asked = ["--sizes", "20", "--queries", "5", "--json", str(figures), "--plot", str(plot)]
    work = tmp_path / "work"
    work.mkdir()
    assert main(["grow", "--data", str(data), "--work", str(work), *asked]) == 0
    assert list(work.iterdir()) == []
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["model"] == "hashed"
    (size,) = found["sizes"]
    assert size["files"] == size["passages"] == pytest.approx(20, abs=2)
    assert size["fresh"]["embedded"] == size["fresh"]["passages"] == size["passages"]
    assert size["unchanged"]["embedded"] == 0
    assert size["added"]["passages"] == size["passages"] + 100
    assert size["removed"]["passages"] == size["passages"]
    assert size["vectors"]["kind"] == "exact"
    assert size["recall"] == 1.0
    assert size["index_megabytes"] > 0
    assert size["opening_seconds"] > 0
    assert size["fresh"]["peak"]["resident"] > size["fresh"]["peak"]["anonymous"] > 0
    assert size["memory"]["resident"] > size["memory"]["anonymous"] > 0
    for mode in ("embedding", "lexical", "semantic", "hybrid"):
        assert size["latency"][mode]["queries"] == 5
        assert 0 < size["latency"][mode]["p50"] <= size["latency"][mode]["p99"]
    printed = capsys.readouterr().out
    for row in ("100 files added, without embedding", "recall@10", "Hashed words replace"):
        assert row in printed
    assert ElementTree.fromstring(plot.read_text(encoding="utf-8")).tag.endswith("svg")


def test_sizes_must_be_numbers(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grow", "--data", str(data), "--sizes", "10,many"]) == 2
    assert "'many' is not a number above 0" in capsys.readouterr().err


def test_a_missing_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grow", "--data", str(tmp_path / "missing")]) == 2
    assert "missing is not a folder" in capsys.readouterr().err


def test_an_unavailable_model_is_named(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ["--sizes", "20", "--queries", "1", "--model"]
    assert main(["grow", "--data", str(data), *asked, "no-such-model"]) == 1
    said = capfd.readouterr().err
    assert "benchmark.py: model 'no-such-model' is neither" in said
    assert "Traceback" not in said
    assert main(["grow", "--data", str(data), *asked, "none"]) == 2
    assert "searches by meaning are measured" in capfd.readouterr().err
