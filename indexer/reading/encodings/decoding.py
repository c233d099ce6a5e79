"""Decode bytes: the text and the name of its encoding, or the reason why the bytes are refused.

Spans promise that `content.decode(encoding)` is the text, and that encoding a part of the text
gives the bytes of that part. So nothing is ever replaced, and two kinds of encodings are refused:
those with shift states, and those that do not encode the text to the same bytes.
"""

import codecs
import re
from typing import NamedTuple

from indexer.documents import EncodingSource, SkipReason
from indexer.reading.encodings.detection import detect_encoding

__all__ = ["Decoded", "Refused", "decode"]

# Text may contain tabs, line ends, vertical tabs, form feeds, and escapes (coloured logs).
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b") | {0x7F})
_MAX_CONTROL_SHARE = 0.05

# ISO-2022-JP, -KR and -CN are written in ASCII, so they would pass as UTF-8; these sequences
# switch to their multi-byte sets (ECMA-35). Terminal logs use others.
_ISO_2022_SHIFT = re.compile(rb"\x1b\$[@AB()]")


class Decoded(NamedTuple):
    text: str
    encoding: str
    source: EncodingSource


class Refused(NamedTuple):
    reason: SkipReason
    detail: str = ""


def decode(content: bytes) -> Decoded | Refused:
    """Return the text and the name of a Python codec such that `content.decode(encoding) == text`.

    A byte order mark decides; without one, UTF-8 is tried, and then the encoding is detected.
    Content is binary if it contains U+0000 or more than 5 % control characters.
    """
    if not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if (position := content.find(0)) >= 0:
            return Refused(SkipReason.BINARY, f"NUL at byte {position:,}")
        if _is_binary(content, len(content)):
            return Refused(SkipReason.BINARY, "more than 5 % control characters")
    decoded = _decode(content)
    if isinstance(decoded, Refused):
        return decoded
    if decoded.encoding == "utf-16" and (
        "\0" in decoded.text or _is_binary(decoded.text.encode(), len(decoded.text))
    ):
        return Refused(SkipReason.BINARY, "control characters in a file marked as UTF-16")
    if not decoded.text or decoded.text.isspace():
        return Refused(SkipReason.EMPTY, "nothing but blanks" if decoded.text else "")
    return decoded


def _is_binary(content: bytes, characters: int) -> bool:
    controls = len(content) - len(content.translate(None, _CONTROLS))
    return controls > _MAX_CONTROL_SHARE * characters


def _decode(content: bytes) -> Decoded | Refused:
    encoding, source = _marked_encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            return _undecodable(f"marked as {encoding}, but byte {error.start:,} does not fit")
        return _decode_legacy(content, error.start)
    if encoding == "utf-8" and 0x1B in content and _ISO_2022_SHIFT.search(content):
        return _undecodable("ISO-2022, an encoding with shift states, is not supported")
    return Decoded(text, encoding, source)


def _marked_encoding(content: bytes) -> tuple[str, EncodingSource]:
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", EncodingSource.BOM
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", EncodingSource.BOM
    return "utf-8", EncodingSource.UTF_8


def _decode_legacy(content: bytes, first_not_utf8: int) -> Decoded | Refused:
    encoding = detect_encoding(content, around=first_not_utf8)
    if encoding is None:
        return _undecodable(
            f"byte {first_not_utf8:,} is not UTF-8, and no other encoding is certain"
        )
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        return _undecodable(f"looks like {encoding}, but byte {error.start:,} does not fit")
    if text.encode(encoding) != content:
        return _undecodable(f"looks like {encoding}, but encoding the text gives other bytes")
    return Decoded(text, encoding, EncodingSource.DETECTED)


def _undecodable(detail: str) -> Refused:
    return Refused(SkipReason.UNDECODABLE, detail)
