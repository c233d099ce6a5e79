from datetime import UTC, datetime

import pytest

from api.contract.search import Facet
from api.search.facets import facet_counts
from indexer.index.catalog import CatalogEntry


def entry(path: str, media_type: str, year: int) -> CatalogEntry:
    seconds = int(datetime(year, 5, 1, tzinfo=UTC).timestamp())
    return CatalogEntry(1, path, media_type, seconds * 1_000_000, 1, 1)


ENTRIES = [
    entry("b/x.txt", "text/plain", 2024),
    entry("a/deep/y.md", "text/markdown", 2023),
    entry("top.txt", "text/plain", 2024),
    entry("b/z.txt", "text/plain", 1999),
]


@pytest.mark.parametrize(
    ("facet", "expected"),
    [
        (Facet.FOLDER, [("b", 2), (".", 1), ("a", 1)]),
        (Facet.TYPE, [("text/plain", 3), ("text/markdown", 1)]),
        (Facet.YEAR, [("2024", 2), ("1999", 1), ("2023", 1)]),
    ],
)
def test_facets_count_the_most_frequent_first(
    facet: Facet, expected: list[tuple[str, int]]
) -> None:
    found = [(count.value, count.count) for count in facet_counts(facet, ENTRIES)]
    assert found == expected


def test_years_are_written_as_a_filter_reads_them() -> None:
    found = facet_counts(Facet.YEAR, [entry("a", "text/plain", year) for year in (1, 300, 9999)])
    assert [count.value for count in found] == ["0001", "0300", "9999"]
