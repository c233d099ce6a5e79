"""The options of every command, taken from its parser."""

import argparse
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from scripts.documenting.blocks import markdown_table

__all__ = ["COMMANDS", "options_table"]

ROOT = Path(__file__).resolve().parents[2]
# How each command is started: a file of `scripts/`, or a package or module with its arguments.
COMMANDS = {
    "reindex": "scripts/reindex.py",
    "serve": "api",
    **{
        name: f"api.command.spanlight {name}"
        for name in ("search", "cite", "verify", "open", "status")
    },
    "keys": "scripts/keys.py",
    "backup": "scripts/backup.py",
    "evaluate": "scripts/evaluate.py",
    "benchmark": "scripts/benchmark.py",
    "compare_commits": "scripts/compare_commits.py",
    "pin_packages": "scripts/pin_packages.py",
    "document": "scripts/document.py",
    "stress": "scripts/stress.py",
}


class _ParserFound(BaseException):
    """Stops a command when it is about to read its command line."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def options_table(command: str) -> str:
    """Return a table of the options, with the subcommands that have each, if there are any."""
    parser = _parser_of(COMMANDS[command])
    subcommands = _subcommands(parser)
    if not subcommands:
        return markdown_table(("option", "meaning"), [*_options(parser)])
    owners: dict[tuple[str, str], list[str]] = {row: [] for row in _options(parser)}
    for name, subparser in subcommands.items():
        for row in _options(subparser):
            owners.setdefault(row, []).append(f"`{name}`")
    rows = [(option, ", ".join(names) or "all", text) for (option, text), names in owners.items()]
    return markdown_table(("option", "of", "meaning"), rows)


def _parser_of(place: str) -> argparse.ArgumentParser:
    """Return the parser of a command, which is started, and stopped when it uses the parser."""
    program, *arguments = place.split()
    with _stopping_at_the_parser(program, *arguments):
        try:
            if place.endswith(".py"):
                runpy.run_path(str(ROOT / place), run_name="__main__")
            else:
                runpy.run_module(program, run_name="__main__")
        except _ParserFound as found:
            return found.parser
    raise AssertionError(f"{place} reads no command line")


@contextmanager
def _stopping_at_the_parser(*command_line: str) -> Iterator[None]:
    def found(self: argparse.ArgumentParser, *_: object, **__: object) -> NoReturn:
        raise _ParserFound(self)

    parse_args, arguments = argparse.ArgumentParser.parse_args, sys.argv
    argparse.ArgumentParser.parse_args = found  # type: ignore[method-assign]
    sys.argv = [*command_line]
    try:
        yield
    finally:
        argparse.ArgumentParser.parse_args = parse_args  # type: ignore[method-assign]
        sys.argv = arguments


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= action.choices
    return found


def _options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction) or _is_of_every_command(action):
            continue
        yield f"`{_usage(action)}`", (action.help or "") % (vars(action) | {"prog": parser.prog})


def _is_of_every_command(action: argparse.Action) -> bool:
    return not {"--help", "--version"}.isdisjoint(action.option_strings)


def _usage(action: argparse.Action) -> str:
    """Return how the option is written, with the name of its value."""
    value = action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper()
    name = value if isinstance(value, str) else " ".join(value)
    if action.nargs == "+":
        name += " ..."
    elif isinstance(action.nargs, int) and action.nargs > 1:
        name = " ".join([name] * action.nargs)
    if not action.option_strings:
        return name
    option = action.option_strings[-1]
    return option if action.nargs == 0 else f"{option} {name}"
