"""The values of facets lead to searches that find as many hits as they promise."""

from collections.abc import Iterator

import pytest
from starlette.datastructures import QueryParams

from api.contract.limits import LONG_QUERY_CHARS
from api.contract.search import Facet, SearchResponse
from api.search.searcher import Searcher
from api.web.pages.addresses import read_search
from api.web.pages.views.facets import view_facets
from tests.api.served_index import search_files

FILES = {
    "ferry.txt": "The ferry sails at noon.",
    "bridge.md": "# Bridge\n\nThe bridge is closed, so take the ferry.",
    "notes/ferry.txt": "A ferry was late.",
    "notes/old/ferry.md": "# Old\n\nThe old ferry sank.",
    "odd [1]/ferry.txt": "Another ferry.",
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with search_files(tmp_path_factory.mktemp("facets"), FILES) as searcher:
        yield searcher


def answer(searcher: Searcher, parameters: QueryParams) -> SearchResponse:
    search = read_search(parameters)
    assert search is not None
    return searcher.search(search)


@pytest.mark.parametrize(
    "q",
    [
        "ferry",
        'the "ferry',
        "ferry (",
        "+ferry",
        "ferry path:*.txt",
        "bridge OR ferry",
    ],
)
@pytest.mark.parametrize("more", ["", "&group_by=document", "&fold_duplicates=false"])
def test_each_value_finds_as_many_as_it_says(searcher: Searcher, q: str, more: str) -> None:
    parameters = QueryParams(f"{QueryParams({'q': q, 'mode': 'lexical'})}{more}")
    facets = view_facets(answer(searcher, parameters), parameters)
    assert facets
    for facet in facets:
        for name, count, address in facet.values:
            assert address is not None
            found = answer(searcher, QueryParams(address.partition("?")[2]))
            assert found.total.value == count, (facet.label, name)


@pytest.mark.parametrize("q", ["ferry " * (LONG_QUERY_CHARS // 6 + 1), "ferry NOT"])
def test_where_exclusions_do_not_act_files_outside_folders_have_no_address(
    searcher: Searcher, q: str
) -> None:
    parameters = QueryParams({"q": q, "mode": "lexical"})
    response = answer(searcher, parameters)
    assert {each.value for each in response.facets[Facet.FOLDER]} > {"."}
    (folders,) = (view for view in view_facets(response, parameters) if view.label == "Folder")
    addresses = {name: address for name, _, address in folders.values}
    assert addresses.pop("other files") is None
    assert None not in addresses.values()
