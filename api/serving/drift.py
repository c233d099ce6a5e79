"""How the folder differs from the generation built from it, compared in the background.

The folder is walked as for a build, but no file is read. Both lists of files are sorted by path, so
neither has to fit in memory.
"""

import heapq
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

from api.contract.status import Drift
from indexer.documents import SourceFile
from indexer.errors import SpanlightError
from indexer.index.folder import IndexFolder
from indexer.index.manifest import Manifest
from indexer.index.snapshot import indexed_files
from indexer.reading.containers import outer_path
from indexer.reading.extraction.archives.kinds import kind_of_container
from indexer.reading.sources import walk

__all__ = ["DriftWatch"]

# The kernel's clock for file times advances in ticks, which take at most this long.
CLOCK_TICK_NS = 20_000_000
# A comparison pauses after this many files, so that searches go first.
FILES_AT_ONCE = 500
PAUSE_S = 0.005
# Comparing with the same state takes up at most this share of the time, because a monitor asks all
# the time. The first comparison after a build starts at once, unless it would exceed this share.
LARGEST_SHARE = 0.1


class _State(NamedTuple):
    """What a folder is compared with: a generation, and when the folder was walked for it."""

    generation: str
    walked_ns: int


class DriftWatch:
    """The last known drift. Comparisons start when someone asks for it, one at a time.

    Apart from the first one after a build, they start at most once in each interval, and less often
    if comparing takes long.
    """

    def __init__(self, index: IndexFolder, interval_s: float) -> None:
        self._index = index
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._known: tuple[_State, Drift] | None = None
        self._looking: threading.Thread | None = None
        self._ended_s = 0.0
        self._took_s = 0.0
        self._stopping = threading.Event()

    def drift_of(self, manifest: Manifest, *, wait_s: float = 0.0) -> Drift | None:
        """Return the drift of the generation; None before its first comparison has ended.

        Starts a comparison if one is due. If no drift is known, waits for up to `wait_s`.
        """
        state = _State(manifest.generation, self._index.walked_ns(manifest))
        with self._lock:
            if self._is_due(state):
                self._looking = threading.Thread(
                    target=self._look, args=[state, manifest], name="drift", daemon=True
                )
                self._looking.start()
            looking, known = self._looking, self._known_of(state)
        if known is None and looking is not None and wait_s:
            looking.join(wait_s)
            known = self._known_of(state)
        return known

    def walked_s(self, manifest: Manifest) -> float:
        """Return when the folder was last walked by a successful build, in epoch seconds."""
        return self._index.walked_ns(manifest) / 1e9

    def stop(self) -> None:
        self._stopping.set()
        if self._looking is not None:
            self._looking.join()

    def _known_of(self, state: _State) -> Drift | None:
        known = self._known
        return known[1] if known is not None and known[0] == state else None

    def _is_due(self, state: _State) -> bool:
        if self._looking is not None and self._looking.is_alive():
            return False
        if self._known is None:
            return True
        pause_s = self._took_s / LARGEST_SHARE
        is_same = self._known[0] == state
        pause_s = (max if is_same else min)(pause_s, self._interval_s)
        return time.monotonic() - self._ended_s >= pause_s

    def _look(self, state: _State, manifest: Manifest) -> None:
        started_s, checked = time.monotonic(), datetime.now(UTC)
        try:
            counts = _compare(self._index, manifest, state.walked_ns, self._stopping)
            drift = Drift(checked=checked, **counts._asdict())
        except (SpanlightError, OSError) as error:
            drift = Drift(checked=checked, problem=str(error))
        self._ended_s = time.monotonic()
        self._took_s = self._ended_s - started_s
        self._known = state, drift


class _Counts(NamedTuple):
    added: int
    changed: int
    removed: int


