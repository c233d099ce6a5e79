"""Documents are found by who wrote them and when they were published, and counted so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.contract.errors import InvalidQuery
from api.contract.search import Facet, SearchRequest
from api.search.searcher import Searcher
from indexer.documents import moment_us
from tests.api.served_index import search_files

FILES = {
    "a.md": "---\nauthor: Ida Brandt\ndate: 2024-03-05\n---\nThe ferry sails in spring.\n",
    "b.md": "---\nauthor: Jürgen Groß\ndate: 2024-03-31T23:30:00-05:00\n---\nThe ferry waits.\n",
    "c.md": "---\nauthor: Ann Lee, Ida Brandt-Olsen\ndate: 2023-12-31\n---\nThe ferry burned.\n",
    "d.txt": "The ferry without a date.\n",
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    place: Path = tmp_path_factory.mktemp("descriptions")
    with search_files(place, FILES) as searcher:
        yield searcher


def found(searcher: Searcher, q: str = "ferry", **given: Any) -> str:
    hits = searcher.search(SearchRequest(q=q, **given)).hits
    return "".join(sorted(hit.document.path[0] for hit in hits))


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("ferry author:brandt", "ac"),
        ('ferry author:"Ida Brandt"', "ac"),
        ('ferry author:"Brandt Ida"', ""),
        ("ferry author:bran", ""),
        ("ferry author:JURGEN", "b"),
        ("ferry author:gross", "b"),
        ("ferry author:lee author:groß", "bc"),
        ("ferry -author:brandt", "bd"),
    ],
)
def test_authors_are_found_by_words_of_their_names(
    searcher: Searcher, q: str, expected: str
) -> None:
    assert found(searcher, q) == expected


def test_an_author_may_be_a_parameter(searcher: Searcher) -> None:
    assert found(searcher, author=["Ann Lee", "Groß"]) == "bc"
    assert found(searcher, "ferry author:brandt", author=["lee"]) == "c"
    with pytest.raises(InvalidQuery, match="not a name"):
        found(searcher, author=["..."])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"published_after": "2024"}, "ab"),
        ({"published_before": "2024"}, "c"),
        ({"published_after": "2024-03-05", "published_before": "2024-03-06"}, "a"),
        ({"published_after": "2024-04-01T04:30:00Z"}, "b"),
        ({"published_after": "2024-04-01T04:30:01Z"}, ""),
    ],
)
def test_documents_are_filtered_by_their_publication(
    searcher: Searcher, given: dict[str, str], expected: str
) -> None:
    assert found(searcher, **given) == expected


def test_a_filter_that_leaves_nothing_is_told(searcher: Searcher) -> None:
    answer = searcher.search(SearchRequest(q="ferry", published_after="2030"))
    [warning] = [each for each in answer.warnings if each.code == "filter_leaves_nothing"]
    assert warning.parameter == "published_after"
    answer = searcher.search(SearchRequest(q="ferry author:nobody"))
    [warning] = [each for each in answer.warnings if each.code == "filter_leaves_nothing"]
    assert warning.message == "author:nobody matches no file."


@pytest.mark.parametrize(
    ("facet", "expected"),
    [
        (Facet.PUBLISHED_YEAR, {"2024": 2, "2023": 1}),
        (Facet.PUBLISHED_MONTH, {"2023-12": 1, "2024-03": 1, "2024-04": 1}),
    ],
)
def test_facets_count_what_has_a_date(
    searcher: Searcher, facet: Facet, expected: dict[str, int]
) -> None:
    counts = searcher.search(SearchRequest(q="ferry", facets=[facet])).facets[facet]
    assert {each.value: each.count for each in counts} == expected
    for each in counts:
        year, _, month = each.value.partition("-")
        before = str(int(year) + 1) if not month else None
        if month:
            number = int(year) * 12 + int(month)
            before = f"{number // 12:04}-{number % 12 + 1:02}"
        given: dict[str, Any] = {"published_after": each.value, "published_before": before}
        assert len(found(searcher, **given)) == each.count


@pytest.mark.parametrize(
    ("published", "seconds"),
    [
        ("1970-01-01", 0),
        ("1970-01-02T00:00:00Z", 86_400),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:01.123456789Z", 1.123456),
        ("1970-01-01 late", 0),
        ("soon", None),
    ],
)
def test_dates_of_publication_are_moments(published: str, seconds: float | None) -> None:
    expected = None if seconds is None else round(seconds * 1_000_000)
    assert moment_us(published) == expected
