"""What the commands that ask an index have in common: their options, errors and exit codes."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from api.command.asking.printing import give_up_output
from indexer.command.arguments import Parser, positive_number
from indexer.command.console import make_safe, printable, say
from indexer.command.stopping import SIGNAL_EXIT_CODE
from indexer.errors import SpanlightError

__all__ = [
    "EXIT_CODES",
    "FOUND",
    "NOTHING",
    "add_limit",
    "add_place",
    "add_question",
    "new_parser",
    "run",
]

FOUND = 0
NOTHING = 1
FAILED = 2
EXIT_CODES = "Exit codes, as grep's: 0 found, 1 nothing found, 2 an error."
MODES = ("hybrid", "lexical", "semantic")


def new_parser(program: str, description: str | None, epilog: str) -> Parser:
    """Return a parser whose help ends with examples or explanations."""
    return Parser(prog=program, description=description, epilog=epilog)


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which index is asked."""
    parser.add_argument(
        "--in",
        dest="folder",
        type=Path,
        metavar="FOLDER",
        help="ask the index of this folder, or of the folder around it (default: the current one)",
    )
    parser.add_argument("--index", type=Path, metavar="DIR", help="ask the index in DIR instead")


def add_question(parser: argparse.ArgumentParser) -> None:
    """Add the query and the options that narrow a search."""
    add = parser.add_argument
    add("query", metavar="QUERY", nargs="+", help="what to look for; several words are one query")
    add(
        "--mode",
        choices=MODES,
        help="search by words (lexical), by meaning (semantic) or both (hybrid, the default)",
    )
    add(
        "--path",
        metavar="GLOB",
        action="append",
        default=[],
        help="only in files whose path matches, such as '2024/*.md'; repeatable",
    )


def run(program: str, command: Callable[[], int]) -> int:
    """Return the exit code of the command: its own, or 2 after an error, which is one line.

    If the reader of the output is gone, the command ends silently, as one that a signal has ended.
    """
    make_safe()
    try:
        code = command()
        sys.stdout.flush()
    except SpanlightError as error:
        say(f"{program}: {printable(str(error))}")
        return FAILED
    except BrokenPipeError:
        give_up_output()
        return SIGNAL_EXIT_CODE + signal.SIGPIPE
    except KeyboardInterrupt:
        return SIGNAL_EXIT_CODE + signal.SIGINT
    return code


def add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit", type=positive_number, default=10, metavar="N", help="show N hits (default: 10)"
    )
