"""Parser, errors and exit codes for the command lines of all commands."""

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Protocol

from indexer.command.console import printable, say
from indexer.command.environment import refuse_unknown_variables
from indexer.errors import SpanlightError, UsageError

__all__ = ["Main", "Parser", "exit_code", "positive_number", "run_command"]


class Main(Protocol):
    """A function that runs a command and returns the exit code.

    Without arguments it takes those of the process. `program` is the name that help and errors
    show.
    """

    def __call__(
        self,
        arguments: Sequence[str] | None = None,
        *,
        program: str = ...,
    ) -> int: ...


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would end the process; help keeps the lines of its texts.

    Every command has `--version`, and refuses variables that look like settings and are none.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)
        self.add_argument("--version", action=_ShowVersion, help="show the version and exit")

    def parse_args(self, *arguments: Any, **options: Any) -> Any:
        # Only now, so that a mistaken variable does not hide the help.
        parsed = super().parse_args(*arguments, **options)
        refuse_unknown_variables(os.environ)
        return parsed

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see --help)")


class _ShowVersion(argparse.Action):
    """Looks the version up only if it is asked for, because that takes longer than the help."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from indexer.command.version import version

        print(f"spanlight {version()}")
        parser.exit()


def run_command(program: str, run: Callable[[], object]) -> int:
    """Return the exit code: 0 for success, 1 for a failure, 2 for wrong usage.

    An error is written to standard error, as one line that begins with the program's name.
    """
    try:
        run()
    except SpanlightError as error:
        say(f"{program}: {printable(str(error))}")
        return exit_code(error)
    return 0


def exit_code(error: SpanlightError) -> int:
    """Return 2 for wrong usage and 1 for a failure."""
    return 2 if isinstance(error, UsageError) else 1


def positive_number(text: str) -> int:
    """Return the value of an option as a number above 0. A type for `add_argument`."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)
