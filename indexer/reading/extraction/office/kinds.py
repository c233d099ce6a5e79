"""What is in a zip file or a compound file, from a glance at its bytes.

Nothing is unpacked and no directory is built, so that it costs nothing for a hostile file either.
"""

import re
import struct
from enum import StrEnum

from indexer.reading.extraction.office.packages import COMPOUND_FILE, ZIP_FILE

__all__ = ["OfficeKind", "office_kind"]


class OfficeKind(StrEnum):
    """What a reader of this folder reads."""

    WORD = "word"
    SLIDES = "slides"
    WORKBOOK = "workbook"
    OPEN_DOCUMENT = "opendocument"
    OPEN_SLIDES = "openslides"
    OPEN_DRAWING = "opendrawing"
    EBOOK = "ebook"


_TYPES = {
    "application/epub+zip": OfficeKind.EBOOK,
    "application/vnd.oasis.opendocument.text": OfficeKind.OPEN_DOCUMENT,
    "application/vnd.oasis.opendocument.presentation": OfficeKind.OPEN_SLIDES,
    "application/vnd.oasis.opendocument.graphics": OfficeKind.OPEN_DRAWING,
    "application/vnd.oasis.opendocument.spreadsheet": OfficeKind.WORKBOOK,
}
_ENTRY = rb"PK\x01\x02.{42}"
# The names in the directory of the zip file that say what it is, in this order.
_NAMES = [
    (re.compile(_ENTRY + name, re.DOTALL | re.IGNORECASE), kind)
    for name, kind in (
        (rb"word/document\d*\.xml", OfficeKind.WORD),
        (rb"ppt/presentation\d*\.xml", OfficeKind.SLIDES),
        (rb"xl/workbook\d*\.(?:xml|bin)", OfficeKind.WORKBOOK),
        (rb"META-INF/container\.xml", OfficeKind.EBOOK),
        (rb"content\.xml", OfficeKind.OPEN_DOCUMENT),
    )
]
_TYPE_MEMBER = b"mimetype"
_HEADER = struct.Struct("<8xH8xIIHH")
_LONGEST_TYPE = 100
_END = b"PK\x05\x06"
# The stream that has the sheets of an old Excel file.
_SHEETS = re.compile(re.escape("book\0".encode("utf-16-le")), re.IGNORECASE)


def office_kind(content: bytes) -> OfficeKind | None:
    """Return what the file is, or None if it is nothing that is read here."""
    if content.startswith(COMPOUND_FILE):
        return OfficeKind.WORKBOOK if _SHEETS.search(content) else None
    if not content.startswith(ZIP_FILE):
        return None
    return _typed(content) or _named(content)


def _typed(content: bytes) -> OfficeKind | None:
    """Return what the first member says, if that names a type."""
    if len(content) < _HEADER.size:
        return None
    method, _, _, name_length, extra_length = _HEADER.unpack_from(content)
    start = _HEADER.size + name_length
    if method or content[_HEADER.size : start] != _TYPE_MEMBER:
        return None
    start += extra_length
    # Its size may be written after it, so it ends where the next header begins.
    written = content[start : start + _LONGEST_TYPE].partition(b"PK")[0]
    name = written.decode("ascii", "replace").strip()
    # A template is read as what it is for.
    return _TYPES.get(name.removesuffix("-template"))


def _named(content: bytes) -> OfficeKind | None:
    """Return what the names of the members say."""
    end = content.rfind(_END)
    if not 0 <= end <= len(content) - 20:
        return None
    (start,) = struct.unpack_from("<I", content, end + 16)
    directory = content[start:end]
    return next((kind for name, kind in _NAMES if name.search(directory)), None)
