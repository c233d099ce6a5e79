"""Filters that keep about one passage in a hundred."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.search import SearchRequest
from api.search.requests.filters import document_filter
from api.search.requests.questions import parameter_filters
from indexer.index.catalog import Catalog, CatalogEntry
from indexer.index.generation import IndexFolder
from scripts.benchmarking.narrow_filters import (
    MOST_FILTERS,
    NarrowFilter,
    narrow_filters,
    read_catalog,
)
from tests.api.served_index import publish, write

DAY_NS = 24 * 3600 * 1_000_000_000


def catalog_of(paths: list[str], *, days: list[int] | None = None, csv: int = -1) -> Catalog:
    """Return a catalog of one passage for each path; that at the place `csv` is a table."""
    return Catalog(
        [
            CatalogEntry(
                place,
                path,
                "text/csv" if place == csv else "text/plain",
                days[place] * DAY_NS if days is not None else 0,
                place,
                1,
            )
            for place, path in enumerate(paths)
        ]
    )


def kept_share(catalog: Catalog, narrow: NarrowFilter) -> float:
    """Return what the server's own filter keeps."""
    value = [narrow.value] if narrow.parameter in {"path", "type"} else narrow.value
    request = SearchRequest.model_validate({"q": "x", narrow.parameter: value})
    keeps = document_filter(parameter_filters(request), parameter_filters(SearchRequest(q="x")))
    assert keeps is not None
    passages = [entry.passages for entry in catalog.entries]
    kept = sum(n for n, is_kept in zip(passages, keeps(catalog), strict=True) if is_kept)
    return kept / sum(passages)


def test_a_folder_that_keeps_a_hundredth_is_chosen() -> None:
    catalog = catalog_of([f"all/many/{n}" for n in range(198)] + ["all/few/x", "all/few/y"])
    (narrow,) = narrow_filters(catalog)
    assert (narrow, str(narrow)) == (NarrowFilter("path", "/all/few/", 0.01), "path=/all/few/")


def test_of_a_flat_folder_a_beginning_of_names_is_chosen() -> None:
    catalog = catalog_of([f"note-{number:03}.txt" for number in range(1_000)])
    (narrow,) = narrow_filters(catalog)
    assert (narrow.value, narrow.share) == ("note-00*", 0.01)


def test_a_time_is_chosen_where_one_keeps_a_hundredth() -> None:
    catalog = catalog_of([f"{number:03}" for number in range(200)], days=[*range(200)])
    path, time = narrow_filters(catalog)
    assert path.parameter == "path"
    moment = datetime(1970, 7, 18, tzinfo=UTC).isoformat()
    assert (time.parameter, time.value, time.share) == ("modified_after", moment, 0.01)


def test_a_type_is_chosen_where_one_keeps_a_hundredth() -> None:
    catalog = catalog_of([f"{number:03}" for number in range(100)], csv=50)
    assert narrow_filters(catalog)[1] == NarrowFilter("type", "text/csv", 0.01)


names = st.sampled_from(["a", "b*", "[c]", "d?", "e\\"])
# No file has the name of a folder.
paths = st.lists(names, min_size=1, max_size=3).map(lambda each: "/".join(each) + ".txt")


@given(st.data(), st.lists(paths, min_size=1, max_size=30, unique=True))
def test_a_filter_keeps_what_it_says(data: st.DataObject, some: list[str]) -> None:
    days = [data.draw(st.integers(0, 3)) for _ in some]
    catalog = catalog_of(sorted(some), days=days, csv=0)
    found = narrow_filters(catalog)
    assert 1 <= len(found) <= MOST_FILTERS
    for narrow in found:
        assert kept_share(catalog, narrow) == pytest.approx(narrow.share)


def test_an_index_of_nothing_has_no_filter() -> None:
    assert narrow_filters(Catalog([])) == []


def test_the_catalog_is_that_of_the_current_generation(folder: Path, index: IndexFolder) -> None:
    write(folder, "a/b.txt", "A ferry.\n")
    publish(folder, index)
    assert [entry.path for entry in read_catalog(index.path).entries] == ["a/b.txt"]
