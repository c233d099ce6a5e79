"""Refuse a build that would remove most of an index by accident: its folder is not there as before.

A disk that is not mounted looks like an empty folder, another disk in its place has another device,
and one that fails has folders that cannot be listed.
"""

from collections.abc import Iterable
from pathlib import Path

from indexer.building.changes import FolderChanges
from indexer.documents import SkippedFile, SkipReason, SourceFile
from indexer.errors import RemovalsRefused

__all__ = ["device_of", "require_files", "require_likely_removals"]

# A smaller index is soon built again.
FEWEST_DOCUMENTS = 20


def device_of(folder: Path) -> int | None:
    """Return the number of the device that the folder is on; None if it is gone."""
    try:
        return folder.stat().st_dev
    except OSError:
        return None


def require_files(
    folder: Path, entries: Iterable[SourceFile | SkippedFile], documents: int
) -> None:
    """Raise RemovalsRefused if an index with this many documents would be left without any."""
    if documents >= FEWEST_DOCUMENTS and not any(isinstance(each, SourceFile) for each in entries):
        raise _refusal(documents, documents, _nothing_in(folder))


def require_likely_removals(
    folder: Path, changes: FolderChanges, documents: int, *, device_before: int | None
) -> None:
    """Raise RemovalsRefused if most of the documents would be removed, probably by accident.

    `documents` is their number before the build, and `device_before` the device of the folder, if
    known.
    """
    removed = len(changes.removed)
    if documents < FEWEST_DOCUMENTS or 2 * removed <= documents:
        return
    if reason := _accident(folder, changes, documents, device_before):
        raise _refusal(removed, documents, reason)


def _refusal(removed: int, documents: int, reason: str) -> RemovalsRefused:
    return RemovalsRefused(
        f"this build would remove {removed:,} of {documents:,} documents, because {reason}; "
        "restore or mount the folder, or run reindex.py with --allow-removals"
    )


def _accident(
    folder: Path, changes: FolderChanges, documents: int, device_before: int | None
) -> str | None:
    """Return what probably happened to the folder, or None if it looks as before."""
    if not (changes.to_read or changes.unchanged):
        return _nothing_in(folder)
    if device_before not in (None, device_of(folder)):
        return f"{str(folder)!r} is on another device than before"
    unlisted = _unlisted(changes)
    lost = sum(stored.path.startswith(unlisted) for stored in changes.removed)
    if 2 * lost > documents:
        return f"{unlisted[0]!r} in {str(folder)!r} cannot be listed"
    return None


def _nothing_in(folder: Path) -> str:
    return f"{str(folder)!r} contains no file to index"


def _unlisted(changes: FolderChanges) -> tuple[str, ...]:
    return tuple(
        skipped.path
        for skipped in changes.skipped
        if skipped.reason is SkipReason.UNREADABLE and skipped.path.endswith("/")
    )
