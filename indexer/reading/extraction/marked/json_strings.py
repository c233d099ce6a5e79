"""JSON -> its structure, in which every string is the range of the bytes between its quotes.

The json module of Python gives no positions. Numbers and literals are left out: they become None.
"""

import json
import re
from typing import TypeAlias

from indexer.documents import SkipReason
from indexer.reading.extraction.pieces import NotExtracted
from indexer.spans import Span

__all__ = ["JsonNode", "read_json", "string_of"]

JsonNode: TypeAlias = "dict[str, JsonNode] | list[JsonNode] | Span | None"

_TOKEN = re.compile(
    rb"""[ \t\r\n]*+(?:
      "(?P<string>[^"\\]*+(?:\\.[^"\\]*+)*+)"
    | (?P<mark>[\[\]{}:,])
    | (?P<other>-?\d[\d.eE+-]*+|true|false|null|NaN|-?Infinity)
    )""",
    re.VERBOSE | re.DOTALL,
)
_BLANKS = re.compile(rb"[ \t\r\n]*+")


def read_json(content: bytes, start: int, *, most_nested: int) -> JsonNode:
    """Return the value that begins there and ends with the content.

    Raises NotExtracted if it is not JSON or too deeply nested.
    """
    scanner = _Scanner(content, start, most_nested)
    node = scanner.value(scanner.token(), depth=0)
    blanks = _BLANKS.match(content, scanner.position)
    if blanks is None or blanks.end() != len(content):
        raise scanner.damaged()
    return node


def string_of(content: bytes, string: Span) -> str:
    """Return the value of a string. Raises NotExtracted if it has none."""
    try:
        value = json.loads(b'"%b"' % content[string.start : string.end])
    except ValueError:
        value = None
    if not isinstance(value, str):
        raise NotExtracted(SkipReason.DAMAGED, f"a string at byte {string.start:,} is not JSON")
    return value


class _Scanner:
    def __init__(self, content: bytes, position: int, most_nested: int) -> None:
        self.position = position
        self._content = content
        self._most_nested = most_nested

    def token(self) -> re.Match[bytes]:
        token = _TOKEN.match(self._content, self.position)
        if token is None:
            raise self.damaged()
        self.position = token.end()
        return token

    def value(self, token: re.Match[bytes], *, depth: int) -> JsonNode:
        """Return the value that begins with this token."""
        if token["string"] is not None:
            return Span(*token.span("string"))
        if token["other"] is not None:
            return None
        if depth > self._most_nested:
            raise NotExtracted(SkipReason.TOO_COSTLY, "it is nested too deeply")
        if token["mark"] == b"[":
            return self._list(depth)
        if token["mark"] == b"{":
            return self._object(depth)
        raise self.damaged()

    def _list(self, depth: int) -> list[JsonNode]:
        values: list[JsonNode] = []
        token = self.token()
        if token["mark"] == b"]":
            return values
        while True:
            values.append(self.value(token, depth=depth + 1))
            if self._ends(b"]"):
                return values
            token = self.token()

    def _object(self, depth: int) -> dict[str, JsonNode]:
        members: dict[str, JsonNode] = {}
        token = self.token()
        if token["mark"] == b"}":
            return members
        while True:
            if token["string"] is None or self.token()["mark"] != b":":
                raise self.damaged()
            key = string_of(self._content, Span(*token.span("string")))
            members[key] = self.value(self.token(), depth=depth + 1)
            if self._ends(b"}"):
                return members
            token = self.token()

    def _ends(self, mark: bytes) -> bool:
        """Return whether a list or an object ends here; else a comma must follow."""
        found = self.token()["mark"]
        if found not in (mark, b","):
            raise self.damaged()
        return found == mark

    def damaged(self) -> NotExtracted:
        return NotExtracted(SkipReason.DAMAGED, f"it is not JSON at byte {self.position:,}")
