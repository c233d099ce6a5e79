"""The charset of a mail's part: the one it declares if that fits, else the detected one."""

import codecs
import re
from typing import NamedTuple

from indexer.reading.encodings.decoding import Decoded, decode

__all__ = ["Charset", "charset_of"]

# What programs mean that declare these.
_MEANT = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030"}
_C1_CONTROL = re.compile(r"[\x80-\x9f]")
_BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
# Codecs of Python for other purposes, and those that need a byte order mark, which came first.
_NO_CHARSETS = frozenset(
    [
        *["unicode_escape", "raw_unicode_escape", "undefined", "idna", "punycode"],
        *["utf-8-sig", "utf-16", "utf-32"],
    ]
)


class Charset(NamedTuple):
    """A codec, where the text begins, and the text; a warning if it is not the declared one."""

    codec: str
    start: int
    text: str
    warning: str = ""


def charset_of(content: bytes, declared: str) -> Charset | None:
    """Return the charset of the bytes, or None if none gives a text without a guess."""
    for mark, codec in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            text = _decoded(content[len(mark) :], codec)
            return None if text is None else Charset(codec, len(mark), text)
    codec = _codec(declared)
    text = _decoded(content, codec)
    if text is not None and not (codec == "iso8859-1" and _C1_CONTROL.search(text)):
        return Charset(codec, 0, text)
    meant = _MEANT.get(codec, codec)
    if meant != codec and (text := _decoded(content, meant)) is not None:
        return Charset(meant, 0, text)
    found = decode(content)
    if not isinstance(found, Decoded):
        return None
    named = f"its charset {declared!r} does not fit" if declared else "it names no charset"
    return Charset(found.encoding, 0, found.text, f"{named}; it was read as {found.encoding}")


def _codec(declared: str) -> str:
    """Return the name of Python's codec for a charset; ASCII for one that it does not have."""
    try:
        codec = codecs.lookup(declared or "ascii")
    except (LookupError, ValueError):
        return "ascii"
    if not codec._is_text_encoding or codec.name in _NO_CHARSETS:
        return "ascii"
    return codec.name


def _decoded(content: bytes, codec: str) -> str | None:
    try:
        text = content.decode(codec)
        if codec == "utf-7":
            # It can have halves of characters.
            text.encode()
    except ValueError:
        return None
    return text
