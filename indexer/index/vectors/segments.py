"""The stored vectors of a generation, in immutable segments. Writer and reader are neighbours.

A segment is a folder. The names of segments are numbers, in the order of writing. A build writes
new vectors into a new segment. Existing segments are linked into the next generation unchanged,
including their removed passages, so that a build writes about as much as has changed. To keep
segments few, small ones and those with half of their passages removed are merged into the new one.
The number of a removed row may be used again: if two segments have a row, the newer one counts.

pending.npy, next to the segments, lists the rows that have no vectors yet, ascending.
Files of a segment, all in the order of its rows, which ascend:
rows.npy            int64 (n,)
passages.npy        float16 (n, d), unit vectors
window_starts.npy   int64 (n + 1,): passage i has windows [starts[i], starts[i + 1])
windows.npy         int8 (m, d), and window_scales.npy float32 (m,): vector = int8 * scale
"""

import os
from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from indexer.errors import IndexDamaged
from indexer.index.vectors.arrays import ArrayFile, ChainedArrays, MappedArray
from indexer.index.vectors.encoding import EncodedEmbedding, decode_embedding

__all__ = ["StoredVectors", "write_segments"]

# A segment is kept while it has at least this many times the passages of the new one. So a hundred
# builds that add equal numbers leave only seven segments.
SMALLEST_KEPT = 2
PENDING_NAME = "pending.npy"
# The number of passages copied at once.
COPIED_PASSAGES = 4_096

Numbers = NDArray[np.int64]


class _Segment:
    """One segment, open for reading."""

    def __init__(self, directory: Path, dimension: int) -> None:
        self.directory = directory
        self.rows: Numbers = np.load(directory / "rows.npy")
        self.window_starts: Numbers = np.load(directory / "window_starts.npy")
        names = ("passages.npy", "windows.npy", "window_scales.npy")
        self._mapped = [MappedArray(directory / name) for name in names]
        self.passages, self.windows, self.window_scales = (each.array for each in self._mapped)
        passages, windows = len(self.rows), int(self.window_starts[-1])
        found = (
            *(self.passages.shape, self.window_starts.shape),
            *(self.windows.shape, self.window_scales.shape),
        )
        expected = ((passages, dimension), (passages + 1,), (windows, dimension), (windows,))
        if found != expected:
            raise IndexDamaged.with_remedy(
                f"{directory}: the files do not match each other: {found}, expected {expected}"
            )

    def release(self) -> None:
        for each in self._mapped:
            each.release()


