"""Serve an index: a search page and an HTTP API."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from indexer.command.arguments import Parser, run_command
from indexer.errors import FolderNotFound

__all__ = ["main", "parser"]

EPILOG = """\
Every option can also be set in the environment, such as SPANLIGHT_INDEX or
SPANLIGHT_PORT, or in a configuration file. api/README.md lists all settings.
"""


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight serve") -> int:
    """Serve until stopped. Return the exit code: 1 if that failed, 2 if the options are wrong."""
    return run_command(program, lambda: _run(parser(program).parse_args(arguments)))


def parser(program: str) -> Parser:
    parser = Parser(prog=program, description=__doc__, epilog=EPILOG)
    add = parser.add_argument
    add(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        help="folder of documents (default: the indexed folder that the current one is in)",
    )
    add(
        "--config",
        type=Path,
        metavar="FILE",
        help="configuration file in TOML; options and environment variables override it",
    )
    add("--index", type=Path, help="folder of the index (default: that of the folder)")
    add("--host", help="address to listen on (default: 127.0.0.1)")
    add("--port", type=int, help="port to listen on; 0 picks a free one (default: 8000)")
    add(
        "--unix-socket",
        type=Path,
        metavar="PATH",
        help="listen on a unix socket at this path, for a proxy on this machine",
    )
    add(
        "--insecure",
        action="store_true",
        default=None,
        help="serve without API keys although others can reach the server",
    )
    return parser


def _run(parsed: argparse.Namespace) -> None:
    # These imports take longer than printing the help.
    from api.command.serving import serve
    from api.settings import load_settings
    from api.settings.found_index import with_index

    if parsed.folder is not None and not parsed.folder.is_dir():
        raise FolderNotFound(f"there is no folder {str(parsed.folder)!r}")
    given = {name: value for name, value in vars(parsed).items() if value is not None}
    if parsed.config is not None:
        # The builds that this server starts read the same file.
        os.environ["SPANLIGHT_CONFIG"] = str(parsed.config.absolute())
    serve(with_index(load_settings(**given)))
