"""The text of a piece, from the bytes of the file and the standard library alone.

This is the proof that a quotation is in the file. It knows nothing of the reader that found it.
"""

import base64
import binascii
import email.errors
import email.header
import hashlib
import html
import io
import json
import quopri
import re
import struct
import zipfile
import zlib

from indexer.documents import SkipReason
from indexer.reading.extraction.pieces import LIMITS, NotExtracted, Piece, PieceKind, Place

__all__ = ["ELEMENTS", "RTF_CHARACTERS", "decoded", "place_bytes", "reconstruct", "transferred"]

# The elements of office files that mean a character, without the prefix of their namespace.
ELEMENTS = {"noBreakHyphen": "\u2011"}
RTF_CHARACTERS = {
    "emdash": "\u2014",
    "endash": "\u2013",
    "bullet": "\u2022",
    "_": "\u2011",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "{": "{",
    "}": "}",
    "\\": "\\",
}
"""The control words and symbols of RTF that mean one character."""

_UNICODE = re.compile(rb"\\u(-?\d{1,6})")
_HEXADECIMAL = re.compile(rb"\\'([0-9a-fA-F]{2})")
_START_TAG = re.compile(r"<(?:[\w.-]{1,100}:)?(\w{1,100})\s{0,100}/?>")
_MEMBER_ERRORS = (
    *(KeyError, ValueError, OSError, EOFError, RuntimeError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)


def reconstruct(piece: Piece, place: Place, content: bytes) -> str:
    """Return the text of the piece, taken anew from the bytes of the file.

    Raises NotExtracted if the bytes do not give a text, and ValueError for a piece whose text only
    the engine can tell: `DRAWN` and `CELL`.
    """
    encoded = piece.kind is PieceKind.TRANSFER
    source = content[place.start : place.end] if encoded else place_bytes(place, content)
    return decoded(piece.kind, place, source[piece.source_start : piece.source_end])


def place_bytes(place: Place, content: bytes) -> bytes:
    """Return the bytes that the pieces of the place count, but those of `TRANSFER` pieces.

    Raises NotExtracted if there is no such member or if it is another one.
    """
    if place.sha256:
        return _member(place, content)
    part = content[place.start : place.end] if place.end else content
    return transferred(place.transfer, part)


def decoded(kind: PieceKind, place: Place, source: bytes) -> str:
    """Return the text of a piece of this kind with these bytes."""
    if kind is PieceKind.TRANSFER:
        source = transferred(place.transfer, source)
    try:
        text = source.decode(place.encoding)
    except (UnicodeDecodeError, LookupError):
        raise _damaged(f"bytes are not {place.encoding}") from None
    if kind is PieceKind.VERBATIM or kind is PieceKind.TRANSFER:
        return text
    if kind is PieceKind.REFERENCE:
        return html.unescape(text)
    if kind is PieceKind.ENCODED_WORD:
        return _encoded_words(text)
    if kind is PieceKind.ESCAPE:
        return _json_string(text)
    if kind is PieceKind.CONTROL:
        return _controls(source, place.encoding)
    if kind is PieceKind.BLANK:
        return " " if text.isspace() else text
    if kind is PieceKind.ELEMENT:
        return _element(text)
    raise ValueError(f"the text of a {kind} piece is not in the bytes")


def transferred(transfer: str, source: bytes) -> bytes:
    """Return the bytes of a mail's part, which were encoded for their transfer."""
    if transfer == "quoted-printable":
        return quopri.decodestring(source)
    if transfer == "base64":
        try:
            return base64.b64decode(source)
        except binascii.Error as error:
            raise _damaged(f"bytes are not base64: {error}") from None
    return source


def _member(place: Place, content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(place.name) as member:
            unpacked = member.read(LIMITS.unpacked)
    except _MEMBER_ERRORS:
        raise _damaged(f"{place.name!r} cannot be unpacked") from None
    if hashlib.sha256(unpacked).hexdigest() != place.sha256:
        raise _damaged(f"{place.name!r} is not the one that was read")
    return unpacked


def _encoded_words(text: str) -> str:
    try:
        found = "".join(
            word if isinstance(word, str) else word.decode(charset or "ascii")
            for word, charset in email.header.decode_header(text)
        )
        # Words in UTF-7 can have halves of characters.
        found.encode()
    except (ValueError, LookupError, email.errors.HeaderParseError):
        raise _damaged("bytes are not words of a mail's header") from None
    return found


def _json_string(text: str) -> str:
    try:
        value = json.loads(f'"{text}"')
    except ValueError:
        value = None
    if not isinstance(value, str):
        raise _damaged("bytes are not part of a JSON string")
    return value


def _controls(source: bytes, encoding: str) -> str:
    word = source.removeprefix(b"\\").rstrip(b" ").decode("latin-1")
    if word in RTF_CHARACTERS:
        return RTF_CHARACTERS[word]
    units = [int(unit) & 0xFFFF for unit in _UNICODE.findall(source)]
    try:
        if units:
            return struct.pack(f"<{len(units)}H", *units).decode("utf-16-le")
        return _HEXADECIMAL.sub(lambda found: bytes.fromhex(found[1].decode()), source).decode(
            encoding
        )
    except UnicodeDecodeError:
        raise _damaged("controls are not characters") from None


def _element(text: str) -> str:
    tag = _START_TAG.fullmatch(text)
    if tag is None or tag[1] not in ELEMENTS:
        raise _damaged(f"{text[:40]!r} is not an element that means a character")
    return ELEMENTS[tag[1]]


def _damaged(detail: str) -> NotExtracted:
    return NotExtracted(SkipReason.DAMAGED, detail)
