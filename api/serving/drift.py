"""How the folder differs from the generation that was built from it: found in the background.

The folder is walked as a build walks it, and no file is read. Both sides come sorted by path, so
that neither has to be held in memory.
"""

import heapq
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from api.contract.status import Drift
from indexer.documents import SourceFile
from indexer.errors import SpanlightError
from indexer.index.generation import IndexFolder
from indexer.index.manifest import Manifest
from indexer.index.snapshot import indexed_files
from indexer.reading.sources import walk

__all__ = ["DriftWatch"]

# How often the clock ticks by which kernels stamp files.
CLOCK_TICK_NS = 20_000_000
# After this many files a look pauses, so that searches go first.
FILES_AT_ONCE = 500
PAUSE_S = 0.005
# After a build it is looked again at once, unless looking takes long: no more than this share of
# the time is spent on it.
LARGEST_SHARE = 0.1


class _State(NamedTuple):
    """What a folder is compared with: a generation, and since when it may have unknown files."""

    generation: str
    walked_ns: int


class DriftWatch:
    """The last known drift. A look is taken when someone asks, never two at a time.

    Not more often than the interval says, but for the first look after a build.
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
        """Return what is known of the generation; None before the first look at it has ended.

        Where a look is due it begins; it is waited for no longer than `wait_s`, and only where
        nothing is known.
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
        pause_s = self._interval_s
        if self._known[0] != state:
            pause_s = min(pause_s, self._took_s / LARGEST_SHARE)
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
    added = changed = removed = 0
    with indexed_files(index, manifest) as indexed:
        for number, (file, known) in enumerate(_pairs(found, indexed)):
            if file is None:
                removed += 1
            elif known is None:
                added += arrivals.came_since(file)
            else:
                changed += (file.size_bytes, file.mtime_ns) != (known.size_bytes, known.mtime_ns)
            if number % FILES_AT_ONCE == 0 and stopping.wait(PAUSE_S):
                break
    return _Counts(added, changed, removed)


def _pairs(
    found: Iterable[SourceFile], known: Iterable[SourceFile]
) -> Iterator[tuple[SourceFile | None, SourceFile | None]]:
    """Yield each file as it was found and as it is known, None where it is not."""
    sides = heapq.merge(
        ((file, True) for file in found),
        ((file, False) for file in known),
        key=lambda side: side[0].path,
    )
    for _, same in groupby(sides, key=lambda side: side[0].path):
        pair: dict[bool, SourceFile] = {is_found: file for file, is_found in same}
        yield pair.get(True), pair.get(False)


class _Arrivals:
    """Tells unknown files that came since the folder was walked from those that were left out then.

    What the index left out for its content (binary files, say) is not known to it either. But
    whatever came since has a later time: the file itself where it was written, copied or moved, or
    a folder around it that was moved here as a whole.
    """

    def __init__(self, root: Path, walked_ns: int) -> None:
        self._root = root
        self._since_ns = walked_ns - CLOCK_TICK_NS
        self._moved: dict[str, bool] = {"": False}

    def came_since(self, file: SourceFile) -> bool:
        written = max(file.mtime_ns, file.ctime_ns) >= self._since_ns
        return written or self._was_moved(file.path.rpartition("/")[0])

    def _was_moved(self, folder: str) -> bool:
        found = self._moved.get(folder)
        if found is None:
            parent = folder.rpartition("/")[0]
            found = self._moved[folder] = self._was_moved(parent) or self._came(folder)
        return found

    def _came(self, folder: str) -> bool:
        try:
            status = (self._root / folder).stat(follow_symlinks=False)
        except OSError:
            return False
        # Where something was put into it, both are later, and that has a time of its own.
        return status.st_ctime_ns >= self._since_ns > status.st_mtime_ns
