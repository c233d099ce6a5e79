"""All files inside a file, also those in archives and mails inside it, with their paths."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from indexer.documents import SkippedFile, SkipReason
from indexer.reading.extraction.archives.kinds import ContainerKind, kind_of_container
from indexer.reading.extraction.archives.names import INSIDE, MemberNames
from indexer.reading.extraction.archives.packed import (
    Allowance,
    Packed,
    files_in_tar,
    files_in_zip,
    is_tar,
    unpacked_file,
)
from indexer.reading.extraction.mail.attachments import attached_files
from indexer.reading.extraction.pieces import Limits, NotExtracted

__all__ = ["Member", "members_of"]

# An archive in an archive in an archive.
_DEEPEST = 3


class Member(NamedTuple):
    """A file inside another one. `path` begins with that of the outermost file."""

    path: str
    content: bytes


def members_of(path: str, content: bytes, limits: Limits) -> Iterator[Member | SkippedFile]:
    """Yield the files inside the file at this path, and those that cannot be read.

    Raises NotExtracted, perhaps after some files, if the outermost file is damaged.
    """
    allowance = Allowance(limits.members, limits.unpacked)
    yield from _members(path, content, limits, allowance, depth=1)


def _members(
    path: str, content: bytes, limits: Limits, allowance: Allowance, *, depth: int
) -> Iterator[Member | SkippedFile]:
    names = MemberNames()
    for name, found in _files_in(path, content, limits, allowance):
        member = names.path_of(name)
        if member is None:
            continue
        if isinstance(member, SkippedFile):
            yield SkippedFile(path + INSIDE + member.path, member.reason, member.detail)
            continue
        inside = path + INSIDE + member
        if isinstance(found, NotExtracted):
            yield SkippedFile(inside, found.reason, found.detail)
            continue
        kind = kind_of_container(inside)
        if kind is None or kind.is_document:
            yield Member(inside, found) if found else SkippedFile(inside, SkipReason.EMPTY)
        if kind is None:
            continue
        if depth == _DEEPEST:
            if not kind.is_document:
                detail = f"archives are read {_DEEPEST} deep"
                yield SkippedFile(inside, SkipReason.TOO_COSTLY, detail)
            continue
        try:
            yield from _members(inside, found, limits, allowance, depth=depth + 1)
        except NotExtracted as refused:
            yield SkippedFile(inside, refused.reason, refused.detail)


def _files_in(path: str, content: bytes, limits: Limits, allowance: Allowance) -> Iterator[Packed]:
    kind = kind_of_container(path)
    if kind is ContainerKind.ZIP:
        yield from files_in_zip(content, allowance)
    elif kind is ContainerKind.TAR:
        yield from files_in_tar(_plain(content, allowance), allowance)
    elif kind is ContainerKind.COMPRESSED:
        plain = unpacked_file(content, allowance)
        if is_tar(plain):
            yield from files_in_tar(plain, allowance)
        else:
            allowance.take_file()
            yield Packed(PurePosixPath(path).stem, plain)
    elif kind is not None:
        for name, attached in attached_files(content, limits, is_box=kind is ContainerKind.MBOX):
            allowance.take_file()
            yield Packed(name, attached)


def _plain(content: bytes, allowance: Allowance) -> bytes:
    return content if is_tar(content) else unpacked_file(content, allowance)
