"""The bytes of an indexed file as they are now, and whether they are those that were indexed."""

import hashlib

from api.contract.errors import OriginalChanged
from indexer.documents import SkippedFile, SkipReason
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.reading.containers import outer_path, read_file
from indexer.reading.sources import is_behind_link, left_out

__all__ = ["current_content", "original"]


def current_content(snapshot: Snapshot, stored: StoredDocument) -> bytes | SkippedFile:
    """Return the bytes of a document's file, or why a build would not read it.

    Nothing is read outside the indexed folder or through a symbolic link.
    """
    folder, path = snapshot.folder, stored.path
    if is_behind_link(folder):
        detail = "the indexed folder is now a symbolic link, or is below one"
        return SkippedFile(path, SkipReason.UNREADABLE, detail)
    limit = snapshot.manifest.config.max_file_bytes
    read = left_out(folder, outer_path(path)) or read_file(folder, path, max_file_bytes=limit)
    return read if isinstance(read, SkippedFile) else read.content


def original(snapshot: Snapshot, stored: StoredDocument) -> bytes:
    """Return the bytes that were indexed. Raises OriginalChanged if the file has others now."""
    content = current_content(snapshot, stored)
    if isinstance(content, SkippedFile):
        detail = f": {content.detail}" if content.detail else ""
        raise OriginalChanged(
            f"{stored.path!r} cannot be read any more: {content.reason}{detail}; its indexed text "
            "can still be read"
        )
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise OriginalChanged(
            f"{stored.path!r} has changed since it was indexed; reindex the folder first"
        )
    return content
