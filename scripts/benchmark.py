"""Measure how fast Spanlight builds and searches an index of a folder, and what that takes.

build    Runs reindex.py afresh, with nothing changed and with ten files added: files, MB and
         passages a second, the share of each stage, memory, disk; and the embedding alone, with
         windows and without.
search   Starts the server and asks it over HTTP, with 1 and with 8 clients, in every mode; turn by
         turn with a filter that keeps a hundredth and without, and the page beside the API. No
         query is asked twice, in whatever mode.
all      Both, searching what was built.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

# A script is started from its own folder; what it measures lies beside that.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from indexer.config import DEFAULT_MODEL, NO_MODEL
from indexer.errors import SpanlightError, UsageError
from scripts.benchmarking.options import Options

__all__ = ["main"]

EXAMPLES = """\
  benchmark.py all --data docs --files 2000
  benchmark.py build --data docs --model none --json build.json
  benchmark.py search --data docs --index .spanlight/index --queries 500
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0, 1 where measuring failed, 2 where it was asked for wrongly."""
    try:
        options = _options(_parser().parse_args(arguments))
        # Importing what measures takes longer than printing the help.
        from scripts.benchmarking.command import run

        run(options)
    except SpanlightError as error:
        print(f"benchmark.py: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("what", choices=("build", "search", "all"), help="what to measure")
    add("--data", type=Path, metavar="FOLDER", required=True, help="folder of documents")
    add("--files", type=_positive_number, metavar="N", help="only the first N files, sorted")
    add(
        "--model",
        action="append",
        metavar="M",
        help=f"embedding model or none; repeatable (default: {NO_MODEL}, then {DEFAULT_MODEL})",
    )
    add("--index", type=Path, metavar="DIR", help="search this index in place of a new one")
    add(
        "--queries",
        type=_positive_number,
        default=200,
        metavar="N",
        help="queries for each mode and number of clients (default: %(default)s)",
    )
    add(
        "--queries-file",
        type=Path,
        metavar="FILE",
        help="queries.jsonl or questions.jsonl (default: sentences of the data)",
    )
    add("--json", metavar="FILE", help="write the figures as JSON; - is standard output")
    return parser


def _options(parsed: argparse.Namespace) -> Options:
    return Options(
        builds=parsed.what in {"build", "all"},
        searches=parsed.what in {"search", "all"},
        data=parsed.data,
        files=parsed.files,
        models=tuple(parsed.model or (NO_MODEL, DEFAULT_MODEL)),
        index=parsed.index,
        queries=parsed.queries,
        queries_file=parsed.queries_file,
        json=parsed.json,
    )


def _positive_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
