"""Rewrite the generated tables of the READMEs, or check that they are up to date.

A table is between two comments, `<!-- generated: NAME -->` and `<!-- end -->`. Its rows come from
the code: settings, options, error codes, limits, query syntax, metrics, dependencies, modules.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from indexer.command.arguments import Parser
from indexer.errors import SpanlightError, UsageError
from scripts.documenting import contract
from scripts.documenting.blocks import names_of_blocks, with_blocks
from scripts.documenting.code_map import code_map
from scripts.documenting.commands import COMMANDS, options_table
from scripts.documenting.dependencies import DEVELOPMENT, RUNTIME, dependency_table

__all__ = ["DOCUMENTS", "TABLES", "main"]

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    *["README.md", "indexer/README.md", "api/README.md", "scripts/README.md", "tests/README.md"],
    *["docker/README.md", ".github/CONTRIBUTING.md"],
)
TABLES: dict[str, Callable[[], str]] = {
    "settings": contract.setting_table,
    "search parameters": contract.parameter_table,
    "query syntax": contract.syntax_table,
    "errors": contract.error_table,
    "limits": contract.limit_table,
    "metrics": contract.metric_table,
    **{f"options of {name}": partial(options_table, name) for name in COMMANDS},
    **{f"modules of {name}": partial(code_map, name) for name in ("indexer", "api")},
    "dependencies": partial(dependency_table, RUNTIME),
    "development dependencies": partial(dependency_table, DEVELOPMENT),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0, 1 if --check found a table out of date, 2 for wrong options."""
    try:
        parsed = _parser().parse_args(arguments)
        stale = [path for path in DOCUMENTS if not _is_current(ROOT / path, write=not parsed.check)]
    except SpanlightError as error:
        print(f"document.py: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    for path in stale:
        print(f"{path}: {'out of date' if parsed.check else 'rewritten'}")
    return 1 if stale and parsed.check else 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; list the files that are out of date, and exit with 1 if there are any",
    )
    return parser


def _is_current(path: Path, *, write: bool) -> bool:
    """Return whether the tables of the file were up to date; with `write`, update them."""
    text = path.read_text("utf-8")
    names = names_of_blocks(text)
    if unknown := [name for name in names if name not in TABLES]:
        raise UsageError(f"{path} contains a table that does not exist: {unknown[0]!r}")
    renewed = with_blocks(text, {name: TABLES[name]() for name in names})
    if write and renewed != text:
        path.write_text(renewed, "utf-8")
    return renewed == text
