"""A query that is the name of a file shows that file first, in every mode."""

from collections.abc import Iterator

import pytest

from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from tests.api.served_index import search_files
from tests.hashed_embedder import HashedEmbedder

HARBOUR = "The harbour report names the odt of the year: the harbour report of the harbour.\n\n"
FILES = {
    "reports/harbour.txt": HARBOUR * 3,
    "reports/harbour-report.txt": "Nothing was built in spring. The crane waits.\n",
    "reports/harbour-report.odt.txt": HARBOUR,
    "letters/Zürich (2).txt": "A letter of few words.\n",
    "archive/harbour-report.txt": "Nothing was built in spring. The crane waits.\n",
    **{
        f"sites/{number}/index.md": f"# Site {number}\n\nHarbour {number}.\n"
        for number in range(30)
    },
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with search_files(tmp_path_factory.mktemp("named"), FILES, HashedEmbedder()) as searcher:
        yield searcher


def paths(searcher: Searcher, q: str, mode: Mode, **asked: object) -> list[str]:
    request = SearchRequest.model_validate({"q": q, "mode": mode, "limit": 100} | asked)
    return [hit.document.path for hit in searcher.search(request).hits]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("q", "path"),
    [
        ("harbour-report.txt", "reports/harbour-report.txt"),
        ("Harbour-Report", "reports/harbour-report.txt"),
        ("archive/harbour-report.txt", "archive/harbour-report.txt"),
        ("archive/harbour-report", "archive/harbour-report.txt"),
        ('"harbour-report.txt"', "reports/harbour-report.txt"),
        ("harbour-report.odt", "reports/harbour-report.odt.txt"),
        ("zu\u0308rich (2)", "letters/Zürich (2).txt"),
        ("sites/7/index.md", "sites/7/index.md"),
    ],
)
def test_the_file_comes_first(searcher: Searcher, mode: Mode, q: str, path: str) -> None:
    request = SearchRequest(q=q, mode=mode)
    answer = searcher.search(request)
    assert answer.hits[0].document.path == path
    assert answer.answers == "yes"


@pytest.mark.parametrize("mode", Mode)
def test_a_filter_keeps_other_files_out(searcher: Searcher, mode: Mode) -> None:
    found = paths(searcher, "harbour-report.txt", mode, path=["archive/"])
    assert set(found) == {"archive/harbour-report.txt"}
    assert "reports/harbour-report.txt" not in paths(
        searcher, "harbour-report.txt path:archive/", mode
    )


@pytest.mark.parametrize("q", ["index.md", "harbour-report.txt -crane", "report", "spring crane"])
def test_other_queries_are_ranked_as_ever(searcher: Searcher, q: str) -> None:
    request = SearchRequest(q=q, mode=Mode.LEXICAL, limit=100)
    scores = [hit.score for hit in searcher.search(request).hits]
    assert scores == sorted(scores, reverse=True)
