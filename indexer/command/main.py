"""Bring the index of a folder up to date; `--help` says how."""

import json
import os
import sys
import traceback
from collections.abc import Sequence

from indexer.command.console import give_up, make_safe, print_line, printable, say
from indexer.command.options import Options, parse_options
from indexer.command.stopping import catch_signals, end_at_once
from indexer.errors import SpanlightError, UsageError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0, 1 where something failed, 2 where it was asked for wrongly."""
    make_safe()
    try:
        return _main(sys.argv[1:] if arguments is None else arguments)
    except BrokenPipeError:
        give_up(sys.stdout)
        return 1


def _main(arguments: Sequence[str]) -> int:
    as_json = "--json" in arguments
    caught = catch_signals()
    options = None
    try:
        options = parse_options(arguments, os.environ)
        return _run(options)
    except SpanlightError as error:
        _fail(error.code, str(error), as_json=as_json)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt as stopped:
        watching = options is not None and options.watch
        _fail("stopped", str(stopped) or "stopped", as_json=as_json and not watching)
        end_at_once(caught, cleanly=watching)
    except BrokenPipeError:
        raise
    except Exception as error:
        traceback.print_exc()
        message = f"{type(error).__name__}: {error}; this is a bug in Spanlight, please report it"
        _fail("internal_error", message, as_json=as_json)
        return 1


def _run(options: Options) -> int:
    # Importing what builds takes longer than printing the help.
    from indexer.command.reindexing import run

    return run(options)


def _fail(code: str, message: str, *, as_json: bool) -> None:
    if as_json:
        print_line(json.dumps({"error": {"code": code, "message": message}}))
    say(f"reindex.py: {printable(message)}")
