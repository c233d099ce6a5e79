"""Filters -> the documents of one generation that they keep."""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from api.query.query import QueryFilters
from api.search.requests.filters import document_filter
from indexer.index.catalog import Selection
from indexer.index.clauses import AnyOf, Clause, Leaf, Occur
from indexer.index.snapshot import Snapshot

__all__ = ["Selections"]

# People ask several questions, and page through answers, with the same filters. Each selection
# takes one byte of memory for each document.
REMEMBERED = 16


class Selections:
    """Finds the documents that filters keep. A generation never changes, so results are cached."""

    def __init__(self, snapshot: Snapshot) -> None:
        having = lru_cache(REMEMBERED)(partial(_having, snapshot))
        self._find = lru_cache(REMEMBERED)(partial(_find, snapshot, having))

    def find(
        self, parameters: QueryFilters, typed: QueryFilters, clauses: tuple[Clause, ...] = ()
    ) -> Selection | None:
        """Return the documents that both filters and the clauses keep; None for all.

        A `must` or `must_not` clause looks for its words anywhere in a document. Raises
        InvalidQuery.
        """
        binding = tuple(clause for clause in clauses if clause.occur is not Occur.SHOULD)
        return self._find(parameters, typed, binding)


def _having(snapshot: Snapshot, node: Leaf | AnyOf) -> NDArray[np.bool_] | None:
    """Return which documents match the node, or None if it has no word to look for."""
    rows = snapshot.matching_rows([Clause(Occur.MUST, node)])
    if rows is None:
        return None
    having = np.zeros(len(snapshot.catalog), np.bool_)
    having[snapshot.catalog.places_of(rows)] = True
    return having


def _find(
    snapshot: Snapshot,
    having: Callable[[Leaf | AnyOf], NDArray[np.bool_] | None],
    parameters: QueryFilters,
    typed: QueryFilters,
    binding: tuple[Clause, ...],
) -> Selection | None:
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
    for clause in binding:
        if (found := having(clause.node)) is not None:
            kept = kept & (found if clause.occur is Occur.MUST else ~found)
    return None if kept.all() else Selection(catalog, kept)
