"""What can be completed: commands, their options, and the values of those."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path

from api.command.spanlight import COMMANDS
from indexer.command.arguments import Parser

__all__ = ["Option", "Value", "Words", "words_of_commands"]

FOLDERS = frozenset({"DIR", "FOLDER", "INDEX", "TARGET", "SET"})
FILES = frozenset({"FILE", "FILE.html"})


class Value(Enum):
    """What the value of an option, or an argument, is."""

    NOTHING = "nothing"
    FOLDER = "folder"
    FILE = "file"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Option:
    """An option; `choices` are its possible values if there are only a few."""

    names: tuple[str, ...]
    meaning: str
    value: Value
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A command with its options, and what its arguments are."""

    name: str
    purpose: str
    options: tuple[Option, ...]
    argument: Value
    choices: tuple[str, ...]


def words_of_commands() -> list[Words]:
    """Return the words of every command, read from its parser."""
    return [_words(name, each.purpose, _parser(name)) for name, each in COMMANDS.items()]


def _parser(name: str) -> Parser:
    command = COMMANDS[name]
    parser: Parser = import_module(command.parser or command.module).parser(f"spanlight {name}")
    return parser


def _words(name: str, purpose: str, parser: argparse.ArgumentParser) -> Words:
    value, choices = Value.NOTHING, tuple[str, ...]()
    for action in parser._actions:
        if not action.option_strings and value is Value.NOTHING:
            value, choices = _value(action)
    return Words(name, purpose, tuple(_options(parser)), value, choices)


def _options(parser: argparse.ArgumentParser) -> Iterator[Option]:
    """Yield the options, also those of subcommands, once each."""
    seen: set[str] = set()
    for each in [parser, *_subparsers(parser)]:
        for action in each._actions:
            names = tuple(action.option_strings)
            if names and names[-1] not in seen:
                seen.add(names[-1])
                meaning = (action.help or "") % (vars(action) | {"prog": parser.prog})
                yield Option(names, meaning, *_value(action))


def _subparsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _value(action: argparse.Action) -> tuple[Value, tuple[str, ...]]:
    if action.nargs == 0:
        return Value.NOTHING, ()
    if action.choices:
        return Value.CHOICE, tuple(map(str, action.choices))
    metavar = action.metavar or action.dest.upper()
    if metavar in FOLDERS:
        return Value.FOLDER, ()
    if metavar in FILES or action.type is Path:
        return Value.FILE, ()
    return Value.TEXT, ()
