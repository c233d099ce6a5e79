"""Measure two commits of Spanlight on the same folder, turn by turn, and print all ratios.

Each commit is checked out into its own folder, where its own `benchmark.py all` runs with this
Python. The working tree is not changed, and uncommitted changes are not measured.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from indexer.command.arguments import Parser, run_command
from indexer.errors import UsageError

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[3]

EXAMPLES = """\
  %(prog)s main HEAD --data docs --files 300 --model none
"""


def main(
    arguments: Sequence[str] | None = None,
    *,
    program: str = "compare_commits.py",
    repository: Path = ROOT,
) -> int:
    """Return the exit code: 0, 1 if measuring failed, 2 if the options are wrong."""
    return run_command(program, lambda: _run(_parser(program).parse_args(arguments), repository))


def _parser(program: str) -> argparse.ArgumentParser:
    parser = Parser(
        prog=program,
        description=__doc__,
        epilog=EXAMPLES,
    )
    add = parser.add_argument
    add("first", metavar="A", help="the commit to compare with")
    add("second", metavar="B", help="the commit to measure")
    add("--data", type=Path, metavar="FOLDER", required=True, help="folder of documents")
    add("--files", metavar="N", default="300", help="only the first N files (default: %(default)s)")
    add("--model", metavar="M", default="none", help="embedding model (default: %(default)s)")
    add("--queries", metavar="N", default="100", help="number of queries (default: %(default)s)")
    add("--rounds", type=int, metavar="N", default=2, help="runs of each (default: %(default)s)")
    add("--json", metavar="FILE", help="write the figures as JSON; - is standard output")
    return parser


def _run(parsed: argparse.Namespace, repository: Path) -> None:
    if parsed.rounds < 1:
        raise UsageError(f"--rounds must be at least 1, not {parsed.rounds}")
    if not parsed.data.is_dir():
        raise UsageError(f"{parsed.data} is not a folder")
    # These imports take longer than printing the help.
    from scripts.benchmarking.commits.comparing import commit_table, compare_commits
    from scripts.benchmarking.figures.output import console_beside, write_json

    commits = (parsed.first, parsed.second)
    options = ["--data", str(parsed.data.resolve()), "--files", parsed.files]
    options += ["--model", parsed.model, "--queries", parsed.queries]
    figures = compare_commits(repository, commits, options, parsed.rounds)
    console_beside(parsed.json).print(commit_table(commits, figures))
    found = {each.name: each.as_json() for each in figures}
    write_json(parsed.json, {"commits": commits, "figures": found})
