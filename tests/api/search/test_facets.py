from pathlib import Path

import pytest

from api.contract.search import Facet, SearchRequest
from api.search.searcher import Searcher
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, write

FILES = {
    "b/x.txt": ("A ferry sails.", "2024-05-01"),
    "a/deep/y.md": ("The ferry is late.", "2023-05-01"),
    "top.txt": ("Ferry tickets.", "2024-05-01"),
    "b/z.txt": ("No ferry today.", "1999-05-01"),
}


def counted(searcher: Searcher, facet: Facet) -> list[tuple[str, int]]:
    (counts,) = searcher.search(SearchRequest(q="ferry", facets=[facet])).facets.values()
    return [(count.value, count.count) for count in counts]


@pytest.mark.parametrize(
    ("facet", "expected"),
    [
        (Facet.FOLDER, [("b", 2), (".", 1), ("a", 1)]),
        (Facet.TYPE, [("text/plain", 3), ("text/markdown", 1)]),
        (Facet.YEAR, [("2024", 2), ("1999", 1), ("2023", 1)]),
    ],
)
def test_facets_count_the_most_frequent_first(
    tmp_path: Path, facet: Facet, expected: list[tuple[str, int]]
) -> None:
    for path, (text, modified) in FILES.items():
        write(tmp_path / "folder", path, text, modified=modified)
    publish(tmp_path / "folder", IndexFolder(tmp_path / "index"))
    with search_index(IndexFolder(tmp_path / "index")) as searcher:
        assert counted(searcher, facet) == expected
