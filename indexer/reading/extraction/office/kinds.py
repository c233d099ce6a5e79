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
    POWERPOINT = "powerpoint"
    EXCEL = "excel"
    ODT = "odt"
    ODP = "odp"
    ODG = "odg"
    ODS = "ods"
    EPUB = "epub"


_TYPES = {
    "application/epub+zip": OfficeKind.EPUB,
    "application/vnd.oasis.opendocument.text": OfficeKind.ODT,
    "application/vnd.oasis.opendocument.presentation": OfficeKind.ODP,
    "application/vnd.oasis.opendocument.graphics": OfficeKind.ODG,
    "application/vnd.oasis.opendocument.spreadsheet": OfficeKind.ODS,
}
_ENTRY = rb"PK\x01\x02.{42}"
# The names in the directory of the zip file that say what it is, in this order.
_NAMES = [
    (re.compile(_ENTRY + name, re.DOTALL | re.IGNORECASE), kind)
    for name, kind in (
        (rb"word/document\d*\.xml", OfficeKind.WORD),
        (rb"ppt/presentation\d*\.xml", OfficeKind.POWERPOINT),
        (rb"xl/workbook\d*\.(?:xml|bin)", OfficeKind.EXCEL),
        (rb"META-INF/container\.xml", OfficeKind.EPUB),
        (rb"content\.xml", OfficeKind.ODT),
    )
]
_TYPE_MEMBER = b"mimetype"
_HEADER = struct.Struct("<8xH8xIIHH")
_LONGEST_TYPE = 100
_END = b"PK\x05\x06"
# The stream that has the sheets of an old Excel file.
_SHEETS = [f"{name}\0".encode("utf-16-le") for name in ("Workbook", "WORKBOOK", "Book")]


def office_kind(content: bytes) -> OfficeKind | None:
    """Return what the file is, or None if it is nothing that is read here."""
    if content.startswith(COMPOUND_FILE):
        return OfficeKind.EXCEL if any(each in content for each in _SHEETS) else None
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
