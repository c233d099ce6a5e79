"""A query that is the name of a file -> the passages of that file."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from api.query.query import Query
from indexer.index.analysis.normal_form import composed
from indexer.index.catalog import Selection
from indexer.index.clauses import Occur
from indexer.index.snapshot import Snapshot

__all__ = ["NamedFiles"]

# A name that more files have distinguishes none of them.
MOST_FILES = 20


class NamedFiles:
    """Finds files by their whole names: path, or name, with or without the suffix.

    Capitals make no difference.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._catalog = snapshot.catalog

    def find(self, query: Query, selection: Selection | None) -> tuple[range, ...]:
        """Return the rows of each file that has the query as its name and is selected."""
        if any(clause.occur is Occur.MUST_NOT for clause in query.clauses):
            return ()
        texts = {_folded(text) for text in (query.text, query.embedding_text)}
        found = {place for text in texts for place in self._places(text)}
        if len(found) > MOST_FILES:
            return ()
        kept = None if selection is None else set(selection.documents)
        entries = [self._catalog.entries[place] for place in sorted(found)]
        return tuple(
            range(entry.first_row, entry.first_row + entry.passages)
            for entry in entries
            if entry.passages and (kept is None or entry.document in kept)
        )

    def _places(self, text: str) -> list[int]:
        """Return the places in the catalog of the files with this name."""
        name = _name(text)
        likely = np.isin(self._stems, [hash(name), hash(_without_suffix(name))])
        return [
            place
            for place in np.flatnonzero(likely).tolist()
            if _is_named(_folded(self._catalog.entries[place].path), text)
        ]

    @cached_property
    def _stems(self) -> NDArray[np.int64]:
        """A number for the stem of each file. Few stems share one."""
        paths = [_folded(entry.path) for entry in self._catalog.entries]
        return np.array([hash(_without_suffix(_name(path))) for path in paths], np.int64)


def _folded(text: str) -> str:
    return composed(text.strip()).casefold()


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _without_suffix(path: str) -> str:
    stem, dot, suffix = path.rpartition(".")
    is_suffix = dot and "/" not in suffix and _name(stem)
    return stem if is_suffix else path


def _is_named(path: str, text: str) -> bool:
    return any(f"/{each}".endswith(f"/{text}") for each in (path, _without_suffix(path)))
