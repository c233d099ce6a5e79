"""Decode bytes: the text and the name of its encoding, or the reason why the bytes are refused.

Spans promise that `content.decode(encoding)` is the text, and that encoding a part of the text
gives the bytes of that part. So nothing is ever replaced, and two kinds of encodings are refused:
those with shift states, and those that do not encode the text to the same bytes.
"""

import codecs
import re
from typing import NamedTuple

from indexer.documents import EncodingSource, SkipReason
from indexer.reading.encodings.declared import declared_encoding
from indexer.reading.encodings.detection import detect_encoding

__all__ = ["ENCODINGS_FILE", "Decoded", "Refused", "decode"]

# Text may contain tabs, line ends, vertical tabs, form feeds, and escapes (coloured logs).
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b") | {0x7F})
_MAX_CONTROL_SHARE = 0.05

# ISO-2022-JP, -KR and -CN are written in ASCII, so they would pass as UTF-8; these sequences
# switch to their multi-byte sets (ECMA-35). Terminal logs use others.
_C1_CONTROL = re.compile(r"[\x80-\x9f]")

# Where a person can name the encodings of files.
ENCODINGS_FILE = ".spanlight.toml"

_ISO_2022_SHIFT = re.compile(rb"\x1b\$[@AB()]")


class Decoded(NamedTuple):
    text: str
    encoding: str
    source: EncodingSource


class Refused(NamedTuple):
    reason: SkipReason
    detail: str = ""


def decode(content: bytes, configured: str | None = None) -> Decoded | Refused:
    """Return the text and the name of a Python codec such that `content.decode(encoding) == text`.

    A byte order mark decides. Without one, the configured encoding does, if there is any. Else
    UTF-8 is tried, then the encoding that the content declares, and then it is detected. Content is
    binary if it contains U+0000 or more than 5 % control characters.
    """
    if not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if (position := content.find(0)) >= 0:
            return Refused(SkipReason.BINARY, f"NUL at byte {position:,}")
        if _is_binary(content, len(content)):
            return Refused(SkipReason.BINARY, "more than 5 % control characters")
    decoded = _decode(content, configured)
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


def _decode(content: bytes, configured: str | None) -> Decoded | Refused:
    marked = _marked_encoding(content)
    if marked is not None:
        return _decode_as(content, marked, EncodingSource.BOM, f"marked as {marked}")
    if configured is not None:
        told = f"configured as {configured}"
        return _decode_as(content, configured, EncodingSource.CONFIGURED, told)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _decode_legacy(content, error.start)
    if 0x1B in content and _ISO_2022_SHIFT.search(content):
        return _undecodable("ISO-2022, an encoding with shift states, is not supported")
    return Decoded(text, "utf-8", EncodingSource.UTF_8)


def _marked_encoding(content: bytes) -> str | None:
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _decode_legacy(content: bytes, first_not_utf8: int) -> Decoded | Refused:
    declared = declared_encoding(content)
    if declared is not None:
        told = f"declared as {declared}"
        decoded = _decode_as(content, declared, EncodingSource.DECLARED, told)
        # Some declarations are wrong; they give controls that no text has.
        if isinstance(decoded, Decoded) and not _C1_CONTROL.search(decoded.text):
            return decoded
    detected = detect_encoding(content, around=first_not_utf8)
    if detected is None:
        return _undecodable(
            f"byte {first_not_utf8:,} is not UTF-8, and no other encoding is certain; "
            f"{ENCODINGS_FILE} can name it"
        )
    return _decode_as(content, detected, EncodingSource.DETECTED, f"looks like {detected}")


def _decode_as(
    content: bytes, encoding: str, source: EncodingSource, told: str
) -> Decoded | Refused:
    """Return the text, or why it does not fit; `told` says where the encoding comes from."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        return _undecodable(f"{told}, but byte {error.start:,} does not fit")
    if source is not EncodingSource.BOM and not _gives_back(content, text, encoding):
        return _undecodable(f"{told}, but encoding the text gives other bytes")
    return Decoded(text, encoding, source)


def _gives_back(content: bytes, text: str, encoding: str) -> bool:
    try:
        return text.encode(encoding) == content
    except UnicodeEncodeError:
        return False


def _undecodable(detail: str) -> Refused:
    return Refused(SkipReason.UNDECODABLE, detail)
