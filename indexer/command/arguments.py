"""What the command lines of all commands share."""

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn, Protocol

from indexer.command.console import printable, say
from indexer.errors import SpanlightError, UsageError

__all__ = ["Main", "Parser", "exit_code", "positive_number", "run_command"]


class Main(Protocol):
    """What starts a command. `program` is its name as it was typed: help and errors begin with it.

    The arguments are those of the process where none are given; the exit code is returned.
    """

    def __call__(
        self,
        arguments: Sequence[str] | None = None,
        *,
        program: str = ...,
    ) -> int: ...


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would end the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see --help)")


def run_command(program: str, run: Callable[[], object]) -> int:
    """Return the exit code: 0, 1 where something failed, 2 where it was asked for wrongly.

    An error is told on standard error, in one line that begins with the program's name.
    """
    try:
        run()
    except SpanlightError as error:
        say(f"{program}: {printable(str(error))}")
        return exit_code(error)
    return 0


def exit_code(error: SpanlightError) -> int:
    """Return 2 for what was asked for wrongly, and 1 for what failed."""
    return 2 if isinstance(error, UsageError) else 1


def positive_number(text: str) -> int:
    """Return the number that an option has; a type for `add_argument`."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)
