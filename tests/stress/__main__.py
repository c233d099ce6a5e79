"""Try to break Spanlight, and count the results. Each command is a long run that anyone can start.
The tests start a short version of each. The exit code is 1 if anything broke.
"""

import argparse
import re
import sys
from collections.abc import Sequence

from indexer.command.arguments import Parser, run_command
from tests.stress import COMMANDS
from tests.stress.outcome import Outcome

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None, *, program: str = "stress.py") -> int:
    """Return the exit code: 0, 1 if something broke, or 2 for a wrong command line."""
    outcomes: list[Outcome] = []
    failed = run_command(program, lambda: outcomes.append(_run(_parser(program), arguments)))
    for outcome in outcomes:
        print("\n".join(outcome.lines()))
    return failed or int(any(outcome.errors for outcome in outcomes))


def _run(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> Outcome:
    parsed = parser.parse_args(arguments)
    outcome: Outcome = parsed.run(parsed)
    return outcome


def _parser(program: str) -> argparse.ArgumentParser:
    parser = Parser(prog=program, description=__doc__)
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", required=True)
    for each in COMMANDS:
        command = commands.add_parser(
            each.name,
            help=re.split(r"[.:]\s", each.description)[0],
            description=each.description,
        )
        each.add_options(command)
        command.set_defaults(run=each.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
