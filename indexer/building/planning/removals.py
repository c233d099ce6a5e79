"""Refuse a build that would remove most of an index by accident.

A disk that is not mounted looks like an empty folder, another disk in its place has another device,
and one that fails has folders that cannot be listed, or files that are suddenly empty. A person who
deletes or moves files leaves none of these signs, except by emptying the whole folder.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from indexer.building.planning.changes import FolderChanges
from indexer.documents import SkippedFile, SkipReason
from indexer.errors import RemovalsRefused

__all__ = ["RemovalGuard", "device_of"]

# A smaller index is soon built again.
FEWEST_DOCUMENTS = 20
# Why a file that is still there can no longer be indexed, other than by somebody's decision.
SPOILED = frozenset(
    [SkipReason.EMPTY, SkipReason.BINARY, SkipReason.UNREADABLE, SkipReason.UNDECODABLE]
)


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

    def require_any_file(self, has_files: bool) -> None:
        """Raise RemovalsRefused if there is no file at all."""
        self._require(int(has_files), None)

    def require_likely(self, changes: FolderChanges, known: Collection[str]) -> None:
        """Raise RemovalsRefused if the walk has lost most documents, by an accident it seems.

        `known` are the paths of the documents.
        """
        if self.device_before not in (None, device_of(self.folder)):
            # Then its new files are no sign that the documents were moved.
            left = self.documents - len(changes.removed)
            self._require(left, f"{str(self.folder)!r} is on another device than before")
        found = changes.unchanged + len(changes.to_read)
        self._require(found, self._accident(changes, changes.skipped, known))

    def require_left(
        self,
        left: int,
        changes: FolderChanges,
        skipped: Sequence[SkippedFile],
        known: Collection[str],
    ) -> None:
        """Raise RemovalsRefused if most documents could not be read, by an accident it seems."""
        self._require(left, self._accident(changes, skipped, known))

    def _require(self, left: int, accident: str | None) -> None:
        fewest = (self.documents + 1) // 2 if self.of_this_folder and accident else 1
        if self.documents < FEWEST_DOCUMENTS or left >= fewest:
            return
        reason = accident if left else f"{str(self.folder)!r} contains no file to index"
        raise RemovalsRefused(
            f"this build would leave {left:,} of {self.documents:,} documents, because {reason}; "
            "restore or mount what is missing, or run reindex.py with --allow-removals"
        )

    def _accident(
        self, changes: FolderChanges, skipped: Sequence[SkippedFile], known: Collection[str]
    ) -> str | None:
        """Return the sign of an accident to most documents, None if there is none."""
        removed = [stored.path for stored in changes.removed]
        unlisted = tuple(each.path for each in skipped if _is_unlisted(each))
        if self._are_most(sum(path.startswith(unlisted) for path in removed)):
            return f"{unlisted[0]!r} in {str(self.folder)!r} cannot be listed"
        emptied = Counter(filter(None, map(self._empty_folder_of, removed)))
        if self._are_most(emptied.total()):
            return f"{emptied.most_common(1)[0][0]!r} in {str(self.folder)!r} is empty"
        spoiled = [each for each in skipped if each.reason in SPOILED and each.path in known]
        if self._are_most(len(spoiled)):
            each = spoiled[0]
            return f"many files can no longer be indexed, such as {each.path!r} ({each.reason})"
        return None

    def _are_most(self, number: int) -> bool:
        return 2 * number > self.documents

    def _empty_folder_of(self, path: str) -> str | None:
        """Return the innermost folder above the path that is still there, if it is empty.

        Hidden files do not count: some people mark the place of a disk with one.
        """
        for above in Path(path).parents[:-1]:
            with suppress(OSError):
                entries = (self.folder / above).iterdir()
                return None if any(each.name[0] != "." for each in entries) else f"{above}/"
        return None


def _is_unlisted(skipped: SkippedFile) -> bool:
    return skipped.reason is SkipReason.UNREADABLE and skipped.path.endswith("/")
