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
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from indexer.command.arguments import Parser, run_command
from scripts.benchmarking.embedding import options as embedding
from scripts.benchmarking.growth import options as growth
from scripts.benchmarking.peers import options as peers
from scripts.benchmarking.speed import options as speed
from scripts.benchmarking.starting import options as starting

__all__ = ["main"]

EXAMPLES = """\
  %(prog)s all --data docs --files 2000
  %(prog)s build --data docs --model none --json build.json
  %(prog)s search --data docs --index .spanlight/index --queries 500
  %(prog)s peers --judged beir/scifact
  %(prog)s grow --data docs --sizes 10000,100000,1000000 --plot growth.svg

`%(prog)s COMMAND --help` lists the options of each.
"""

# What each measures: `add_options` fills a parser, and `read_options` reads what that parsed. The
# module `command` beside takes the options; importing it takes longer than printing the help.
SUBJECTS: dict[str, ModuleType] = {
    "build": speed,
    "search": speed,
    "all": speed,
    "embedding": embedding,
    "start": starting,
    "peers": peers,
    "grow": growth,
}


def main(arguments: Sequence[str] | None = None, *, program: str = "benchmark.py") -> int:
    """Return the exit code: 0, 1 where measuring failed, 2 where it was asked for wrongly."""
    return run_command(program, lambda: _run(_parser(program).parse_args(arguments)))


def _run(parsed: argparse.Namespace) -> None:
    subject = SUBJECTS[parsed.what]
    import_module(f"{subject.__package__}.command").run(subject.read_options(parsed))


def _parser(program: str) -> argparse.ArgumentParser:
    parser = Parser(
        prog=program,
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", required=True)
    for name, module in SUBJECTS.items():
        command = commands.add_parser(name)
        command.add_argument(
            "--json", metavar="FILE", help="write the figures as JSON; - is standard output"
        )
        module.add_options(command)
    return parser
