"""The documents that filters keep, and the cache of these selections."""

from collections.abc import Iterator

import pytest

from api.contract.errors import InvalidQuery
from api.query.parser import parse_query
from api.query.query import QueryFilters
from api.search.requests.selections import REMEMBERED, Selections
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import Snapshot, open_snapshot
from tests.api.served_index import publish, write


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    place = tmp_path_factory.mktemp("selections")
    write(place / "folder", "a/ferry.md", "# The annual ferry\n\nIt sails at noon.\n")
    write(place / "folder", "a/tide.md", "# The tide\n\nIt turns twice a day.\n")
    write(place / "folder", "b/ferry.txt", "It sails at noon.\n")
    index = IndexFolder(place / "index")
    publish(place / "folder", index)
    snapshot = open_snapshot(index, index.current())
    yield snapshot
    snapshot.close()


def kept(snapshot: Snapshot, typed: str, *paths: str) -> list[str] | None:
    """Return the paths that the typed filters and the parameters keep, or None for all."""
    found = Selections(snapshot).find(QueryFilters(paths=paths), parse_query(typed).filters)
    if found is None:
        return None
    entries = snapshot.catalog.entries_of(found.rows.tolist())
    assert found.documents == [entry.document for entry in entries]
    return [entry.path for entry in entries]


@pytest.mark.parametrize(
    ("typed", "paths", "expected"),
    [
        ("noon", [], None),
        ("noon type:text", [], ["b/ferry.txt"]),
        ("noon", ["a/"], ["a/ferry.md", "a/tide.md"]),
        ("noon path:ferry.*", ["a/"], ["a/ferry.md"]),
        ("noon path:c/", [], []),
        ("noon title:annual", [], ["a/ferry.md"]),
        ('noon title:"annual ferry" title:tide', [], []),
        ("noon -title:annual", ["a/"], ["a/tide.md"]),
        ("noon title:ferry path:b/", [], ["b/ferry.txt"]),  # its title is the file name
    ],
)
def test_parameters_text_and_titles_narrow_each_other(
    snapshot: Snapshot, typed: str, paths: list[str], expected: list[str] | None
) -> None:
    assert kept(snapshot, typed, *paths) == expected


@pytest.mark.parametrize("typed", ["noon path:*", "noon after:1970", "noon -title:zeppelin"])
def test_a_filter_that_keeps_everything_is_none(snapshot: Snapshot, typed: str) -> None:
    assert kept(snapshot, typed) is None


def test_repeated_filters_are_not_evaluated_again(snapshot: Snapshot) -> None:
    selections = Selections(snapshot)
    first = selections.find(QueryFilters(), QueryFilters(paths=("a/",)))
    assert selections.find(QueryFilters(), QueryFilters(paths=("a/",))) is first
    for number in range(REMEMBERED):
        selections.find(QueryFilters(), QueryFilters(paths=(f"{number}/",)))
    again = selections.find(QueryFilters(), QueryFilters(paths=("a/",)))
    assert again is not first
    assert again is not None
    assert first is not None
    assert again.documents == first.documents


def test_a_bad_filter_is_refused_each_time(snapshot: Snapshot) -> None:
    selections = Selections(snapshot)
    for _ in range(2):
        with pytest.raises(InvalidQuery):
            selections.find(QueryFilters(paths=("/",)), QueryFilters())
