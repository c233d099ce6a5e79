"""The form of the search page: what it keeps, and what it can do without."""

import pytest
from starlette.datastructures import QueryParams

from api.contract.search import SearchWarning
from api.web.pages.views.form import SearchForm


def without(address: str, parameter: str, position: int | None = None) -> str | None:
    warning = SearchWarning(
        code="filter_leaves_nothing", message="", parameter=parameter, position=position
    )
    return SearchForm(QueryParams(address)).without(warning)


def test_a_filter_of_the_form_can_be_left_out() -> None:
    address = "q=ferry&path=a/&path=b/&type=text/plain&offset=10"
    assert without(address, "path") == "/?q=ferry&type=text%2Fplain"
    assert without(address, "type") == "/?q=ferry&path=a%2F&path=b%2F"


@pytest.mark.parametrize(
    ("q", "part", "left"),
    [
        ("ferry path:docs/ noon", "path:docs/", "ferry noon"),
        ('ferry path:"my docs/" noon', 'path:"my docs/"', "ferry noon"),
        ("ferry -(noon OR dawn)", "-(noon OR dawn)", "ferry"),
        ('-"old pier" ferry', '-"old pier"', "ferry"),
        ("ferry -noon", "-noon", "ferry"),
    ],
)
def test_a_typed_filter_can_be_left_out(q: str, part: str, left: str) -> None:
    form = QueryParams({"q": q, "mode": "lexical"})
    assert without(str(form), "q", q.index(part)) == f"/?mode=lexical&q={left.replace(' ', '+')}"


def test_nothing_is_left_out_if_nothing_would_remain_or_the_place_is_unknown() -> None:
    assert without("q=path:docs/", "q", 0) is None
    assert without("q=ferry", "q") is None
    other = SearchWarning(code="no_words", message="", parameter="path")
    assert SearchForm(QueryParams("q=ferry&path=a/")).without(other) is None


@pytest.mark.parametrize(
    ("q", "quotation"),
    [
        ('"the ferry" sails', "the ferry"),
        ('"a b" and “the long one”', "the long one"),
        ('"he said “no fault” twice"', "he said “no fault” twice"),
        ('«he said "no fault" twice»', 'he said "no fault" twice'),
        ('say "not closed', "not closed"),
    ],
)
def test_the_longest_quotation_can_be_checked(q: str, quotation: str) -> None:
    address = SearchForm(QueryParams({"q": q})).check
    assert address is not None
    assert QueryParams(address.partition("?")[2])["text"] == quotation


@pytest.mark.parametrize("q", ["ferry", 'ferry " "', "don't", ""])
def test_there_is_nothing_to_check_without_a_quotation(q: str) -> None:
    assert SearchForm(QueryParams({"q": q})).check is None
