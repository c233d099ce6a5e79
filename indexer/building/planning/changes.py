"""The differences between a folder and the generation that was built from it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from indexer.documents import SkippedFile, SourceFile
from indexer.index.records import StoredDocument
from indexer.reading.formats.description import SIDECAR

__all__ = ["FolderChanges", "compare", "is_the_file_read"]

# A file written within this time before it was read may have changed again with the same mtime.
CLOCK_TICK_NS = 2_000_000_000


@dataclass(slots=True)
class FolderChanges:
    """The files of a folder, sorted out by their directory entries.

    `to_read` are new files and those that may have changed, in path order. `described_anew` are
    the paths of those that are to be read even if their own bytes are the same, because a file
    beside them that describes them may have changed.
    """

    to_read: list[SourceFile] = field(default_factory=list)
    unchanged: int = 0
    removed: list[StoredDocument] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    described_anew: set[str] = field(default_factory=set)


def compare(
    entries: Iterable[SourceFile | SkippedFile],
    known: Mapping[str, StoredDocument],
    *,
    refused: Mapping[str, SkippedFile],
    outdated: Callable[[StoredDocument | SkippedFile], bool],
    now_ns: int,
) -> FolderChanges:
    """Return the changes since the known documents.

    `refused` are files whose readers could do nothing with them. `outdated` says what is to be read
    again, whether its file has changed or not.
    """
    changes = FolderChanges()
    present = set()
    for entry in entries:
        if isinstance(entry, SkippedFile):
            changes.skipped.append(entry)
            continue
        present.add(entry.path)
        stored = known.get(entry.path) or refused.get(entry.path)
        if not stored or not is_the_file_read(stored, entry, now_ns) or outdated(stored):
            changes.to_read.append(entry)
        elif isinstance(stored, SkippedFile):
            changes.skipped.append(stored)
        else:
            changes.unchanged += 1
    changes.removed = [stored for path, stored in known.items() if path not in present]
    _read_what_is_described_anew(changes, known, present)
    return changes


def _read_what_is_described_anew(
    changes: FolderChanges, known: Mapping[str, StoredDocument], present: Collection[str]
) -> None:
    to_read = {source.path for source in changes.to_read}
    touched = to_read.union(stored.path for stored in changes.removed)
    described = {path.removesuffix(SIDECAR) for path in touched if path.endswith(SIDECAR)}
    changes.described_anew = {path for path in described if path in known and path in present}
    unread = changes.described_anew - to_read
    changes.to_read += [known[path].source for path in unread]
    changes.to_read.sort(key=lambda source: source.path)
    changes.unchanged -= len(unread)


def is_the_file_read(stored: StoredDocument | SkippedFile, entry: SourceFile, now_ns: int) -> bool:
    """Return whether the file is certainly the one that was read.

    If the clock was set back since then, a later change may have the same time, so the answer is
    no.
    """
    return stored.source == entry and entry.mtime_ns + CLOCK_TICK_NS < stored.read_ns <= now_ns
