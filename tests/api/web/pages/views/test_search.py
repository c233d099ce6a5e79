"""The form of the search page: what it keeps, and what it can do without."""

import pytest
from starlette.datastructures import QueryParams

from api.contract.search import SearchWarning
from api.web.pages.views.search import SearchForm


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
