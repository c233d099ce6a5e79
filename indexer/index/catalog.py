"""The documents of one generation, in memory: which rows they have, and which a filter keeps.

Rows are numbered in the order in which they were stored. Ties are decided by (path, start), which
is the order of the documents here and of the rows inside a document.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from posixpath import dirname
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.documents import calendar_us, moment_us
from indexer.index.records import StoredDocument

__all__ = ["UNKNOWN_US", "Catalog", "CatalogEntry", "Selection"]

UNKNOWN_US = -(2**63)
"""Is before every time."""


class CatalogEntry(NamedTuple):
    """The fields of a document that are kept in memory.

    Times count from the epoch, `length` is in code points.
    """

    document: int
    path: str
    media_type: str
    modified_us: int
    first_row: int
    passages: int
    length: int
    author: str | None = None
    published_us: int | None = None

    @classmethod
    def of(cls, stored: StoredDocument) -> "CatalogEntry":
        return cls(
            document=stored.document,
            path=stored.path,
            media_type=stored.media_type,
            modified_us=calendar_us(stored.mtime_ns),
            first_row=stored.first_row,
            passages=stored.passages,
            length=stored.length,
            author=stored.author,
            published_us=moment_us(stored.published) if stored.published else None,
        )


class Catalog:
    """The documents of a generation, sorted by path.

    The values that filters test are arrays, in the order of `entries`, because a loop over the
    documents of a large folder would take longer than the search.
    """

    def __init__(self, entries: Sequence[CatalogEntry]) -> None:
        self.entries = entries
        first_rows = np.array([entry.first_row for entry in entries], np.int64)
        passages = np.array([entry.passages for entry in entries], np.int64)
        self._by_row = np.argsort(first_rows, kind="stable")
        self._first_rows = first_rows[self._by_row]
        self._passages = passages[self._by_row]

    @classmethod
    def of(cls, documents: Iterable[StoredDocument]) -> "Catalog":
        return cls([CatalogEntry.of(stored) for stored in documents])

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def documents(self) -> NDArray[np.int64]:
        """The key of each document."""
        return np.array([entry.document for entry in self.entries], np.int64)

    @cached_property
    def modified_us(self) -> NDArray[np.int64]:
        return np.array([entry.modified_us for entry in self.entries], np.int64)

    @cached_property
    def published_us(self) -> NDArray[np.int64]:
        """When each document was published, and UNKNOWN_US where it does not say so."""
        return np.array(
            [
                UNKNOWN_US if entry.published_us is None else entry.published_us
                for entry in self.entries
            ],
            np.int64,
        )

    @cached_property
    def authors(self) -> dict[str | None, int]:
        """Every author with a number; None is the one of documents without an author."""
        found = dict.fromkeys(entry.author for entry in self.entries)
        return {author: number for number, author in enumerate(found)}

    @cached_property
    def author_of(self) -> NDArray[np.int64]:
        """The number of the author of each document."""
        authors = self.authors
        return np.array([authors[entry.author] for entry in self.entries], np.int64)

    @cached_property
    def folders(self) -> dict[str, int]:
        """Every folder with its number. `""` is the top; each folder follows the one above it."""
        found = {"": 0}
        for folder in dict.fromkeys(dirname(entry.path) for entry in self.entries):
            new = []
            while folder not in found:
                new.append(folder)
                folder = dirname(folder)
            for each in reversed(new):
                found[each] = len(found)
        return found

    @cached_property
    def folder_of(self) -> NDArray[np.int64]:
        """The number of the folder of each document."""
        folders = self.folders
        return np.array([folders[dirname(entry.path)] for entry in self.entries], np.int64)

    @cached_property
    def media_types(self) -> dict[str, int]:
        """Every media type with its number."""
        found = dict.fromkeys(entry.media_type for entry in self.entries)
        return {media_type: number for number, media_type in enumerate(found)}

    @cached_property
    def media_type_of(self) -> NDArray[np.int64]:
        """The number of the media type of each document."""
        media_types = self.media_types
        return np.array([media_types[entry.media_type] for entry in self.entries], np.int64)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows of all documents, ascending."""
        return self.rows_of(np.ones(len(self), np.bool_))

    def rows_of(self, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the rows of the documents that are kept, ascending."""
        kept_by_row = kept[self._by_row]
        first_rows, passages = self._first_rows[kept_by_row], self._passages[kept_by_row]
        starts = np.cumsum(passages) - passages
        rows: NDArray[np.int64] = np.arange(passages.sum()) + np.repeat(
            first_rows - starts, passages
        )
        return rows

    def entries_of(self, rows: Sequence[int]) -> list[CatalogEntry]:
        """Return the document of each row."""
        places = self.places_of(np.array(rows, np.int64)).tolist()
        return [self.entries[place] for place in places]

    def orders(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return a number for each row that ascends with (path, start)."""
        return (self.places_of(rows) << 40) + rows

    def places_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the position, in path order, of the document of each row."""
        places: NDArray[np.int64] = self._by_row[
            np.searchsorted(self._first_rows, rows, side="right") - 1
        ]
        return places


class Selection:
    """Some documents of a catalog and their rows. `kept` says which documents they are."""

    def __init__(self, catalog: Catalog, kept: NDArray[np.bool_]) -> None:
        self._catalog = catalog
        self._kept = kept

    @property
    def documents(self) -> list[int]:
        """The keys of the documents, by path."""
        documents: list[int] = self._catalog.documents[self._kept].tolist()
        return documents

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows of the documents, ascending."""
        return self._catalog.rows_of(self._kept)