class StoredVectors:
    """Reads the segments of a generation. `rows` are the rows of the generation, ascending.

    `held` are the rows that have vectors, and `pending` the others; both ascend. Internally, a
    passage or a window is numbered by its position in all segments, one after the other. Rows
    without vectors have no number. The vectors are memory-mapped, not loaded.
    """

    def __init__(self, directory: Path, rows: Numbers, dimension: int) -> None:
        paths = sorted(path for path in directory.iterdir() if path.name.isdecimal())
        self.segments = [_Segment(path, dimension) for path in paths]
        self.rows = rows
        self.dimension = dimension
        self._passages = ChainedArrays([each.passages for each in self.segments], dimension)
        self._windows = ChainedArrays([each.windows for each in self.segments], dimension)
        self._scales = ChainedArrays([each.window_scales for each in self.segments], 0)
        counts = [np.diff(each.window_starts) for each in self.segments]
        ends = np.cumsum(np.concatenate([np.empty(0, np.int64), *counts]))
        self._window_starts: Numbers = np.concatenate([[0], ends])
        self.pending: Numbers = np.load(directory / PENDING_NAME)
        self._numbers = self._numbers_of_all()
        self.held = self.rows[self._numbers >= 0]

    def _numbers_of_all(self) -> Numbers:
        """Return the number of each row of the generation, -1 if it has none."""
        numbers = np.full(len(self.rows), -1, np.int64)
        first = 0
        for segment in self.segments:
            there = _places(self.rows, segment.rows)
            live = np.flatnonzero(there >= 0)
            numbers[there[live]] = first + live
            first += len(segment.rows)
        there = _places(self.rows, self.pending)
        numbers[there[there >= 0]] = -1
        return numbers

    def release(self) -> None:
        """Release the memory of vectors read so far, so that reading all does not keep all."""
        for segment in self.segments:
            segment.release()

    def numbers(self, rows: Numbers) -> Numbers:
        """Return the numbers of some rows, -1 for rows that have none here."""
        places = _places(self.rows, rows)
        return np.where(places >= 0, self._numbers[places], -1) if len(self.rows) else places

    def segments_of(self, numbers: Numbers) -> Numbers:
        """Return the segment of each number, counted from 0; -1 for -1."""
        ends = np.cumsum([len(segment.rows) for segment in self.segments])
        return np.where(numbers >= 0, np.searchsorted(ends, numbers, side="right"), -1)

    def passages(self, numbers: Numbers) -> NDArray[np.float16]:
        """Return the vectors of the passages, zeros if the number is -1."""
        there = numbers >= 0
        if there.all():
            return self._passages.take(numbers)
        vectors = np.zeros((len(numbers), self.dimension), np.float16)
        vectors[there] = self._passages.take(numbers[there])
        return vectors

    def window_counts(self, numbers: Numbers) -> Numbers:
        """Return how many windows each of the passages has, 0 if the number is -1."""
        counts = self._window_starts[numbers + 1] - self._window_starts[numbers]
        return np.where(numbers >= 0, counts, 0)

    def windows(self, numbers: Numbers) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Return the windows of the passages, one passage after the other, and their scales."""
        counts = self.window_counts(numbers)
        starts = np.cumsum(counts) - counts
        firsts = self._window_starts[numbers]
        which = np.arange(counts.sum()) + np.repeat(firsts - starts, counts)
        return self._windows.take(which), self._scales.take(which)

    def embedding(self, row: int) -> EncodedEmbedding | None:
        """Return the stored embedding of one passage, or None."""
        numbers = self.numbers(np.array([row]))
        if numbers[0] < 0:
            return None
        windows, scales = self.windows(numbers)
        return EncodedEmbedding(self.passages(numbers)[0], windows, scales)


def write_segments(
    directory: Path,
    rows: Numbers,
    dimension: int,
    embeddings: Iterator[bytes | None],
    previous: StoredVectors | None,
) -> None:
    """Write or link the segments of the rows, which ascend.

    `embeddings` yields the embeddings of the rows that `previous` lacks, in order. A row whose
    embedding is None is pending.
    """
    directory.mkdir(parents=True, exist_ok=True)
    numbers = np.full(len(rows), -1) if previous is None else previous.numbers(rows)
    kept = _kept_segments(numbers, previous)
    linked = 0
    for segment, whole in zip(previous.segments if previous else [], kept, strict=True):
        if whole:
            _link(segment, directory / f"{linked:04d}")
            linked += 1
    to_write = numbers < 0
    if previous is not None:
        to_write |= ~np.array([*kept, False])[previous.segments_of(numbers)]
    pending = []
    if to_write.any():
        with _SegmentWriter(directory / f"{linked:04d}", dimension) as writer:
            pending = _write_rows(writer, rows[to_write], numbers[to_write], embeddings, previous)
    np.save(directory / PENDING_NAME, np.array(pending, np.int64))


def _kept_segments(numbers: Numbers, previous: StoredVectors | None) -> list[bool]:
    """Return for each segment whether it is kept. The others are merged into the new one."""
    if previous is None:
        return []
    to_write = np.count_nonzero(numbers < 0)
    live = np.bincount(
        previous.segments_of(numbers[numbers >= 0]), minlength=len(previous.segments)
    )
    kept = []
    for segment, count in zip(reversed(previous.segments), reversed(live.tolist()), strict=True):
        kept.append(2 * count > len(segment.rows) and count >= SMALLEST_KEPT * to_write)
        if not kept[-1]:
            to_write += count
    return kept[::-1]


def _link(segment: _Segment, target: Path) -> None:
    target.mkdir()
    for path in segment.directory.iterdir():
        os.link(path, target / path.name)


def _write_rows(
    writer: "_SegmentWriter",
    rows: Numbers,
    numbers: Numbers,
    embeddings: Iterator[bytes | None],
    previous: StoredVectors | None,
) -> list[int]:
    """Copy the rows that have a number, in runs, and write the embeddings of the others.

    Returns the rows that have no embedding yet.
    """
    pending = []
    known = numbers >= 0
    breaks = np.flatnonzero(known[1:] != known[:-1]) + 1
    for run in np.split(np.arange(len(rows)), breaks):
        if known[run[0]]:
            assert previous is not None
            for start in range(0, len(run), COPIED_PASSAGES):
                some = run[start : start + COPIED_PASSAGES]
                writer.copy(rows[some], numbers[some], previous)
                previous.release()
        else:
            for row in rows[run].tolist():
                encoded = next(embeddings)
                if encoded is None:
                    pending.append(row)
                else:
                    writer.add(row, encoded)
    return pending


class _SegmentWriter:
    """Writes one segment, passage by passage, in ascending order of rows."""

    def __init__(self, directory: Path, dimension: int) -> None:
        directory.mkdir()
        self._directory = directory
        self._dimension = dimension
        self._rows = array("q")
        self._window_counts = array("q")
        self._passages = ArrayFile(directory / "passages.npy", np.float16, dimension)
        self._windows = ArrayFile(directory / "windows.npy", np.int8, dimension)
        self._scales = ArrayFile(directory / "window_scales.npy", np.float32)

    def __enter__(self) -> "_SegmentWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with ExitStack() as files:
            for file in (self._passages, self._windows, self._scales):
                files.callback(file.close)
        if kind is None:
            np.save(self._directory / "rows.npy", np.frombuffer(self._rows, np.int64))
            ends = np.cumsum(np.frombuffer(self._window_counts, np.int64))
            np.save(self._directory / "window_starts.npy", np.concatenate([[0], ends]))

    def add(self, row: int, encoded: bytes) -> None:
        embedding = decode_embedding(encoded, self._dimension)
        self._rows.append(row)
        self._window_counts.append(len(embedding.windows))
        self._passages.write(embedding.passage[None])
        self._windows.write(embedding.windows)
        self._scales.write(embedding.scales)

    def copy(self, rows: Numbers, numbers: Numbers, previous: StoredVectors) -> None:
        self._rows.extend(rows.tolist())
        self._window_counts.extend(previous.window_counts(numbers).tolist())
        self._passages.write(previous.passages(numbers))
        windows, scales = previous.windows(numbers)
        self._windows.write(windows)
        self._scales.write(scales)


def _places(rows: Numbers, wanted: Numbers) -> Numbers:
    """Return the positions of the wanted rows in `rows`, which ascend; -1 for missing ones."""
    places = np.searchsorted(rows, wanted)
    found = places < len(rows)
    found[found] = rows[places[found]] == wanted[found]
    return np.where(found, places, -1)
