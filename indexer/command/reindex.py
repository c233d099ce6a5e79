"""Bring the index of a folder up to date; `--help` says how."""

import json
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.command.arguments import exit_code
from indexer.command.console import give_up, make_safe, print_line, printable, say
from indexer.command.options import Options, parse_options
from indexer.command.stopping import catch_signals, end_at_once
from indexer.errors import SpanlightError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight index") -> int:
    """Return the exit code: 0 for success, 1 for a failure, 2 for wrong usage."""
    make_safe()
    try:
        return _Run(sys.argv[1:] if arguments is None else arguments, program).exit_code()
    except BrokenPipeError:
        give_up(sys.stdout)
        return 1


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of the command. `program` is the name by which it was called."""

    arguments: Sequence[str]
    program: str

    def exit_code(self) -> int:
        # With `--json`, even an error in the options is reported as an object.
        as_json = "--json" in self.arguments
        caught = catch_signals()
        options = None
        try:
            options = parse_options(self.arguments, os.environ, program=self.program)
            return self._build(options)
        except SpanlightError as error:
            self._fail(error.code, str(error), as_json=as_json)
            return exit_code(error)
        except KeyboardInterrupt as stopped:
            watching = options is not None and options.watch
            self._fail("stopped", str(stopped) or "stopped", as_json=as_json and not watching)
            end_at_once(caught, cleanly=watching)
        except BrokenPipeError:
            raise
        except Exception as error:
            traceback.print_exc()
            bug = f"{type(error).__name__}: {error}; this is a bug in Spanlight, please report it"
            self._fail("internal_error", bug, as_json=as_json)
            return 1

    def _build(self, options: Options) -> int:
        # This import takes longer than printing the help.
        from indexer.command.reindexing import run

        return run(options, self.program)

    def _fail(self, code: str, message: str, *, as_json: bool) -> None:
        if as_json:
            print_line(json.dumps({"error": {"code": code, "message": message}}))
        say(f"{self.program}: {printable(message)}")
