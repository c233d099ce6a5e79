"""What the command lines of all scripts share."""

import argparse
from typing import NoReturn

from indexer.errors import UsageError

__all__ = ["Parser", "positive_number"]


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would end the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see --help)")


def positive_number(text: str) -> int:
    """Return the number that an option has; a type for `add_argument`."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)
