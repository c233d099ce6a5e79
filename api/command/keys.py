"""Create, list and remove the API keys of a server.

A running server applies every change at once. A key is shown only when it is created, because the
file contains only its hash.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from api.web.keys import KeyFile, Scope
from indexer.command.arguments import Parser, run_command
from indexer.errors import UsageError

# The settings take longer to import than the help.
if TYPE_CHECKING:
    from api.settings import ServerSettings

__all__ = ["main", "parser"]

EXAMPLES = """\
  %(prog)s add anna                          allows searching
  %(prog)s add cron --scope admin            allows reindexing, and nothing else
  %(prog)s add me --scope search --scope admin
  %(prog)s remove anna

As soon as there is a key, the server requires one: as the header Authorization: Bearer KEY, or by
signing in on the page.
"""

# Options, their metavars and meanings.
PLACE = [
    (
        *("--keys", "FILE"),
        "file with the keys (default: $SPANLIGHT_KEYS, or keys.json beside the index)",
    ),
    (
        *("--index", "DIR"),
        "index that the keys guard (default: $SPANLIGHT_INDEX, or that of the current folder)",
    ),
    ("--config", "FILE", "configuration file of the server (default: $SPANLIGHT_CONFIG)"),
]


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight keys") -> int:
    """Return the exit code: 0, 1 if something failed, 2 if the options are wrong."""
    return run_command(program, lambda: _run(parser(program).parse_args(arguments)))


def _run(parsed: argparse.Namespace) -> None:
    # These imports take longer than printing the help.
    from api.settings import load_settings
    from api.settings.found_index import with_index
    from api.web.keys import key_file

    given = {name: getattr(parsed, name) for name in ("config", "keys", "index") if name in parsed}
    named = load_settings(**given)
    settings = with_index(named) if named.keys is None else named
    file = key_file(settings)
    if not file.path.exists():
        _require_place(settings, file, named.model_fields_set, is_new=parsed.what == "add")
    parsed.run(file, parsed)


def _require_place(
    settings: "ServerSettings", file: KeyFile, chosen: set[str], *, is_new: bool
) -> None:
    """Raise UsageError if a file that is missing should be there, or would guard nothing.

    `chosen` are the settings that somebody has made.
    """
    if settings.keys is not None and not is_new:
        raise UsageError(
            f"there is no file {file.path.absolute()}; check its name (--keys or SPANLIGHT_KEYS), "
            "or create the first key with: add NAME"
        )
    # A key may be created before the index, where somebody says that it will be.
    is_expected = "keys" in chosen or ("index" in chosen and is_new)
    if not is_expected and not settings.index.is_dir():
        raise UsageError(
            f"there is no index in {settings.index.absolute()}, so no server would read "
            f"{file.path}; start this command in the folder of documents, or name the index with "
            "--index or the file with --keys"
        )


def parser(program: str) -> Parser:
    parser = Parser(prog=program, description=__doc__, epilog=EXAMPLES)
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", required=True)
    add = commands.add_parser("add", help="create a key and print it")
    add.add_argument("name", metavar="NAME", help="name of the key: letters, digits, '_-.@'")
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
    remove.add_argument("name", metavar="NAME", help="name of the key")
    remove.set_defaults(run=_remove)
    for each in (parser, add, listing, remove):
        _add_place(each)
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    """Add the options that may stand before and after the subcommand."""
    for option, metavar, meaning in PLACE:
        # With a default, the one after the subcommand would hide the one before it.
        parser.add_argument(
            option, type=Path, metavar=metavar, default=argparse.SUPPRESS, help=meaning
        )


def _add(file: KeyFile, parsed: argparse.Namespace) -> None:
    scopes = frozenset(Scope(scope) for scope in parsed.scope or [Scope.SEARCH])
    secret = file.add(parsed.name, scopes)
    where = file.path.absolute()
    print(f"The key {parsed.name} of {where}, which will not be shown again:", file=sys.stderr)
    print(secret)


def _list(file: KeyFile, _: argparse.Namespace) -> None:
    keys = file.read()
    if not keys:
        print(f"{file.path} contains no keys", file=sys.stderr)
    for key in keys:
        print(f"{key.name}\t{','.join(sorted(key.scopes))}\t{key.created}")


def _remove(file: KeyFile, parsed: argparse.Namespace) -> None:
    file.remove(parsed.name)
    print(f"The key {parsed.name} was removed from {file.path.absolute()}", file=sys.stderr)
    if not file.read():
        print(
            "It was the last one: a running server now lets nobody in, and a new one starts only "
            "with --insecure, or once there is a key",
            file=sys.stderr,
        )
