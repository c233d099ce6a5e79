"""The messages of an mbox file: bytes -> the range of each."""

import re
from collections.abc import Iterator

from indexer.spans import Span

__all__ = ["is_mbox", "messages_of"]

_SEPARATOR = re.compile(rb"From [^\n]*+\n(?=>From |[!-9;-~]++[ \t]*+:)")


def is_mbox(content: bytes) -> bool:
    """Return whether the bytes begin as an mbox file does."""
    return _SEPARATOR.match(content) is not None


def messages_of(content: bytes) -> Iterator[Span]:
    """Yield the range of each message, without the lines that separate them.

    A line of a letter may begin with "From ", too. It separates only after an empty line and before
    a field of a header.
    """
    start = -1
    position = 0
    while position >= 0:
        separator = _SEPARATOR.match(content, position)
        if separator and _is_after_empty_line(content, position):
            if start >= 0:
                yield Span(start, position)
            start = separator.end()
        position = content.find(b"\nFrom ", position) + 1 or -1
    if start >= 0:
        yield Span(start, len(content))


def _is_after_empty_line(content: bytes, position: int) -> bool:
    return position == 0 or content[max(0, position - 3) : position].endswith((b"\n\n", b"\n\r\n"))
