"""The header of a mail: bytes -> its fields with their places, their words and parameters.

A field is kept as a range of bytes, so nothing is decoded that nobody asks for. Only the first
16 KiB of a field are looked at, and every expression is linear.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from indexer.reading.extraction.pieces import NotExtracted, PieceKind, Place
from indexer.reading.extraction.reconstruction import decoded
from indexer.spans import Span

__all__ = [
    "Field",
    "Header",
    "Parameter",
    "Run",
    "decode_words",
    "parameters_of",
    "plain_value",
    "read_header",
    "runs_of",
]

# More fields than any letter has. The others are passed over.
MAX_FIELDS = 1_000

_FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_EMPTY_LINE = re.compile(rb"\r?\n")
_BLANKS = b" \t\r\n"

_WORDS = re.compile(
    rb"=\?(?P<charset>[^?\s]{1,40}+)\?[BbQq]\?[^?\r\n]*+\?="
    rb"(?:\s*+=\?(?P=charset)\?[BbQq]\?[^?\r\n]*+\?=)*+"
)
# Words with single blanks between them.
_PLAIN = re.compile(rb"\S++(?:[ ]\S++)*+")

_PARAMETER = re.compile(
    rb""";\s*+(?P<name>[^\s=;*]++)(?:\*(?P<part>\d{1,3}))?+(?P<star>\*)?+\s*+=\s*+
        (?:"(?P<quoted>(?:[^"\\]|\\.)*+)"?+|(?P<bare>[^;]*+))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_FOLD = re.compile(r"\s*\r?\n\s*")


class Field(NamedTuple):
    """The places of a field's name with its colon, and of its value."""

    label: Span
    value: Span


class Header(NamedTuple):
    """The first field of each name, in lower case, and where the header and its body begin."""

    fields: Mapping[str, Field]
    start: int
    body: int

    def value(self, name: str) -> Span | None:
        """Return the place of a field's value, or None if there is no such field."""
        field = self.fields.get(name)
        return field.value if field is not None else None


class Run(NamedTuple):
    """A part of a field: encoded words of one charset, or plain text without double blanks.

    `after_blank` tells whether the value has a blank before it.
    """

    start: int
    end: int
    encoded: bool
    after_blank: bool


class Parameter(NamedTuple):
    """The value of a parameter, and its place unless it has percent signs or backslashes."""

    value: str
    place: Span | None


def read_header(content: bytes, start: int, end: int, *, most_bytes: int) -> Header:
    """Return the header that begins here. It ends at an empty line or at a line without a field."""
    fields: dict[str, Field] = {}
    position = start
    while field := _FIELD.match(content, position, end):
        position = field.end()
        name = field[1][:80].lower().decode("ascii")
        if name not in fields and len(fields) < MAX_FIELDS:
            label = Span(field.start(), field.start(2))
            value_end = min(field.end(2), field.start(2) + most_bytes)
            fields[name] = Field(label, _stripped(content, field.start(2), value_end))
    empty = _EMPTY_LINE.match(content, position, end)
    return Header(fields, start, empty.end() if empty else position)


def runs_of(content: bytes, value: Span) -> Iterator[Run]:
    """Yield the parts of a field's value in order, without the blanks between them."""
    position = value.start
    for words in _WORDS.finditer(content, value.start, value.end):
        yield from _plain_runs(content, position, words.start())
        blank = content[position : words.start()]
        # Blanks between two encoded words do not count.
        after_blank = not blank.isspace() and blank[-1:].isspace()
        yield Run(words.start(), words.end(), encoded=True, after_blank=after_blank)
        position = words.end()
    yield from _plain_runs(content, position, value.end)


def decode_words(source: bytes) -> str | None:
    """Return the text of encoded words (RFC 2047), or None if they are not well formed."""
    try:
        return decoded(PieceKind.ENCODED_WORD, Place(), source)
    except NotExtracted:
        return None


def plain_value(content: bytes, value: Span | None) -> str:
    """Return the decoded value of a field in one line, empty if there is none."""
    if value is None:
        return ""
    parts: list[str] = []
    for run in runs_of(content, value):
        source = content[run.start : run.end]
        text = decode_words(source) if run.encoded else None
        parts.append(" " * (run.after_blank and bool(parts)) + (text or _lenient(source)))
    return "".join(parts)


def parameters_of(content: bytes, value: Span | None) -> dict[str, Parameter]:
    """Return the parameters of a field by name, with the percent signs of RFC 2231 decoded."""
    if value is None:
        return {}
    found: dict[str, Parameter] = {}
    segments: dict[str, list[tuple[int, bool, bytes]]] = {}
    for each in _PARAMETER.finditer(content, value.start, value.end):
        name = each["name"].lower().decode("ascii", "replace")
        group = "bare" if each["quoted"] is None else "quoted"
        if each["part"] or each["star"]:
            number = int(each["part"] or 0)
            segments.setdefault(name, []).append((number, bool(each["star"]), each[group].strip()))
        elif name not in found:
            found[name] = _plain_parameter(content, _stripped(content, *each.span(group)))
    for name, parts in segments.items():
        found[name] = Parameter(_joined(sorted(parts)), None)
    return found


def _plain_runs(content: bytes, start: int, end: int) -> Iterator[Run]:
    for plain in _PLAIN.finditer(content, start, end):
        after_blank = content[plain.start() - 1 : plain.start()].isspace()
        yield Run(plain.start(), plain.end(), encoded=False, after_blank=after_blank)


def _plain_parameter(content: bytes, place: Span) -> Parameter:
    source = content[place.start : place.end]
    if b"=?" in source:
        return Parameter(plain_value(content, place), place)
    shown = _lenient(source)
    value = _ESCAPED.sub(r"\1", _FOLD.sub(" ", shown))
    return Parameter(value, place if value == shown else None)


def _joined(parts: list[tuple[int, bool, bytes]]) -> str:
    """Return the value of a parameter that is cut into parts, some of them with percent signs."""
    charset, value = "utf-8", b""
    for number, percent, source in parts:
        if percent and number == 0 and source.count(b"'") >= 2:
            declared, _, source = source.split(b"'", 2)
            charset = declared.decode("ascii", "replace") or charset
        value += unquote_to_bytes(source) if percent else source
    try:
        return value.decode(charset)
    except (ValueError, LookupError):
        return _lenient(value)


def _stripped(content: bytes, start: int, end: int) -> Span:
    """Return the range without the blanks around it."""
    value = content[start:end]
    left = len(value) - len(value.lstrip(_BLANKS))
    return Span(start + left, start + max(left, len(value.rstrip(_BLANKS))))


def _lenient(source: bytes) -> str:
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError:
        return source.decode("latin-1")
