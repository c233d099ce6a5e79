"""Measure how fast Spanlight builds and searches an index of a folder, and what that takes.

build      Runs reindex.py afresh, with nothing changed and with ten files added: files, MB and
           passages a second, the share of each stage, memory, disk; and the embedding alone.
search     Starts the server and asks it over HTTP, with 1 and with 8 clients, in every mode; and
           the page beside the API, turn by turn. No query is asked twice, in whatever mode.
all        Both, searching what was built.
embedding  Embeds passages and queries with the default model and with sentence-transformers, turn
           by turn: speed of both, and how far their vectors agree.
start      Starts the server and reindex.py several times: seconds until they answer.
peers      Builds and searches the same passages with Spanlight and with other engines, turn by
           turn, each in a process of its own: those that `pip install --group peers` installs.
grow       Makes the folder as large as is asked for, with altered copies, and measures builds,
           opening, searches, memory and disk at each size.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.command.arguments import Parser, positive_number
from indexer.config import DEFAULT_MODEL, NO_MODEL
from indexer.errors import SpanlightError, UsageError
from scripts.benchmarking.options import (
    EmbeddingOptions,
    GrowthOptions,
    Options,
    PeersOptions,
    StartOptions,
)

__all__ = ["main"]

EXAMPLES = """\
  benchmark.py all --data docs --files 2000
  benchmark.py build --data docs --model none --json build.json
  benchmark.py search --data docs --index .spanlight/index --queries 500
  benchmark.py peers --judged beir/scifact
  benchmark.py grow --data docs --sizes 10000,100000,1000000 --plot growth.svg

`benchmark.py COMMAND --help` lists the options of each.
"""

Command = Callable[[argparse.Namespace], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0, 1 where measuring failed, 2 where it was asked for wrongly."""
    try:
        parsed = _parser().parse_args(arguments)
        parsed.run(parsed)
    except SpanlightError as error:
        print(f"benchmark.py: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", required=True)
    for what in ("build", "search", "all"):
        _add_options(_command(commands, what, _run))
    _add_embedding_options(_command(commands, "embedding", _run_embedding))
    _add_start_options(_command(commands, "start", _run_start))
    _add_peers_options(_command(commands, "peers", _run_peers))
    _add_growth_options(_command(commands, "grow", _run_growth))
    return parser


def _command(
    commands: "argparse._SubParsersAction[Parser]", what: str, run: Command
) -> argparse.ArgumentParser:
    """Return the parser of a command, with the option that all have."""
    parser = commands.add_parser(what)
    parser.set_defaults(run=run)
    parser.add_argument(
        "--json", metavar="FILE", help="write the figures as JSON; - is standard output"
    )
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _add_data(parser, required=True)
    add(
        "--model",
        action="append",
        metavar="M",
        help=f"embedding model or none; repeatable (default: {NO_MODEL}, then {DEFAULT_MODEL})",
    )
    add("--index", type=Path, metavar="DIR", help="search this index in place of a new one")
    _add_queries(parser, "queries for each mode and number of clients")
    add(
        "--queries-file",
        type=Path,
        metavar="FILE",
        help="queries.jsonl or questions.jsonl (default: sentences of the data)",
    )


def _add_embedding_options(parser: argparse.ArgumentParser) -> None:
    _add_data(parser, required=True)
    parser.add_argument(
        "--passages",
        type=positive_number,
        default=1_000,
        metavar="N",
        help="passages, taken evenly from the data (default: %(default)s)",
    )
    _add_queries(parser, "queries for each of the two")


def _add_start_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--index", type=Path, metavar="DIR", required=True, help="serve this index")
    add(
        "--times",
        type=positive_number,
        default=5,
        metavar="N",
        help="start each so often, and take the median (default: %(default)s)",
    )


def _add_peers_options(parser: argparse.ArgumentParser) -> None:
    _add_data(parser, required=False)
    add = parser.add_argument
    add(
        "--judged",
        type=Path,
        metavar="SET",
        help="search the documents of this judged set (BEIR layout) in place of --data, and score",
    )
    add(
        "--engine",
        action="append",
        metavar="E",
        help="compare only with this engine; repeatable (default: all that are installed)",
    )
    _add_queries(parser, "queries for each mode and number of clients")


def _add_growth_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", type=Path, metavar="FOLDER", required=True, help="folder of documents")
    add(
        "--sizes",
        type=_sizes,
        default=(1_000, 10_000, 100_000),
        metavar="N,...",
        help="passages, separated by commas (default: 1000,10000,100000)",
    )
    add(
        "--model",
        default="hashed",
        metavar="M",
        help="embedding model, or hashed words that stand for one (default: %(default)s)",
    )
    _add_queries(parser, "queries for each mode")
    add(
        "--work",
        type=Path,
        metavar="DIR",
        help="where the corpus and the indexes lie meanwhile; a million passages take 10 GB",
    )
    add("--plot", type=Path, metavar="FILE", help="draw the curves as SVG")


def _add_data(parser: argparse.ArgumentParser, *, required: bool) -> None:
    add = parser.add_argument
    add("--data", type=Path, metavar="FOLDER", required=required, help="folder of documents")
    add("--files", type=positive_number, metavar="N", help="only the first N files, sorted")


def _add_queries(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--queries",
        type=positive_number,
        default=200,
        metavar="N",
        help=f"{what} (default: %(default)s)",
    )


# Importing what measures takes longer than printing the help.


def _run(parsed: argparse.Namespace) -> None:
    from scripts.benchmarking.command import run

    run(
        Options(
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
    )


def _run_embedding(parsed: argparse.Namespace) -> None:
    from scripts.benchmarking.embedding import run_embedding

    run_embedding(
        EmbeddingOptions(
            data=parsed.data,
            files=parsed.files,
            passages=parsed.passages,
            queries=parsed.queries,
            json=parsed.json,
        )
    )


def _run_start(parsed: argparse.Namespace) -> None:
    from scripts.benchmarking.starting import run_start

    run_start(StartOptions(index=parsed.index, times=parsed.times, json=parsed.json))


def _run_peers(parsed: argparse.Namespace) -> None:
    from scripts.benchmarking.peers.command import run_peers

    run_peers(
        PeersOptions(
            data=parsed.data,
            files=parsed.files,
            judged=parsed.judged,
            engines=tuple(parsed.engine or ()),
            queries=parsed.queries,
            json=parsed.json,
        )
    )


def _run_growth(parsed: argparse.Namespace) -> None:
    from scripts.benchmarking.growth_command import run_growth

    run_growth(
        GrowthOptions(
            data=parsed.data,
            sizes=parsed.sizes,
            model=parsed.model,
            queries=parsed.queries,
            work=parsed.work,
            json=parsed.json,
            plot=parsed.plot,
        )
    )


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(map(positive_number, text.split(",")))
