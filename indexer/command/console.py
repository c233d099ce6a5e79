"""Standard output and standard error, safe for any file name and for a reader that disappears."""

import io
import os
import sys
from typing import TextIO

__all__ = ["give_up", "make_safe", "print_line", "printable", "say"]


def make_safe() -> None:
    """Write characters that are not in a stream's encoding as escapes from now on."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """Return the text as one line, with every character escaped that could control a terminal."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def print_line(line: str = "") -> None:
    """Write a line to standard output at once. Raises BrokenPipeError if its reader is gone."""
    _write(sys.stdout, line)


def say(line: str) -> None:
    """Write a line to standard error. A build continues even if the reader of that is gone."""
    try:
        _write(sys.stderr, line)
    except OSError:
        give_up(sys.stderr)


def give_up(stream: TextIO) -> None:
    """Redirect the stream to nothing, so that Python does not fail again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _write(stream: TextIO | None, line: str) -> None:
    # The stream is None if its descriptor was closed, and print() would then use standard output.
    if stream is not None:
        stream.write(line + "\n")
        stream.flush()
