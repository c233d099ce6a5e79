"""Measure how fast Spanlight builds and searches an index, and the memory and disk space it needs.

build      Runs reindex.py on a new index, with nothing changed, and with ten files added. Reports
           files, MB and passages per second, the share of each stage, memory and disk space, and
           the time for the embedding alone.
search     Starts the server and searches over HTTP, with 1 and with 8 clients, in every mode. Also
           compares the page with the API, turn by turn. Each query is sent once, in one mode.
all        Does both, and searches the index that was built.
embedding  Embeds passages and queries with the default model and with sentence-transformers, turn
           by turn. Reports the speed of both, and how far their vectors agree.
start      Starts the server and reindex.py several times. Reports the seconds until they answer.
peers      Builds and searches the same passages with Spanlight and with other engines, turn by
           turn, each in its own process. `pip install --group peers` installs the engines.
formats    Reads files of every format, which it writes from the texts of a judged set, or those of
           a folder. Reports files, MB and pages per second, memory, and unchanged builds.
mixed      Indexes the texts of a judged set in many formats, and the same texts as text files.
           Reports how often questions and sentences find the right file first.
grow       Enlarges the folder to the given sizes with altered copies. Measures builds, opening,
           searches, memory and disk space at each size.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from indexer.command.arguments import Parser, run_command
from scripts.benchmarking.embedding import options as embedding
from scripts.benchmarking.formats import options as formats
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
  %(prog)s mixed --judged squad1.1-dev
  %(prog)s grow --data docs --sizes 10000,100000,1000000 --plot growth.svg

`%(prog)s COMMAND --help` lists the options of a command.
"""

# The options of each command: `add_options` fills a parser, and `read_options` reads its result.
# The module `command` next to it does the work. It is imported late, which keeps the help fast.
SUBJECTS: dict[str, ModuleType] = {
    "build": speed,
    "search": speed,
    "all": speed,
    "embedding": embedding,
    "start": starting,
    "peers": peers,
    "grow": growth,
    "formats": formats,
    "mixed": formats,
}


def main(arguments: Sequence[str] | None = None, *, program: str = "benchmark.py") -> int:
    """Return the exit code: 0, 1 if measuring failed, 2 if the options are wrong."""
    return run_command(program, lambda: _run(_parser(program).parse_args(arguments)))


def _run(parsed: argparse.Namespace) -> None:
    subject = SUBJECTS[parsed.what]
    import_module(f"{subject.__package__}.command").run(subject.read_options(parsed))


def _parser(program: str) -> argparse.ArgumentParser:
    parser = Parser(
        prog=program,
        description=__doc__,
        epilog=EXAMPLES,
    )
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", required=True)
    for name, module in SUBJECTS.items():
        command = commands.add_parser(name)
        command.add_argument(
            "--json", metavar="FILE", help="write the figures as JSON; - is standard output"
        )
        module.add_options(command)
    return parser
