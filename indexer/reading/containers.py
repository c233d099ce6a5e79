"""Files inside archives and mails: which ones there are, and the bytes of one of them.

Their paths are `archive.zip!/folder/file.pdf`. They are unpacked in a child with limits, and never
written to a disk. A file inside has the times of the outer file, and its own size.
"""

from dataclasses import replace
from pathlib import Path

from indexer.documents import SkippedFile, SkipReason, SourceFile
from indexer.reading.extraction.archives.kinds import kind_of_container
from indexer.reading.extraction.archives.names import INSIDE
from indexer.reading.extraction.child.answers import Members, MembersRequest
from indexer.reading.extraction.child.process import READING
from indexer.reading.extraction.pieces import NotExtracted
from indexer.reading.sources import SourceContent, read_source, source_now

__all__ = ["LastContainer", "files_inside", "outer_path", "read_file"]


def outer_path(path: str) -> str:
    """Return the path of the file that the file system has: the outermost one, or this one."""
    end = path.find(INSIDE)
    while end >= 0:
        if kind_of_container(path[:end]) is not None:
            return path[:end]
        end = path.find(INSIDE, end + 1)
    return path


class LastContainer:
    """The outer file that was read last, with all files inside it.

    The files inside one are usually read one after the other.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._read: SourceContent | None = None
        self._contents: dict[str, bytes] = {}

    def member(
        self, folder: Path, path: str, *, max_file_bytes: int
    ) -> SourceContent | SkippedFile:
        """Return the content of a file inside another one."""
        outer = outer_path(path)
        is_last = self._read is not None and (self._folder, self._read.source) == (
            folder,
            source_now(folder, outer),
        )
        if not is_last:
            self.forget()
            read = read_source(folder, outer, max_file_bytes=max_file_bytes)
            if isinstance(read, SkippedFile):
                return replace(read, path=path)
            members = _members(MembersRequest(outer, read.content))
            self._contents = members.contents
            self._folder, self._read = folder, read._replace(content=b"")
        assert self._read is not None
        return _content_of(path, self._contents.get(path), self._read, max_file_bytes)

    def forget(self) -> None:
        """Let go of the bytes."""
        self._folder, self._read, self._contents = None, None, {}


def read_file(folder: Path, path: str, *, max_file_bytes: int) -> SourceContent | SkippedFile:
    """Return the content of one file below the folder, which may be inside an archive or a mail.

    It is read as `read_source` does. Raises OSError if the process has no file handles or memory
    left.
    """
    outer = outer_path(path)
    read = read_source(folder, outer, max_file_bytes=max_file_bytes)
    if outer == path:
        return read
    if isinstance(read, SkippedFile):
        return replace(read, path=path)
    members = _members(MembersRequest(outer, read.content, only=path))
    return _content_of(path, members.contents.get(path), read, max_file_bytes)


def files_inside(
    folder: Path, outer: SourceFile, *, max_file_bytes: int
) -> list[SourceFile | SkippedFile]:
    """Return the files inside a file in the order of their paths, and those that are skipped.

    An archive is reported as skipped if it is damaged or empty. A mail may have no files in it.
    """
    kind = kind_of_container(outer.path)
    assert kind is not None
    read = read_source(folder, outer.path, max_file_bytes=max_file_bytes)
    if isinstance(read, SkippedFile):
        return [] if kind.is_document else [read]
    members = _members(MembersRequest(outer.path, read.content, with_content=False))
    found: list[SourceFile | SkippedFile] = [*members.skipped]
    for path, size in members.sizes.items():
        inside = replace(read.source, path=path, size_bytes=size)
        found.append(inside if size <= max_file_bytes else _too_large(path, size, max_file_bytes))
    if not kind.is_document and members.refused is not None:
        found.append(members.refused)
    if not kind.is_document and not found:
        found.append(SkippedFile(outer.path, SkipReason.EMPTY, "no file is inside"))
    return sorted(found, key=lambda each: each.path)


def _members(request: MembersRequest) -> Members:
    try:
        return READING.members(request)
    except NotExtracted as refused:
        return Members({}, {}, (), SkippedFile(request.path, refused.reason, refused.detail))


def _content_of(
    path: str, content: bytes | None, outer: SourceContent, max_file_bytes: int
) -> SourceContent | SkippedFile:
    if content is None:
        return SkippedFile(path, SkipReason.UNREADABLE, "it is no longer inside")
    if len(content) > max_file_bytes:
        return _too_large(path, len(content), max_file_bytes)
    source = replace(outer.source, path=path, size_bytes=len(content))
    return SourceContent(source, content, outer.read_ns)


def _too_large(path: str, size_bytes: int, max_file_bytes: int) -> SkippedFile:
    detail = f"{size_bytes:,} bytes, the limit is {max_file_bytes:,}"
    return SkippedFile(path, SkipReason.TOO_LARGE, detail)
