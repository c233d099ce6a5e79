"""Paths -> documents."""

from bisect import bisect_left

from api.contract.errors import DocumentNotFound
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot

__all__ = ["document_at"]


def document_at(snapshot: Snapshot, path: str) -> StoredDocument:
    """Return the document at a path of the folder. Raises DocumentNotFound."""
    entries = snapshot.catalog.entries
    place = bisect_left(entries, path, key=lambda entry: entry.path)
    if place == len(entries) or entries[place].path != path:
        raise DocumentNotFound(f"there is no document at the path {path[:200]!r}")
    document = entries[place].document
    return snapshot.documents([document])[document]
