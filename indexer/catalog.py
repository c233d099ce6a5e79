"""The documents of one generation, in memory: whose rows are whose, which ones a filter keeps.

Rows are numbered as they were stored; ties are decided by (path, start), which is the order of the
documents here and, inside a document, that of its rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Catalog", "CatalogEntry", "Selection"]


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """What is kept in memory of a document. `modified_ns` counts from the epoch."""

    document: int
    path: str
    media_type: str
    modified_ns: int
    first_row: int
    passages: int


class Catalog:
    """The documents of a generation, sorted by path."""

    def __init__(self, entries: Sequence[CatalogEntry]) -> None:
        self.entries = entries
        first_rows = np.array([entry.first_row for entry in entries], np.int64)
        self._by_row = np.argsort(first_rows, kind="stable")
        self._first_rows = first_rows[self._by_row]

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows of all documents, ascending."""
        return Selection(self.entries).rows

    def place_of(self, row: int) -> int:
        """Return the place, in path order, of the document that the row belongs to."""
        return int(self.places_of(np.array([row]))[0])

    def entry_of(self, row: int) -> CatalogEntry:
        return self.entries[self.place_of(row)]

    def orders(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each row a number that ascends with (path, start)."""
        return (self.places_of(rows) << 40) + rows

    def places_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place, in path order, of the document that each row belongs to."""
        places: NDArray[np.int64] = self._by_row[
            np.searchsorted(self._first_rows, rows, side="right") - 1
        ]
        return places

    def where(self, keeps: Callable[[CatalogEntry], bool]) -> "Selection":
        """Return the documents that the predicate keeps."""
        return Selection(self.entries).where(keeps)


class Selection:
    """Some documents of a generation and their rows."""

    def __init__(self, entries: Sequence[CatalogEntry]) -> None:
        self.entries = entries

    def where(self, keeps: Callable[[CatalogEntry], bool]) -> "Selection":
        """Return those of the documents that the predicate keeps."""
        return Selection([entry for entry in self.entries if keeps(entry)])

    @property
    def documents(self) -> list[int]:
        return [entry.document for entry in self.entries]

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows of the documents, ascending."""
        ranges = sorted((entry.first_row, entry.passages) for entry in self.entries)
        return np.concatenate(
            [
                np.empty(0, np.int64),
                *(np.arange(first, first + count, dtype=np.int64) for first, count in ranges),
            ]
        )
