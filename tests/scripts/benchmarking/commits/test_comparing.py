"""Two commits of a tiny repository, whose benchmarks write given figures."""

import json
import subprocess
from pathlib import Path

import pytest

from scripts.benchmarking.commits.comparing import (
    ComparisonFailed,
    Figure,
    compare_commits,
    figures_of,
)
from scripts.benchmarking.commits.main import main

# Writes the seconds of its commit, and the number of its arguments.
BENCHMARK = """
import json, sys
assert sys.argv[1] == "all"
assert sys.argv[-2:] == ["--json", "-"]
print("a table", file=sys.stderr)
print(json.dumps({{"machine": {{"cores": 2}}, "build": {{"seconds": {seconds}}}, {more}}}))
"""


def git(repository: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *arguments],
        cwd=repository,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Commits `empty`, `slow`, `fast` and `broken`, tagged with these names."""
    repository = tmp_path / "repository"
    script = repository / "scripts" / "benchmark.py"
    script.parent.mkdir(parents=True)
    git(repository, "init", "--quiet")
    texts = {
        "empty": None,
        "slow": BENCHMARK.format(seconds=4.0, more='"old": 1'),
        "fast": BENCHMARK.format(seconds=1.0, more='"new": 2'),
        "broken": "import sys; sys.exit('benchmark.py: invalid choice: all')",
    }
    for name, text in texts.items():
        if text is not None:
            script.write_text(text)
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "--allow-empty", "--message", name)
        git(repository, "tag", name)
    return repository


def test_figures_of_both_commits_are_compared(repository: Path) -> None:
    found = compare_commits(repository, ["slow", "fast"], ["--files", "3"], rounds=2)
    assert found == [Figure("build seconds", 4.0, 1.0)]
    assert found[0].ratio == 0.25


def test_a_comparison_leaves_nothing_in_the_repository(repository: Path) -> None:
    compare_commits(repository, ["slow", "fast"], [], rounds=1)
    assert git(repository, "worktree", "list", "--porcelain").count("worktree ") == 1
    assert git(repository, "status", "--porcelain") == ""


def test_a_benchmark_that_fails_is_quoted(repository: Path) -> None:
    with pytest.raises(ComparisonFailed, match=r"'broken' ended with exit code 1: .*invalid"):
        compare_commits(repository, ["slow", "broken"], [], rounds=1)
    assert git(repository, "worktree", "list", "--porcelain").count("worktree ") == 1


def test_a_figure_that_was_zero_has_no_ratio() -> None:
    assert Figure("waits", 0.0, 1.0).ratio is None


def test_numbers_are_found_by_their_path() -> None:
    written = {
        "machine": {"cores": 2},
        "builds": {"none": {"seconds": 2, "published": True, "report": {"seconds": 3}}},
        "list": [1, 2],
    }
    assert figures_of(written) == {"builds none seconds": 2.0}


def test_the_command_prints_a_row_per_figure_and_writes_json(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    asked = ["slow", "fast", "--data", str(tmp_path), "--rounds", "1", "--json", str(target)]
    assert main(asked, repository=repository) == 0
    printed = capsys.readouterr().out
    assert "fast against slow" in printed
    assert "0.250" in printed
    assert json.loads(target.read_text()) == {
        "commits": ["slow", "fast"],
        "figures": {"build seconds": {"first": 4.0, "second": 1.0, "ratio": 0.25}},
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["slow"], "required: B"),
        (["slow", "nowhere"], "'nowhere' is not a commit"),
        (["slow", "--help-me"], "required"),
        (["empty", "fast"], "commit 'empty' has no scripts/benchmark.py"),
        (["slow", "fast", "--rounds", "0"], "--rounds must be at least 1, not 0"),
        (["slow", "fast", "--data", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_an_error_is_reported_in_one_line(
    repository: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    assert main(["--data", str(tmp_path), *arguments], repository=repository) == 2
    said = capsys.readouterr().err
    assert said.startswith("compare_commits.py: ")
    assert message in said
    assert said.count("\n") == 1


def test_a_folder_without_a_repository_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["a", "b", "--data", str(tmp_path)], repository=tmp_path) == 2
    assert f"'a' is not a commit of {tmp_path}" in capsys.readouterr().err
