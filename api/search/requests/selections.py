"""Filters -> the documents of one generation that they keep."""

from functools import lru_cache, partial

import numpy as np

from api.query.query import QueryFilters
from api.search.requests.filters import document_filter
from indexer.index.catalog import Selection
from indexer.index.snapshot import Snapshot

__all__ = ["Selections"]

# People ask several questions, and page through answers, with the same filters. Each selection
# takes one byte of memory for each document.
REMEMBERED = 16


class Selections:
    """Finds the documents that filters keep. A generation never changes, so results are cached."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._find = lru_cache(REMEMBERED)(partial(_find, snapshot))

    def find(self, parameters: QueryFilters, typed: QueryFilters) -> Selection | None:
        """Return the documents that both filters keep; None for all. Raises InvalidQuery."""
        return self._find(parameters, typed)


def _find(snapshot: Snapshot, parameters: QueryFilters, typed: QueryFilters) -> Selection | None:
    catalog = snapshot.catalog
    kept = np.ones(len(catalog), np.bool_)
    if keeps := document_filter(parameters, typed):
        kept = keeps(catalog)
    titles = [(title, True) for title in typed.titles]
    titles += [(title, False) for title in typed.excluded_titles]
    for title, wanted in titles:
        titled = np.zeros(len(catalog), np.bool_)
        rows = snapshot.rows_with_title(title)
        titled[catalog.places_of(rows)] = True
        kept = kept & (titled == wanted)
    return None if kept.all() else Selection(catalog, kept)
