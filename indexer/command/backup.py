"""Copy an index into a new folder, while it is asked and while it is built.

The copy holds the current generation and all embeddings that were paid for, and is read again whole
before it counts. To restore it, copy it to where the index was, with this command or any other, or
name it with --index.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from indexer.building.backup import back_up
from indexer.command.arguments import Parser
from indexer.command.console import make_safe, printable, say
from indexer.command.progress import showing_progress
from indexer.command.stopping import catch_signals
from indexer.errors import SpanlightError, UsageError
from indexer.index.generation import IndexFolder

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0, 1 where something failed, 2 where it was asked for wrongly."""
    make_safe()
    catch_signals()
    try:
        parsed = _parser().parse_args(arguments)
        with showing_progress() as progress:
            manifest = back_up(
                IndexFolder(parsed.index), IndexFolder(parsed.target), progress=progress
            )
    except SpanlightError as error:
        say(f"backup.py: {printable(str(error))}")
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        say("backup.py: stopped; nothing of the copy is left")
        return 130
    where = printable(str(parsed.target))
    print(f"Copied {manifest.generation}, {manifest.passages:,} passages, to {where}: sound")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", metavar="INDEX", type=Path, help="folder of the index")
    parser.add_argument("target", metavar="TARGET", type=Path, help="a new or an empty folder")
    return parser
