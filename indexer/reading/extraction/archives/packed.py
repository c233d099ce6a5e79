"""What is inside one archive: the names of its files, and their bytes, unpacked within limits."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple, cast

from indexer.documents import SkipReason
from indexer.reading.extraction.pieces import NotExtracted

__all__ = ["Allowance", "Packed", "files_in_tar", "files_in_zip", "is_tar", "unpacked_file"]

# What archives of any bytes make the standard library raise.
_ERRORS = (
    *(ValueError, KeyError, IndexError, OverflowError, EOFError, OSError, RuntimeError),
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
)
# Text is never packed as tightly as the zeros of a bomb.
_TIGHTEST = 500
_SMALL = 16 << 20
_CHUNK = 1 << 20
_ENCRYPTED = 0x1
_LONGEST_DETAIL = 200


class Packed(NamedTuple):
    """A file in an archive: its content, or why it has none."""

    name: str
    content: bytes | NotExtracted


class Allowance:
    """How many files and bytes may still be unpacked, of a file with all archives inside it."""

    def __init__(self, files: int, unpacked: int) -> None:
        self.files = files
        self.unpacked = unpacked

    def take_file(self) -> None:
        """Count one more file. Raises NotExtracted if it is one too many."""
        if self.files <= 0:
            raise NotExtracted(SkipReason.TOO_COSTLY, "too many files are inside")
        self.files -= 1

    def read(self, file: IO[bytes], packed: int) -> bytes:
        """Return all of a file that took `packed` bytes. Raises NotExtracted if it is too much."""
        parts: list[bytes] = []
        length = 0
        while part := file.read(min(_CHUNK, self.unpacked + 1)):
            parts.append(part)
            length += len(part)
            self.unpacked -= len(part)
            if self.unpacked < 0:
                self.unpacked = 0
                raise NotExtracted(SkipReason.TOO_COSTLY, "it unpacks to too many bytes")
            if length > max(_SMALL, _TIGHTEST * packed):
                raise NotExtracted(
                    SkipReason.TOO_COSTLY, f"it unpacks to more than {_TIGHTEST} times its size"
                )
        return b"".join(parts)


def files_in_zip(content: bytes, allowance: Allowance) -> Iterator[Packed]:
    """Yield the files of a zip archive. Raises NotExtracted if it is not one."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (*_ERRORS, NotImplementedError) as error:
        raise _damaged("it is not a zip archive", error) from None
    for member in archive.infolist():
        if member.is_dir():
            continue
        allowance.take_file()
        yield Packed(member.filename, _zip_member(archive, member, allowance))


def files_in_tar(content: bytes, allowance: Allowance) -> Iterator[Packed]:
    """Yield the files of a tar archive that is not compressed, as far as it is sound.

    Raises NotExtracted where it is damaged.
    """
    members = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            while (member := archive.next()) is not None:
                allowance.take_file()
                members += 1
                if not member.isdir():
                    yield Packed(member.name, _tar_member(archive, member))
    except _ERRORS as error:
        detail = f"it is damaged after {members} members" if members else "it is not a tar archive"
        raise _damaged(detail, error) from None


def is_tar(content: bytes) -> bool:
    """Return whether this begins as a tar archive does."""
    return content[257:262] == b"ustar"


def unpacked_file(content: bytes, allowance: Allowance) -> bytes:
    """Return what a gzip, bzip2 or xz file unpacks to. Raises NotExtracted."""
    packed = io.BytesIO(content)
    try:
        with _opened(packed, content) as file:
            return allowance.read(file, len(content))
    except _ERRORS as error:
        raise _damaged("it cannot be unpacked", error) from None


def _opened(packed: io.BytesIO, content: bytes) -> IO[bytes]:
    if content.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=packed))
    if content.startswith(b"BZh"):
        return bz2.BZ2File(packed)
    if content.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(packed)
    raise NotExtracted(SkipReason.DAMAGED, "it is not a gzip, bzip2 or xz file")


def _zip_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowance: Allowance
) -> bytes | NotExtracted:
    if stat.S_ISLNK(member.external_attr >> 16):
        return NotExtracted(SkipReason.UNREADABLE, "it is a symbolic link")
    if member.flag_bits & _ENCRYPTED:
        return NotExtracted(SkipReason.ENCRYPTED)
    try:
        with archive.open(member) as file:
            return allowance.read(file, member.compress_size)
    except NotExtracted as refused:
        return refused
    except NotImplementedError as error:
        return NotExtracted(SkipReason.UNSUPPORTED, str(error))
    except _ERRORS as error:
        return _damaged("it cannot be unpacked", error)


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | NotExtracted:
    if member.issym() or member.islnk():
        return NotExtracted(SkipReason.UNREADABLE, "it is a link")
    if not member.isreg() or member.issparse():
        return NotExtracted(SkipReason.UNREADABLE, "it is not a regular file")
    file = archive.extractfile(member)
    content = file.read() if file is not None else b""
    if len(content) != member.size:
        return NotExtracted(SkipReason.DAMAGED, "the archive ends inside it")
    return content


def _damaged(detail: str, error: Exception) -> NotExtracted:
    return NotExtracted(SkipReason.DAMAGED, f"{detail}: {error}"[:_LONGEST_DETAIL])
