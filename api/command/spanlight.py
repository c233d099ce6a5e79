"""`spanlight COMMAND`: every command of Spanlight under one name."""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from indexer.command.arguments import Main
from indexer.command.console import printable, say

__all__ = ["COMMANDS", "main"]

PROGRAM = "spanlight"


class _Command(NamedTuple):
    """The purpose of a command, the module with its `main`, and the one with its `parser`.

    The module is imported only when the command runs, so commands do not wait for each other's
    imports.
    """

    purpose: str
    module: str
    parser: str = ""


COMMANDS = {
    "search": _Command("find the passages that answer a question", "api.command.asking.search"),
    "cite": _Command("print the best passage as a quotation", "api.command.asking.cite"),
    "verify": _Command("check whether a quotation is in its file", "api.command.asking.verify"),
    "open": _Command("open the best passage in an editor", "api.command.asking.open"),
    "status": _Command("show which folders have an index", "api.command.asking.status"),
    "index": _Command(
        "bring the index of a folder up to date",
        "indexer.command.reindex",
        "indexer.command.options",
    ),
    "serve": _Command("answer searches over HTTP, with a search page", "api.command.serve"),
    "mcp": _Command("offer the documents to an agent", "api.command.mcp"),
    "keys": _Command("create, list and remove API keys", "api.command.keys"),
    "backup": _Command("copy an index while it is in use", "indexer.command.backup"),
    "evaluate": _Command("measure relevance with judged queries", "api.command.evaluate"),
    "completion": _Command(
        "print a script that completes commands", "api.command.completion.command"
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; 2 if there is no command with this name."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name in {"-h", "--help"}:
        print(_usage(), end="")
        return 0
    if name == "--version":
        from indexer.command.version import version

        print(f"{PROGRAM} {version()}")
        return 0
    if name not in COMMANDS and Path(name).expanduser().is_dir():
        return _index_and_serve(name)
    if name not in COMMANDS:
        say(f"{PROGRAM}: {_unknown(name)}")
        return 2
    run: Main = import_module(COMMANDS[name].module).main
    return run(rest, program=f"{PROGRAM} {name}")


def _index_and_serve(folder: str) -> int:
    """Bring the index of a folder up to date, and answer searches from it."""
    for name in ("index", "serve"):
        run: Main = import_module(COMMANDS[name].module).main
        if code := run([folder], program=PROGRAM):
            return code
    return 0


def _usage() -> str:
    commands = "".join(f"  {name:12}{each.purpose}\n" for name, each in COMMANDS.items())
    return (
        f"usage: {PROGRAM} FOLDER\n       {PROGRAM} COMMAND [OPTION ...]\n\n"
        f"`{PROGRAM} FOLDER` indexes a folder and serves it until Ctrl-C. The commands:\n\n"
        f"{commands}\n"
        f"`{PROGRAM} COMMAND --help` lists the options of a command. `{PROGRAM} --version` prints "
        "the version.\n"
    )


def _unknown(name: str) -> str:
    near = get_close_matches(name, COMMANDS, n=1)
    meant = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(COMMANDS)}"
    return f"there is no command '{printable(name)}'; {meant} (see --help)"


if __name__ == "__main__":
    sys.exit(main())
