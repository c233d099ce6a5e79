"""Text for people on a terminal, or for programs behind a pipe.

Documents may contain anything, also characters that control a terminal, so these are escaped.
"""

import os
import sys
from collections.abc import Iterable

from indexer.command.console import give_up, printable

__all__ = ["Style", "give_up_output", "one_line", "style", "write"]

RESET = "\x1b[0m"


class Style:
    """Marks parts of a line; without colours, it leaves them as they are."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def place(self, text: str) -> str:
        return self._marked(text, "35")

    def heading(self, text: str) -> str:
        return self._marked(text, "1")

    def aside(self, text: str) -> str:
        return self._marked(text, "2")

    def match(self, text: str) -> str:
        return self._marked(text, "1;31")

    def with_matches(self, text: str, matches: Iterable[tuple[int, int]]) -> str:
        """Return the text as one printable line, with the matches marked."""
        parts, end = [], 0
        for start, stop in matches:
            parts += [one_line(text[end:start]), self.match(one_line(text[start:stop]))]
            end = stop
        return "".join([*parts, one_line(text[end:])]).strip()

    def _marked(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}{RESET}" if self._colours and text else text


def style() -> Style:
    """Return the style of standard output: colours on a terminal, unless NO_COLOR is set."""
    is_plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Style(colours=sys.stdout.isatty() and not is_plain)


def one_line(text: str) -> str:
    """Return the text with every run of blanks and line ends as one blank, safe on a terminal."""
    words = "".join(character if not character.isspace() else " " for character in text)
    while "  " in words:
        words = words.replace("  ", " ")
    return printable(words)


def write(line: str = "") -> None:
    """Write a line to standard output. Raises BrokenPipeError if its reader is gone."""
    sys.stdout.write(f"{line}\n")


def give_up_output() -> None:
    """Redirect standard output to nothing, because its reader is gone."""
    give_up(sys.stdout)
