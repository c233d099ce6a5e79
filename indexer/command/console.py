"""Standard output and standard error, safe for any file name and for a reader that goes away."""

import io
import os
import sys
from typing import TextIO

__all__ = ["give_up", "make_safe", "print_line", "printable", "say"]


def make_safe() -> None:
    """Let characters that a stream's encoding lacks be written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """Return the text in one line, with everything that could act on a terminal escaped."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def print_line(line: str = "") -> None:
    """Write a line to standard output at once. Raises BrokenPipeError where nobody reads it."""
    _write(sys.stdout, line)


def say(line: str) -> None:
    """Write a line to standard error; a build does not end because nobody reads that."""
    try:
        _write(sys.stderr, line)
    except OSError:
        give_up(sys.stderr)


def give_up(stream: TextIO) -> None:
    """Let the stream take everything, so that Python does not fail once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _write(stream: TextIO | None, line: str) -> None:
    # Python has no stream where the descriptor was closed, and print() would take the other one.
    if stream is not None:
        stream.write(line + "\n")
        stream.flush()
