"""Arrays in files: written before their length is known, memory-mapped, and chained."""

import math
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import read_array_header_1_0, read_magic, write_array_header_1_0
from numpy.typing import NDArray

__all__ = ["ArrayFile", "ChainedArrays", "MappedArray"]


class ArrayFile:
    """Writes an array in numpy's format whose length is known only at the end."""

    def __init__(self, path: Path, dtype: type[np.generic], width: int | None = None) -> None:
        self._dtype = np.dtype(dtype)
        self._tail = () if width is None else (width,)
        self._length = 0
        self._file = path.open("wb")
        self._write_header()

    def write(self, values: NDArray[Any]) -> None:
        self._file.write(values.tobytes())
        self._length += len(values)

    def close(self) -> None:
        with self._file:
            # The header has room for any length.
            self._file.seek(0)
            self._write_header()

    def _write_header(self) -> None:
        write_array_header_1_0(
            self._file,
            {
                "descr": self._dtype.str,
                "fortran_order": False,
                "shape": (self._length, *self._tail),
            },
        )


class MappedArray:
    """An array in a file, read on demand."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            read_magic(file)
            shape, _, dtype = read_array_header_1_0(file)
            offset = file.tell()
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        count = math.prod(shape)
        found = np.frombuffer(self._map, dtype, count, offset) if count else np.empty(0, dtype)
        self.array: NDArray[Any] = found.reshape(shape)

    def release(self) -> None:
        self._map.madvise(mmap.MADV_DONTNEED)


class ChainedArrays:
    """Several arrays as one, without copying them."""

    def __init__(self, arrays: Sequence[NDArray[Any]], width: int) -> None:
        self._arrays = arrays or [np.empty((0, width) if width else 0)]
        self._ends = np.cumsum([len(each) for each in self._arrays])

    def take(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        first = self._arrays[0]
        if len(self._arrays) == 1:
            return first[numbers]
        taken = np.empty((len(numbers), *first.shape[1:]), first.dtype)
        which = np.searchsorted(self._ends, numbers, side="right")
        for place in np.unique(which):
            there = which == place
            before = self._ends[place - 1] if place else 0
            taken[there] = self._arrays[place][numbers[there] - before]
        return taken
