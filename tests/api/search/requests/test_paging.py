from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.contract.errors import GenerationGone, InvalidQuery
from api.contract.limits import MAX_LIMIT, MAX_REACH
from api.contract.search import SearchRequest
from api.search.requests.paging import Page, page_of

GENERATION = "00000007-1a2b3c4d"


def page(**parameters: Any) -> Page:
    return page_of(SearchRequest(q="x", **parameters), GENERATION)


def test_the_default_is_the_first_page() -> None:
    assert page() == Page(GENERATION, 0, 10)
    assert page(offset=30, limit=5) == Page(GENERATION, 30, 5)


def test_a_cursor_leads_to_the_next_page() -> None:
    cursor = page(offset=30, limit=5).next_cursor(40)
    assert page(cursor=cursor, limit=5) == Page(GENERATION, 35, 5)


def test_another_limit_continues_from_the_same_position() -> None:
    assert page(cursor=page(limit=5).next_cursor(40), limit=20) == Page(GENERATION, 5, 20)


@pytest.mark.parametrize("reach", [0, 39, 40])
def test_the_last_page_has_no_cursor(reach: int) -> None:
    assert page(offset=30).next_cursor(reach) is None


def test_a_page_may_end_with_one_hit() -> None:
    assert page(offset=30).next_cursor(41) is not None


def test_a_cursor_and_an_offset_contradict_each_other() -> None:
    with pytest.raises(InvalidQuery) as caught:
        page(cursor=page().next_cursor(20), offset=10)
    assert caught.value.parameter == "cursor"


def test_a_cursor_of_another_generation_is_refused_as_such() -> None:
    cursor = Page("00000006-99999999", 0, 10).next_cursor(20)
    with pytest.raises(GenerationGone, match=r"00000006-99999999.*00000007-1a2b3c4d"):
        page(cursor=cursor)


MADE_UP = [
    "",
    "x",
    "!!!!",
    "ünïcödé",
    *(
        urlsafe_b64encode(text.encode()).decode()
        for text in (
            *("nothing", ".10", f"{GENERATION}.", f"{GENERATION}.ten", f"{GENERATION}.-10"),
            *(f"{GENERATION}.{MAX_REACH + 1}", f"{GENERATION}.1e1", "\x00.\x00"),
        )
    ),
]


@pytest.mark.parametrize("cursor", MADE_UP)
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        page(cursor=cursor)
    assert caught.value.parameter == "cursor"


@given(st.text(max_size=200))
def test_any_cursor_is_refused_with_a_named_error(cursor: str) -> None:
    with pytest.raises((InvalidQuery, GenerationGone)):
        page(cursor=cursor)


@example(reach=MAX_REACH, limit=30)  # the limit does not divide the reach
@given(reach=st.integers(0, MAX_REACH), limit=st.integers(1, MAX_LIMIT))
def test_cursors_lead_over_every_hit_once(reach: int, limit: int) -> None:
    reached: list[int] = []
    shown = page(limit=limit)
    while True:
        reached += range(shown.offset, min(shown.offset + shown.limit, reach))
        cursor = shown.next_cursor(reach)
        if cursor is None:
            break
        shown = page(cursor=cursor, limit=limit)
    assert reached == list(range(reach))


def test_a_page_beyond_reach_is_refused() -> None:
    assert page(offset=MAX_REACH - 10, limit=10).offset == MAX_REACH - 10
    with pytest.raises((InvalidQuery, ValueError)) as caught:
        page(offset=MAX_REACH - 10, limit=11)
    assert "offset" in str(caught.value)
