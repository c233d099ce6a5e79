"""Where in the bytes of a page a character is, and where in its text a token is."""

import re

__all__ = ["ByteOffsets", "LineStarts", "length_in_source", "with_plain_ends"]

# The tokenizer counts each of these as one line end, as browsers do.
_LINE_END = re.compile(r"\r\n?|\n")


class ByteOffsets:
    """The byte at which each character of a decoded text begins. Fast in ascending order."""

    def __init__(self, text: str, encoding: str, first: int, length: int) -> None:
        """`first` is the byte where the text begins, and `length` its number of bytes."""
        self._text = text
        self._encoding = encoding
        self._first = first
        self._has_single_bytes = len(text) == length
        self._character, self._byte = 0, first

    def at(self, character: int) -> int:
        if self._has_single_bytes:
            return self._first + character
        if character < self._character:
            self._character, self._byte = 0, self._first
        self._byte += len(self._text[self._character : character].encode(self._encoding))
        self._character = character
        return self._byte


class LineStarts:
    """The character at which each line of a text begins."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def character(self, line: int, column: int) -> int:
        """Return the character at the column, from 0, of a line, from 1."""
        return self._starts[line - 1] + column


def with_plain_ends(text: str) -> str:
    """Return the text with the line ends that the tokenizer gives."""
    return _LINE_END.sub("\n", text) if "\r" in text else text


def length_in_source(source: str, length: int) -> int:
    """Return how long the first characters are in the source, with its own line ends."""
    longer = 0
    for end in re.finditer(r"\r\n", source):
        if end.start() - longer >= length:
            break
        longer += 1
    return length + longer
