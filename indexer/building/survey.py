"""Find the lines that the files of each folder share, before any file is prepared.

Only samples are examined, and only as far as needed. A folder without changes keeps its lines, and
so does a folder whose sample has not changed. The text of unchanged files comes from the store.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

from indexer.building.preparation import FolderReader, ReadDocument, ToRead, UnchangedFile
from indexer.documents import SkippedFile
from indexer.index.records import StoredDocument
from indexer.index.store.reader import PassageStore
from indexer.splitting.boilerplate import (
    FEWEST_FILES,
    SAMPLE_FILES,
    Boilerplate,
    FolderLines,
    folder_of,
    folders_above,
    lines_of,
    repeated_lines,
    sample_hash,
    sampling_key,
)

__all__ = ["Survey", "survey"]


@dataclass(frozen=True, slots=True)
class Survey:
    """The lines that the folders repeat now, and what the survey found out about the files.

    `outcomes` are the results of files that need not be read again. `again` are the paths of known
    documents with a line that has become repeated or has stopped being so. They must be prepared
    again even if their files have not changed. `contents` are the sha256 of the files still to be
    prepared for which all this is valid.
    """

    boilerplate: Boilerplate
    outcomes: dict[str, UnchangedFile | SkippedFile]
    again: frozenset[str]
    contents: dict[str, str]


def survey(
    reader: FolderReader,
    store: PassageStore,
    files: Sequence[ToRead],
    kept: Mapping[str, StoredDocument],
    removed: Collection[StoredDocument],
    before: Boilerplate,
) -> Survey:
    """Return the lines that the folders repeat now, and the documents that this affects.

    `before` are the lines that were repeated when the known documents were stored. `files` are to
    be read. `kept` are the known documents whose files still exist, whether they are read or not.
    """
    sampler = _Sampler(reader, store, files, kept)
    changed = {
        folder
        for path in chain((file.path for file in files), (stored.path for stored in removed))
        for folder in folders_above(path)
    }
    changed.update(folder for folder, lines in before.folders.items() if not lines.sample)
    folders = {folder: lines for folder, lines in before.folders.items() if folder not in changed}
    for folder, paths in sampler.files_of(changed).items():
        lines = sampler.look_at(folder, paths, before.folders.get(folder))
        if lines is not None:
            folders[folder] = lines
    after = Boilerplate(folders)
    again = _affected(before, after, changed, store, kept)
    unchanged = again - {file.path for file in files}
    return Survey(
        after,
        {path: found for path, found in sampler.outcomes.items() if path not in again},
        again,
        sampler.contents | {path: kept[path].sha256 for path in unchanged},
    )


class _Sampler:
    """Examines the samples of folders, outermost folders first. No file is read twice."""

    def __init__(
        self,
        reader: FolderReader,
        store: PassageStore,
        files: Sequence[ToRead],
        kept: Mapping[str, StoredDocument],
    ) -> None:
        self._reader = reader
        self._store = store
        self._kept = kept
        self._unread = {file.path: file for file in files}
        self._lines: dict[str, frozenset[str]] = {}
        self.outcomes: dict[str, UnchangedFile | SkippedFile] = {}
        self.contents: dict[str, str] = {}

    def files_of(self, folders: Collection[str]) -> dict[str, list[str]]:
        """Return the files below each folder in the order of sampling, outermost folders first."""
        found: dict[str, list[str]] = {folder: [] for folder in sorted(folders)}
        for path in sorted({*self._unread, *self._kept} if found else (), key=sampling_key):
            for folder in folders_above(path):
                if folder in found:
                    found[folder].append(path)
        return found

    def look_at(
        self, folder: str, paths: Sequence[str], before: FolderLines | None
    ) -> FolderLines | None:
        """Return the lines that the folder repeats, or None if it has too few documents."""
        if len(paths) < FEWEST_FILES:
            return None
        # Files in folders that sort before this one are not in any later sample.
        self._lines = {
            path: lines for path, lines in self._lines.items() if folder_of(path) >= folder
        }
        contents = self._sample(paths)
        if len(contents) < FEWEST_FILES:
            return None
        sample = sample_hash(contents)
        if before is not None and before.sample == sample:
            return before
        return FolderLines(sample, repeated_lines([self._lines_of(path) for path in contents]))

    def _sample(self, paths: Sequence[str]) -> dict[str, str]:
        """Return the sha256 of the first files that are documents."""
        contents: dict[str, str] = {}
        for path in paths:
            sha256 = self._content(path)
            if sha256 is not None:
                contents[path] = sha256
                if len(contents) == SAMPLE_FILES:
                    break
        return contents

    def _content(self, path: str) -> str | None:
        """Return the sha256 of the file's content, or None if it is not a document."""
        if path in self._unread:
            self._read(self._unread.pop(path))
        if path in self.contents:
            return self.contents[path]
        return None if path in self.outcomes else self._kept[path].sha256

    def _read(self, file: ToRead) -> None:
        found = self._reader.read(file)
        match found:
            case ReadDocument():
                self.contents[file.path] = found.document.sha256
                self._lines[file.path] = lines_of(found.document.text)
            case UnchangedFile():
                self.contents[file.path] = self._kept[file.path].sha256
                self.outcomes[file.path] = found
            case SkippedFile():
                self.outcomes[file.path] = found

    def _lines_of(self, path: str) -> frozenset[str]:
        if path not in self._lines:
            self._lines[path] = lines_of(self._store.text(self._kept[path]))
        return self._lines[path]


def _affected(
    before: Boilerplate,
    after: Boilerplate,
    changed: Collection[str],
    store: PassageStore,
    kept: Mapping[str, StoredDocument],
) -> frozenset[str]:
    """Return the paths of the documents whose repeated lines have changed."""
    altered = {folder for folder in changed if before.lines(folder) != after.lines(folder)}
    if not altered:
        return frozenset()
    affected: set[str] = set()
    for folder, paths in groupby(sorted(kept), folder_of):
        if altered.isdisjoint(folders_above(folder)):
            continue
        lines = before.lines_around(folder) ^ after.lines_around(folder)
        if lines:
            affected.update(
                path for path in paths if not lines.isdisjoint(lines_of(store.text(kept[path])))
            )
    return frozenset(affected)
