"""Addresses of the page: their meaning, and that printing and reading preserve them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from api.contract.errors import InvalidQuery
from api.contract.search import Mode
from api.web.pages.addresses import (
    Place,
    document_address,
    read_place,
    read_search,
    search_address,
)
from indexer.spans import Span


def test_an_address_names_a_search() -> None:
    search = read_search(QueryParams("q=bridge+costs&mode=lexical&path=a/*&path=b/*&limit=5"))
    assert search is not None
    assert search.q == "bridge costs"
    assert search.mode is Mode.LEXICAL
    assert search.path == ["a/*", "b/*"]
    assert search.limit == 5
    assert search.explain


@pytest.mark.parametrize("query", ["", "q=", "q=+", "mode=lexical", "q=&path=", "fragment=1"])
def test_an_address_without_a_query_names_no_search(query: str) -> None:
    assert read_search(QueryParams(query)) is None


def test_empty_fields_count_as_missing() -> None:
    search = read_search(QueryParams("q=x&path=&type=&modified_after=&mode="))
    assert search is not None
    assert search.path == []
    assert search.modified_after is None


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("q=x&limit=0", "limit"),
        ("q=x&limit=ten", "limit"),
        ("q=x&mode=best", "mode"),
        ("q=x&colour=red", "colour"),
        (f"q={'x' * 5001}", "q"),
    ],
)
def test_what_cannot_be_understood_is_named(query: str, parameter: str) -> None:
    with pytest.raises(InvalidQuery, match=parameter) as caught:
        read_search(QueryParams(query))
    assert caught.value.parameter == parameter


def test_a_changed_search_begins_at_its_first_page() -> None:
    parameters = QueryParams("q=x&path=a&path=b&offset=20&fragment=1")
    assert search_address(parameters, mode="lexical") == "/?q=x&path=a&path=b&mode=lexical"
    assert search_address(parameters, path=None) == "/?q=x"
    assert search_address(parameters, offset=30) == "/?q=x&path=a&path=b&offset=30"


def test_an_address_names_a_span_in_a_document() -> None:
    place = read_place(QueryParams("start=3&end=9&best=4-6&q=x"))
    assert place.span == Span(3, 9)
    assert place.best_span == Span(4, 6)


def test_a_place_without_an_end_has_no_span() -> None:
    assert read_place(QueryParams("start=3")).span is None
    assert read_place(QueryParams("")).best_span is None


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("start=9&end=3", "end"),
        ("start=-1&end=3", "start"),
        ("start=x", "start"),
        ("start=9999999999999999999999", "start"),
        ("best=4", "best"),
        ("best=9-4", "best"),
        ("sha256=xyz", "sha256"),
        ("colour=red", "colour"),
    ],
)
def test_an_impossible_span_is_refused(query: str, parameter: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        read_place(QueryParams(query))
    assert caught.value.parameter == parameter


@given(st.integers(0, 2**39), st.integers(0, 1000), st.text(min_size=1, max_size=20))
def test_a_place_is_read_back_from_its_address(start: int, length: int, q: str) -> None:
    place = Place(start=start, end=start + length, q=q if q.strip() else "x")
    address = document_address("0123456789abcdef", place)
    assert address.startswith("/documents/0123456789abcdef?")
    assert address.endswith("#span")
    assert read_place(QueryParams(address.split("?")[1].removesuffix("#span"))) == place
