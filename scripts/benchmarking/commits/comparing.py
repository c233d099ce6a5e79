"""Two commits of Spanlight, each measured by its own benchmark, turn by turn."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from indexer.errors import SpanlightError, UsageError

__all__ = ["ComparisonFailed", "Figure", "commit_table", "compare_commits", "figures_of"]

# These say nothing about speed: the machine, the number of queries, the report of a build.
LEFT_OUT = {"machine", "queries", "report"}
BENCHMARK = Path("scripts") / "benchmark.py"


class ComparisonFailed(SpanlightError):
    """The benchmark of a commit did not succeed."""

    code = "comparison_failed"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of both commits, the median of its rounds."""

    name: str
    first: float
    second: float

    @property
    def ratio(self) -> float | None:
        """The second commit's figure divided by the first one's."""
        return self.second / self.first if self.first else None

    def as_json(self) -> dict[str, Any]:
        return {"first": self.first, "second": self.second, "ratio": self.ratio}


def compare_commits(
    repository: Path, commits: Sequence[str], options: Sequence[str], rounds: int
) -> list[Figure]:
    """Return all figures that the `benchmark.py` of both commits gives with these options.

    The commits take turns, and the order changes with each round.
    """
    hashes = [_resolve(repository, commit) for commit in commits]
    found: list[list[dict[str, float]]] = [[], []]
    with ExitStack() as stack:
        trees = [stack.enter_context(_checked_out(repository, each)) for each in hashes]
        for commit, tree in zip(commits, trees, strict=True):
            if not (tree / BENCHMARK).is_file():
                raise UsageError(f"commit {commit!r} has no {BENCHMARK} to measure it with")
        for number in range(rounds):
            for turn in (0, 1) if number % 2 == 0 else (1, 0):
                found[turn].append(figures_of(_measure(trees[turn], commits[turn], options)))
    first, second = (_medians(each) for each in found)
    return [Figure(name, first[name], second[name]) for name in first if name in second]


def figures_of(value: Any, name: str = "") -> dict[str, float]:
    """Return every number in the JSON of a benchmark, by its path."""
    if isinstance(value, Mapping):
        found: dict[str, float] = {}
        for key, inner in value.items():
            if key not in LEFT_OUT:
                found |= figures_of(inner, f"{name} {key}".strip())
        return found
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {name: float(value)}
    return {}


def commit_table(commits: Sequence[str], figures: Sequence[Figure]) -> Table:
    """Return a table with one row for each figure."""
    table = Table(title=f"{commits[1]} against {commits[0]}", title_justify="left")
    table.add_column("figure", no_wrap=True)
    for column in (*commits, "ratio"):
        table.add_column(column, justify="right")
    for each in figures:
        ratio = "" if each.ratio is None else f"{each.ratio:.3f}"
        table.add_row(each.name, f"{each.first:,.4g}", f"{each.second:,.4g}", ratio)
    return table


def _resolve(repository: Path, commit: str) -> str:
    """Return the hash of a commit, which may be given by any name that git knows."""
    # After --end-of-options, a name that begins with a dash is not read as an option.
    asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}"]
    found = _git(repository, *asked)
    if found.returncode:
        raise UsageError(f"{commit!r} is not a commit of {repository}; see git log")
    return found.stdout.strip()


@contextmanager
def _checked_out(repository: Path, commit: str) -> Iterator[Path]:
    """Yield a folder with the files of the commit, which exists until the block ends."""
    with tempfile.TemporaryDirectory(prefix="spanlight-commit-") as folder:
        tree = Path(folder) / commit
        added = _git(repository, "worktree", "add", "--detach", str(tree), commit)
        if added.returncode:
            raise ComparisonFailed(f"git cannot check out {commit}: {added.stderr.strip()}")
        try:
            yield tree
        finally:
            _git(repository, "worktree", "remove", "--force", str(tree))


def _measure(tree: Path, commit: str, options: Sequence[str]) -> Any:
    """Return the figures of the tree's benchmark; its tables and progress are discarded."""
    command = [sys.executable, str(tree / BENCHMARK), "all", *options, "--json", "-"]
    # The working tree is installed for development. PYTHONPATH puts the commit's code before it.
    environment = os.environ | {"PYTHONPATH": str(tree)}
    ended = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise ComparisonFailed(
            f"the benchmark of commit {commit!r} ended with exit code {ended.returncode}: "
            f"{said[-1] if said else 'it printed nothing'}"
        )
    return json.loads(ended.stdout)


def _medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each figure that all runs have, in the order of the first run."""
    names = [name for name in runs[0] if all(name in run for run in runs)]
    return {name: median(run[name] for run in runs) for name in names}


def _git(repository: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise UsageError("git is not installed; it is needed to check out commits") from None
