"""`spanlight COMMAND`: every command of Spanlight under one name."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

__all__ = ["main"]

# Where each lies: what one command needs, another one does not wait for.
COMMANDS = {
    "index": "indexer.command.main",
    "serve": "api.__main__",
    "keys": "api.command.keys",
    "backup": "indexer.command.backup",
    "evaluate": "api.command.evaluate",
}

USAGE = """\
usage: spanlight COMMAND [OPTION ...]

  index     bring the index of a folder up to date
  serve     answer searches over HTTP, with a search page
  keys      make, list and remove API keys
  backup    copy an index while it is used
  evaluate  measure relevance on judged queries

`spanlight COMMAND --help` lists the options of each.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 2 where there is no command of this name."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name in {"-h", "--help"}:
        print(USAGE, end="")
        return 0
    if name not in COMMANDS:
        print(f"spanlight: there is no command {name!r}\n\n{USAGE}", end="", file=sys.stderr)
        return 2
    run: Callable[[Sequence[str]], int] = import_module(COMMANDS[name]).main
    return run(rest)
