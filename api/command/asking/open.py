"""Open the best hit of a search in an editor or a viewer, at its line."""

import argparse
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from api.command.asking.answering import Answerer, asked
from api.command.asking.choosing import add_choice, chosen
from api.command.asking.places import Quoted
from api.command.asking.printing import write
from api.command.asking.running import EXIT_CODES, FOUND, NOTHING, new_parser, run
from indexer.command.arguments import Parser
from indexer.command.console import say
from indexer.errors import SpanlightError, UsageError

__all__ = ["CannotOpen", "main", "parser"]

EPILOG = f"""\
  %(prog)s why was the bridge closed
  %(prog)s --hit 2 harbour
  SPANLIGHT_EDITOR='vscode://file{{path}}:{{line}}:{{column}}' %(prog)s harbour

The program is the first of these that is set:
  $SPANLIGHT_EDITOR    an address that the desktop opens, with {{path}}, {{line}}, {{column}}
                       and {{page}} in it
  $VISUAL or $EDITOR   for text files
  xdg-open             for everything else
{EXIT_CODES}
"""
EDITOR = "SPANLIGHT_EDITOR"
OPENER = "xdg-open"
# Editors that take a line in another form than `+LINE FILE`, which most take.
WITH_GOTO = frozenset({"code", "code-insiders", "codium", "cursor"})
WITH_COLONS = frozenset({"subl", "zed", "hx", "helix"})


class CannotOpen(SpanlightError):
    """No program can open the file; the message says what to set."""

    code = "cannot_open"


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight open") -> int:
    """Return the exit code: 0 if a file was opened, 1 if nothing was found, 2 after an error."""
    return run(program, lambda: _open(parser(program).parse_args(arguments)))


def parser(program: str) -> Parser:
    found = new_parser(program, __doc__, EPILOG)
    found.add_argument(
        "--print", action="store_true", help="print the command instead of running it"
    )
    add_choice(found)
    return found


def _open(options: argparse.Namespace) -> int:
    place = asked(options)

    def find(answerer: Answerer) -> tuple[Quoted, int] | None:
        found = chosen(answerer, options)
        return None if found is None else (found, found.column(answerer) if _is_text(found) else 1)

    found = place.ask(find)
    if found is None:
        say("Nothing was found.")
        return NOTHING
    quotation, column = found
    command = _command((place.folder / quotation.document["path"]).absolute(), quotation, column)
    if options.print:
        write(shlex.join(command))
        return FOUND
    try:
        code = subprocess.run(command, check=False).returncode
    except OSError as error:
        raise CannotOpen(f"{command[0]} cannot be started: {error.strerror}") from error
    if code:
        raise CannotOpen(f"{shlex.join(command)} ended with exit code {code}")
    return FOUND


def _is_text(quotation: Quoted) -> bool:
    return quotation.part is None


def _command(file: Path, quotation: Quoted, column: int) -> list[str]:
    """Return the command that opens the file at the quotation. Raises CannotOpen or UsageError."""
    line = quotation.lines[0] if _is_text(quotation) else 1
    if template := os.environ.get(EDITOR):
        return [OPENER, _address(template, file, line, column, quotation.page or 1)]
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if editor and _is_text(quotation):
        return [*editor, *_at(Path(editor[0]).name, file, line, column)]
    if shutil.which(OPENER) is None:
        raise CannotOpen(
            f"there is no {OPENER} to open {file} with; set EDITOR, or SPANLIGHT_EDITOR to an "
            "address such as vscode://file{path}:{line}"
        )
    return [OPENER, os.fspath(file)]


def _address(template: str, file: Path, line: int, column: int, page: int) -> str:
    path = quote(os.fsencode(file))
    try:
        return template.format(path=path, line=line, column=column, page=page)
    except (KeyError, IndexError, ValueError, AttributeError):
        raise UsageError(
            f"{EDITOR} is {template!r}; in braces it may have only {{path}}, {{line}}, {{column}} "
            "and {page}"
        ) from None


def _at(editor: str, file: Path, line: int, column: int) -> list[str]:
    """Return the arguments with which an editor opens a file at a line."""
    if editor in WITH_GOTO:
        return ["--goto", f"{file}:{line}:{column}"]
    if editor in WITH_COLONS:
        return [f"{file}:{line}:{column}"]
    return [f"+{line}", os.fspath(file)]