def _compare(
    index: IndexFolder, manifest: Manifest, walked_ns: int, stopping: threading.Event
) -> _Counts:
    """Return the differences. Raises FolderNotFound, IndexDamaged or StorageError."""
    root = Path(manifest.folder)
    entries = walk(root, exclude=[index.path], max_file_bytes=manifest.config.max_file_bytes)
    found = (each for each in entries if isinstance(each, SourceFile))
    arrivals = _Arrivals(root, walked_ns)
    archives = _Archives()
    added = changed = removed = 0
    with indexed_files(index, manifest) as indexed:
        files = _pairs(archives.apart_from_found(found), archives.apart_from_known(indexed))
        for number, (file, known) in enumerate(chain(files, archives.pairs())):
            if file is None:
                removed += 1
            elif known is None:
                added += arrivals.came_since(file)
            else:
                changed += (file.size_bytes, file.mtime_ns) != (known.size_bytes, known.mtime_ns)
            if number % FILES_AT_ONCE == 0 and stopping.wait(PAUSE_S):
                break
    return _Counts(added, changed, removed)


class _Archives:
    """Archives on disk, and those that the index knows: it has only the files inside them."""

    def __init__(self) -> None:
        self._found: dict[str, SourceFile] = {}
        self._known: dict[str, SourceFile] = {}

    def apart_from_found(self, files: Iterable[SourceFile]) -> Iterator[SourceFile]:
        """Yield the files that are not archives, and keep the archives."""
        for file in files:
            kind = kind_of_container(file.path)
            if kind is None or kind.is_document:
                yield file
            else:
                self._found[file.path] = file

    def apart_from_known(self, files: Iterable[SourceFile]) -> Iterator[SourceFile]:
        """Yield the files that are not inside another one, and keep the archives of the others."""
        for file in files:
            outer = outer_path(file.path)
            kind = kind_of_container(outer)
            if outer == file.path:
                yield file
            elif kind is not None and not kind.is_document:
                self._known[outer] = file

    def pairs(self) -> Iterator[tuple[SourceFile | None, SourceFile | None]]:
        """Yield each archive as found on disk and as known, once both sides have been passed.

        The index knows the time of an archive, but not its size.
        """
        for path in self._found | self._known:
            found, known = self._found.get(path), self._known.get(path)
            if found is not None and known is not None:
                known = replace(known, size_bytes=found.size_bytes)
            yield found, known


def _pairs(
    found: Iterable[SourceFile], known: Iterable[SourceFile]
) -> Iterator[tuple[SourceFile | None, SourceFile | None]]:
    """Yield each file as found on disk and as known to the index; None for a missing side."""
    sides = heapq.merge(
        ((file, True) for file in found),
        ((file, False) for file in known),
        key=lambda side: side[0].path,
    )
    for _, same in groupby(sides, key=lambda side: side[0].path):
        pair: dict[bool, SourceFile] = {is_found: file for file, is_found in same}
        yield pair.get(True), pair.get(False)


class _Arrivals:
    """Distinguishes new files from files that the index left out.

    Both are unknown to the index, which also leaves out files for their content, such as binary
    files. But something new has a later time than the walk of the folder: either the file itself,
    which was written, copied or moved, or a parent folder that was moved here as a whole.
    """

    def __init__(self, root: Path, walked_ns: int) -> None:
        self._root = root
        self._since_ns = walked_ns - CLOCK_TICK_NS
        # A file may have been given any later time long ago.
        self._now_ns = time.time_ns() + CLOCK_TICK_NS
        self._moved: dict[str, bool] = {"": False}

    def came_since(self, file: SourceFile) -> bool:
        written = file.ctime_ns >= self._since_ns or self._since_ns <= file.mtime_ns <= self._now_ns
        return written or self._was_moved(file.path.rpartition("/")[0])

    def _was_moved(self, folder: str) -> bool:
        """Return whether the folder or one above it was moved here."""
        above = []
        while (moved := self._moved.get(folder)) is None:
            above.append(folder)
            folder = folder.rpartition("/")[0]
        for each in reversed(above):
            moved = self._moved[each] = moved or self._came(each)
        return moved

    def _came(self, folder: str) -> bool:
        try:
            status = (self._root / folder).stat(follow_symlinks=False)
        except OSError:
            return False
        # If only its content changed, both times are later, and the new content has its own times.
        return status.st_ctime_ns >= self._since_ns > status.st_mtime_ns
