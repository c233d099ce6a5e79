"""Refuse a build that would leave less than half of an index, probably by accident.

A disk that is not mounted looks like an empty folder, another disk in its place has another device,
and one that fails has folders that cannot be listed, or files that are suddenly empty. Nobody can
tell all of these from a deletion on purpose, so the number alone decides. Files that were moved
count as there.
"""

from dataclasses import dataclass
from pathlib import Path

from indexer.building.changes import FolderChanges
from indexer.documents import SkippedFile, SkipReason
from indexer.errors import RemovalsRefused

__all__ = ["RemovalGuard", "device_of"]

# A smaller index is soon built again.
FEWEST_DOCUMENTS = 20


def device_of(folder: Path) -> int | None:
    """Return the number of the device that the folder is on; None if it is gone."""
    try:
        return folder.stat().st_dev
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class RemovalGuard:
    """Compares what a build would leave with what the index has.

    `documents` is their number before the build, 0 if all of them may be removed. If they are of
    another folder, only a folder without any file is refused. `device_before` is the device of the
    folder when it was last walked, if known.
    """

    folder: Path
    documents: int
    of_this_folder: bool = True
    device_before: int | None = None

    def require_files(self, files: int) -> None:
        """Raise RemovalsRefused if so few files cannot replace the documents."""
        self._require(files, "many files are missing")

    def require_likely(self, changes: FolderChanges) -> None:
        """Raise RemovalsRefused if the walk has found too few files."""
        on_other_device = self.device_before not in (None, device_of(self.folder))
        if on_other_device:
            # Then its new files are no sign that the documents were moved.
            left = self.documents - len(changes.removed)
            self._require(left, f"{str(self.folder)!r} is on another device than before")
        self._require(changes.unchanged + len(changes.to_read), self._loss(changes))

    def require_left(self, left: int, changes: FolderChanges) -> None:
        """Raise RemovalsRefused if too few of the files could be read."""
        self._require(left, self._loss(changes))

    def _require(self, left: int, reason: str) -> None:
        fewest = (self.documents + 1) // 2 if self.of_this_folder else 1
        if self.documents < FEWEST_DOCUMENTS or left >= fewest:
            return
        if not left:
            reason = f"{str(self.folder)!r} contains no file to index"
        raise RemovalsRefused(
            f"this build would leave {left:,} of {self.documents:,} documents, because {reason}; "
            "restore or mount what is missing, or run reindex.py with --allow-removals"
        )

    def _loss(self, changes: FolderChanges) -> str:
        """Return what has happened to the documents."""
        unlisted = tuple(each.path for each in changes.skipped if _is_unlisted(each))
        lost = sum(stored.path.startswith(unlisted) for stored in changes.removed)
        if 2 * lost > self.documents:
            return f"{unlisted[0]!r} in {str(self.folder)!r} cannot be listed"
        such = f", such as {changes.removed[0].path!r}," if changes.removed else ""
        return f"many files{such} are missing or can no longer be indexed"


def _is_unlisted(skipped: SkippedFile) -> bool:
    return skipped.reason is SkipReason.UNREADABLE and skipped.path.endswith("/")
