"""Documents in memory: rows, folders, types, and the selections of a filter."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.index.catalog import Catalog, CatalogEntry, Selection


def catalog_of(*documents: tuple[str, int, int]) -> Catalog:
    """Return the catalog of documents, each given as path, first row and passages."""
    return Catalog(
        [
            CatalogEntry(key, path, "text/plain", key * 1_000, first_row, passages, 9)
            for key, (path, first_row, passages) in enumerate(sorted(documents), start=10)
        ]
    )


# b.txt was stored first, so its rows come before those of a.txt, although its path does not.
CATALOG = catalog_of(("a.txt", 4, 2), ("b.txt", 1, 3), ("c.txt", 6, 1))


def test_rows_ascend_in_any_order_of_paths() -> None:
    assert CATALOG.rows.tolist() == [1, 2, 3, 4, 5, 6]
    assert CATALOG.rows_of(np.array([True, False, True])).tolist() == [4, 5, 6]
    assert CATALOG.rows_of(np.zeros(3, np.bool_)).tolist() == []


def test_each_row_leads_to_its_document() -> None:
    assert [entry.path for entry in CATALOG.entries_of([1, 3, 4, 5, 6])] == [
        *("b.txt", "b.txt", "a.txt", "a.txt", "c.txt")
    ]
    assert CATALOG.entries_of([]) == []


def test_orders_ascend_with_path_and_start() -> None:
    rows = np.arange(1, 7)
    assert rows[np.argsort(CATALOG.orders(rows))].tolist() == [4, 5, 1, 2, 3, 6]


def test_a_selection_has_the_documents_that_were_kept() -> None:
    selection = Selection(CATALOG, np.array([True, True, False]))
    assert selection.documents == [10, 11]
    assert selection.rows.tolist() == [1, 2, 3, 4, 5]


def test_every_folder_comes_after_its_parent() -> None:
    catalog = catalog_of(("a/b/c/1.txt", 1, 1), ("a/2.txt", 2, 1), ("3.txt", 3, 1))
    assert catalog.folders == {"": 0, "a": 1, "a/b": 2, "a/b/c": 3}
    assert catalog.folder_of.tolist() == [0, 1, 3]


def test_media_types_are_numbered() -> None:
    entries = [
        CatalogEntry(key, f"{key}", media_type, 0, key, 1, 9)
        for key, media_type in enumerate(["text/plain", "text/csv", "text/plain"])
    ]
    catalog = Catalog(entries)
    assert catalog.media_types == {"text/plain": 0, "text/csv": 1}
    assert catalog.media_type_of.tolist() == [0, 1, 0]


def test_an_empty_catalog_has_no_documents() -> None:
    empty = Catalog([])
    assert len(empty) == len(empty.rows) == len(empty.folder_of) == len(empty.modified_us) == 0
    assert empty.folders == {"": 0}
    assert Selection(empty, np.empty(0, np.bool_)).documents == []


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=12), st.randoms())
def test_the_rows_of_a_selection_are_those_of_its_documents(
    documents: list[tuple[int, bool]], chance: random.Random
) -> None:
    stored, first_row = [], 1
    for passages, keep in documents:
        stored.append((first_row, passages, keep))
        first_row += passages
    chance.shuffle(stored)
    catalog = Catalog(
        [
            CatalogEntry(key, f"{key:02}", "text/plain", 0, first_row, passages, 9)
            for key, (first_row, passages, _) in enumerate(stored)
        ]
    )
    kept = np.array([keep for _, _, keep in stored], np.bool_)
    assert catalog.rows_of(kept).tolist() == sorted(
        row
        for first_row, passages, keep in stored
        if keep
        for row in range(first_row, first_row + passages)
    )
