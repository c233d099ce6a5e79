"""The members of a zip file, unpacked within limits.

Office files and e-books are zip files. A bomb is refused before it takes memory: members are
unpacked as far as their declared sizes, and no other compression than theirs is used.
"""

import hashlib
import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator

from indexer.documents import SkipReason
from indexer.reading.extraction.pieces import Limits, NotExtracted, Place

__all__ = ["COMPOUND_FILE", "ZIP_FILE", "Member", "Package", "is_encrypted", "joined"]

ZIP_FILE = b"PK\x03\x04"
# The container of old Office files, and of encrypted new ones.
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The record with which the sheets of an old Excel file begin, and that of a password.
_FIRST_RECORD = b"\x09\x08\x10\x00\x00\x06"
_FIRST_RECORDS = 20
_PASSWORD_RECORD = 0x2F
_DIRECTORY_ENTRY = b"PK\x01\x02"
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_IS_ENCRYPTED = 0x1
# XML of a hundred equal rows becomes a hundred times smaller. A bomb becomes a thousand times so.
_MOST_TIMES = 250
_LEAST_BOMB = 16 << 20
_ERRORS = (
    *(KeyError, ValueError, OSError, EOFError, RuntimeError, NotImplementedError, OverflowError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)


class Member:
    """One file of a package, unpacked."""

    __slots__ = ("content", "name")

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content

    def place(self, encoding: str = "utf-8") -> Place:
        """Return the place of pieces that are from this member."""
        return Place(self.name, hashlib.sha256(self.content).hexdigest(), encoding)


class Package:
    """A zip file. Raises NotExtracted, in each method, for what is damaged or too costly."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        if content.startswith(COMPOUND_FILE):
            raise _compound(content)
        if content.count(_DIRECTORY_ENTRY) > limits.members:
            raise _too_costly(f"it has more than {limits.members:,} members")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except _ERRORS:
            raise _damaged("it is not a whole zip file") from None
        self._names = {info.filename.lower(): info for info in self._archive.infolist()}
        self._left = limits.unpacked

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def find(self, name: str) -> Member | None:
        """Return the member, or None if there is none. Capitals in names make no difference."""
        info = self._names.get(name.lower())
        return self._unpacked(info) if info else None

    def get(self, name: str) -> Member:
        """Return the member, which the format requires."""
        member = self.find(name)
        if member is None:
            raise _damaged(f"it has no {name!r}")
        return member

    def unpacked(self) -> Iterator[Member]:
        """Yield every member."""
        return map(self._unpacked, self._archive.infolist())

    def _unpacked(self, info: zipfile.ZipInfo) -> Member:
        if info.flag_bits & _IS_ENCRYPTED:
            raise NotExtracted(SkipReason.ENCRYPTED, "it needs a password")
        size = info.file_size
        is_bomb = size > _LEAST_BOMB and size > _MOST_TIMES * info.compress_size
        if is_bomb or size > self._left:
            raise _too_costly(f"{info.filename!r} becomes {size:,} bytes when it is unpacked")
        if info.compress_type not in _METHODS:
            raise _damaged(f"{info.filename!r} is compressed in an unknown way")
        self._left -= size
        try:
            with self._archive.open(info) as file:
                # `read()` without a size would unpack what is beyond the declared size too.
                content = b"".join(iter(lambda: file.read(1 << 20), b""))
        except _ERRORS:
            raise _damaged(f"{info.filename!r} cannot be unpacked") from None
        if len(content) != size:
            raise _damaged(f"{info.filename!r} is cut short")
        return Member(info.filename, content)


def joined(base: str, target: str) -> str:
    """Return the name of the member that `target` means in the member `base`."""
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), target))


def is_encrypted(content: bytes) -> bool:
    """Return whether this compound file is an Office file that needs a password."""
    return "EncryptedPackage".encode("utf-16-le") in content or _has_password(content)


def _has_password(content: bytes) -> bool:
    """Return whether one of the first records of an old spreadsheet says that it is encrypted."""
    position = content.find(_FIRST_RECORD)
    for _ in range(_FIRST_RECORDS if position >= 0 else 0):
        kind, length = struct.unpack("<HH", content[position : position + 4].ljust(4, b"\0"))
        if kind == _PASSWORD_RECORD:
            return True
        position += 4 + length
    return False


def _compound(content: bytes) -> NotExtracted:
    if is_encrypted(content):
        return NotExtracted(SkipReason.ENCRYPTED, "it needs a password")
    return NotExtracted(SkipReason.UNSUPPORTED, "it is a file of an Office before 2007")


def _damaged(detail: str) -> NotExtracted:
    return NotExtracted(SkipReason.DAMAGED, detail)


def _too_costly(detail: str) -> NotExtracted:
    return NotExtracted(SkipReason.TOO_COSTLY, detail)
