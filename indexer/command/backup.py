"""Copy an index into a new folder, even while it is searched and built.

The copy contains the current generation and all embeddings, and is checked before the command ends.
To restore it, copy it back, or use it directly with --index.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from indexer.command.arguments import Parser, run_command
from indexer.command.console import make_safe, printable, say
from indexer.command.stopping import catch_signals

__all__ = ["main", "parser"]


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight backup") -> int:
    """Return the exit code: 0 for success, 1 for a failure, 2 for wrong usage."""
    make_safe()
    catch_signals()
    try:
        return run_command(program, lambda: _run(parser(program).parse_args(arguments)))
    except KeyboardInterrupt:
        say(f"{program}: stopped; the partial copy was deleted")
        return 130


def parser(program: str) -> Parser:
    parser = Parser(prog=program, description=__doc__)
    parser.add_argument("index", metavar="INDEX", type=Path, help="folder of the index")
    parser.add_argument("target", metavar="TARGET", type=Path, help="a new or an empty folder")
    return parser


def _run(parsed: argparse.Namespace) -> None:
    # These imports take longer than printing the help.
    from indexer.building.backup import back_up
    from indexer.command.progress import showing_progress
    from indexer.index.folder import IndexFolder

    with showing_progress() as progress:
        manifest = back_up(IndexFolder(parsed.index), IndexFolder(parsed.target), progress=progress)
    where = printable(str(parsed.target))
    print(f"Copied {manifest.generation}, {manifest.passages:,} passages, to {where}: sound")
