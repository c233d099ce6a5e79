"""Make, list and take back the API keys of a server.

A running server takes up every change at once. A key is shown when it is made, and never again:
the file holds its hash.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from api.settings import load_settings
from api.web.keys import KeyFile, Scope
from indexer.command.arguments import Parser, run_command

__all__ = ["main"]

EXAMPLES = """\
  %(prog)s add anna                          searches
  %(prog)s add cron --scope admin            starts reindexing, and nothing else
  %(prog)s add me --scope search --scope admin
  %(prog)s remove anna

The server asks for a key as soon as there is one: Authorization: Bearer KEY, or the page's sign-in.
"""


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight keys") -> int:
    """Return the exit code: 0, 1 where something failed, 2 where it was asked for wrongly."""
    return run_command(program, lambda: _run(_parser(program).parse_args(arguments)))


def _run(parsed: argparse.Namespace) -> None:
    parsed.run(KeyFile(parsed.keys or load_settings().keys), parsed)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = Parser(
        prog=program,
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="FILE",
        help="file of the keys ($SPANLIGHT_KEYS, else .spanlight/keys.json)",
    )
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", required=True)
    add = commands.add_parser("add", help="create a key and print it")
    add.add_argument("name", metavar="NAME", help="name of its owner: letters, digits, '_-.@'")
    add.add_argument(
        "--scope",
        action="append",
        choices=[scope.value for scope in Scope],
        help="what the key allows; repeatable (default: search)",
    )
    add.set_defaults(run=_add)
    listing = commands.add_parser("list", help="list the keys with name, scopes and creation date")
    listing.set_defaults(run=_list)
    remove = commands.add_parser("remove", help="remove a key")
    remove.add_argument("name", metavar="NAME", help="whose it is")
    remove.set_defaults(run=_remove)
    return parser


def _add(file: KeyFile, parsed: argparse.Namespace) -> None:
    scopes = frozenset(Scope(scope) for scope in parsed.scope or [Scope.SEARCH])
    secret = file.add(parsed.name, scopes)
    print(f"The key of {parsed.name}. It is not shown again:", file=sys.stderr)
    print(secret)


def _list(file: KeyFile, _: argparse.Namespace) -> None:
    keys = file.read()
    if not keys:
        print(f"{file.path} holds no key", file=sys.stderr)
    for key in keys:
        print(f"{key.name}\t{','.join(sorted(key.scopes))}\t{key.created}")


def _remove(file: KeyFile, parsed: argparse.Namespace) -> None:
    file.remove(parsed.name)
    print(f"The key of {parsed.name} was removed", file=sys.stderr)
