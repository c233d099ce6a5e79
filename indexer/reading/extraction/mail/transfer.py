"""The text of a mail's part: encoded bytes -> lines with their places.

Quoted-printable is decoded line by line, so each line has its own bytes in the file. Base64 has no
lines; places in it count the bytes that it decodes to.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from typing import NamedTuple

from indexer.reading.extraction.mail.charset import Charset, charset_of
from indexer.reading.extraction.mail.structure import Part
from indexer.reading.extraction.pieces import PieceKind, Place

__all__ = ["Line", "PartText", "decoded_bytes", "lines_of", "text_of"]

_ENCODINGS = frozenset(["quoted-printable", "base64"])
_WIDE = ("utf-16", "utf-32")
# A line of these may begin in the state in which the one before has ended.
_WITH_STATES = ("iso2022", "utf-7", "hz")
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_LINE = re.compile(rb"[^\n]*+\n|[^\n]++\Z")
# Lines without a blank at their ends are taken at once, or else one line.
_LINES = re.compile(rb"(?:[^\n]*[^ \t\r\n]\n)++|[^\n]*+\n|[^\n]++\Z")
_BLANKS = b" \t\r\n"
# The longest character of any charset has four bytes.
_LONGEST_CHARACTER = 4


class Line(NamedTuple):
    """A line of text, several, or a part of one if `goes_on`.

    `blank_after` tells that the part has a blank at its end.
    """

    text: str
    start: int
    end: int
    goes_on: bool = False
    blank_after: bool = False


class PartText(NamedTuple):
    """The text of a part: its charset, its place and the bytes that the place counts."""

    charset: Charset
    place: Place
    kind: PieceKind
    source: bytes


def decoded_bytes(content: bytes, part: Part) -> tuple[bytes, int]:
    """Return the decoded bytes of a part, and the end of what they are decoded from."""
    source = content[part.start : part.end]
    if part.transfer == "quoted-printable":
        return quopri.decodestring(source), part.end
    if part.transfer == "base64":
        return _from_base64(source, part)
    return source, part.end


def text_of(content: bytes, part: Part, name: str, *, by_line: bool) -> PartText | None:
    """Return the text of a part, or None if no charset fits.

    `by_line` lets places count the encoded bytes where that is possible.
    """
    decoded, end = decoded_bytes(content, part)
    charset = charset_of(decoded, part.charset)
    if charset is None:
        return None
    transfer = part.transfer if part.transfer in _ENCODINGS else ""
    place = Place(name=name, encoding=charset.codec, transfer=transfer, start=part.start, end=end)
    is_mapped = transfer == "quoted-printable" and not charset.start
    if by_line and is_mapped and not charset.codec.startswith((*_WIDE, *_WITH_STATES)):
        return PartText(charset, place, PieceKind.TRANSFER, content[part.start : end])
    return PartText(charset, place, PieceKind.VERBATIM, decoded)


def lines_of(text: PartText) -> list[Line] | None:
    """Return the lines of a part in order, or None if they make no sense one by one."""
    codec = text.charset.codec
    if text.kind is PieceKind.TRANSFER:
        return list(_encoded_lines(text.source, codec))
    if codec.startswith(_WIDE):
        return list(_wide_lines(text.charset))
    try:
        lines = list(_plain_lines(text.source, text.charset))
    except UnicodeDecodeError:
        return None
    return lines if not codec.startswith(_WITH_STATES) or _fits(lines, text.charset) else None


def _from_base64(source: bytes, part: Part) -> tuple[bytes, int]:
    """Return the decoded bytes; a last group that is cut off is left out."""
    for end in (len(source), _end_of_groups(source)):
        try:
            return base64.b64decode(source[:end]), part.start + end
        except binascii.Error:
            continue
    return b"", part.end


def _end_of_groups(source: bytes) -> int:
    """Return where the last group of four base64 characters ends."""
    digits = len(source) - len(source.translate(None, bytes(_BASE64)))
    missing, end = digits % 4, len(source)
    while end and missing >= 0:
        end -= 1
        missing -= source[end] in _BASE64
    return end + 1


def _plain_lines(source: bytes, charset: Charset) -> Iterator[Line]:
    for line in _LINES.finditer(source, charset.start):
        raw = line[0].rstrip(_BLANKS)
        start = line.start()
        yield Line(raw.decode(charset.codec), start, start + len(raw))


def _wide_lines(charset: Charset) -> Iterator[Line]:
    """Yield the lines of a charset in which a line end is more than one byte."""
    start = charset.start
    for line in charset.text.split("\n"):
        text = line.rstrip(" \t\r")
        yield Line(text, start, start + len(text.encode(charset.codec)))
        start += len((line + "\n").encode(charset.codec))


def _fits(lines: list[Line], charset: Charset) -> bool:
    """Return whether the lines decoded one by one are the lines of the text decoded at once."""
    whole = [line.rstrip(" \t\r") for line in charset.text.split("\n")]
    return "\n".join(filter(None, whole)) == "\n".join(line.text for line in lines if line.text)


def _encoded_lines(source: bytes, codec: str) -> Iterator[Line]:
    """Yield the lines of quoted-printable text, as they are in the file."""
    start = -1  # of a character that a line end has cut
    for line in _LINE.finditer(source):
        end = line.start() + len(line[0].rstrip(_BLANKS))
        goes_on = end > line.start() and source[end - 1] == 0x3D
        end -= goes_on
        if start < 0:
            start = line.start()
        end_of_words = _without_blank_end(source, start, end)
        text, cut = _decoded_until(source, start, end_of_words, codec)
        if text or not goes_on:
            yield Line(text, start, cut, goes_on, blank_after=end_of_words < end)
        elif end_of_words < end:
            yield Line("", start, start, goes_on, blank_after=True)
        start = cut if cut < end_of_words else -1


def _without_blank_end(source: bytes, start: int, end: int) -> int:
    while end > start:
        if source[end - 1] in b" \t":
            end -= 1
        elif end - 3 >= start and source[end - 3 : end] in (b"=20", b"=09"):
            end -= 3
        else:
            break
    return end


def _decoded_until(source: bytes, start: int, end: int, codec: str) -> tuple[str, int]:
    """Return the text and where it ends, which is earlier if the line cuts a character."""
    for _ in range(_LONGEST_CHARACTER):
        try:
            return quopri.decodestring(source[start:end]).decode(codec), end
        except UnicodeDecodeError:
            end -= 3 if end - 3 >= start and source[end - 3] == 0x3D else 1
            if end <= start:
                break
    return "", start
