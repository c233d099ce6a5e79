from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from indexer.index.analysis import escapes, gershayim, normal_form
from indexer.index.analysis.rewriting import Rewriting, Traced
from indexer.spans import Span
from tests.indexer.index.analysis.test_analyzer import awkward_texts


@pytest.mark.parametrize(
    ("rewriting", "pattern"),
    [
        (escapes.ESCAPES, escapes.PATTERN),
        (normal_form.NORMAL_FORM, normal_form.FOLDED),
        (gershayim.GERSHAYIM, gershayim.INSIDE),
    ],
    ids=["escapes", "normal form", "gershayim"],
)
@given(text=awkward_texts)
def test_every_match_of_the_pattern_is_replaced(
    rewriting: Rewriting, pattern: Any, text: str
) -> None:
    rewritten = pattern.sub(rewriting.replacement, text)
    assert rewriting.text(text) == rewritten
    assert rewriting.traced(Traced(text)).text == rewritten


@given(text=awkward_texts)
def test_each_code_point_comes_from_itself_or_from_the_whole_match(text: str) -> None:
    """What two rewritings made of a text, traced code point by code point through both."""
    traced = Traced(text)
    origins = [Span(place, place + 1) for place in range(len(text))]
    for rewriting in (escapes.ESCAPES, normal_form.NORMAL_FORM, gershayim.GERSHAYIM):
        origins = list(origins_after(rewriting, traced.text, origins))
        traced = rewriting.traced(traced)
    assert [traced.span(place, place + 1) for place in range(len(traced.text))] == origins
    for end in range(1, len(origins) + 1):
        whole = Span(origins[0].start, origins[end - 1].end)
        assert traced.span(0, end) == whole


def origins_after(rewriting: Rewriting, text: str, origins: list[Span]) -> Iterator[Span]:
    """Yield the origin of each code point of the rewritten text."""
    done = 0
    for match in rewriting.matches(text):
        start, end = match.span()
        new = rewriting.replacement(match)
        yield from origins[done:start]
        if new == match[0]:
            yield from origins[start:end]
        else:
            yield from [Span(origins[start].start, origins[end - 1].end)] * len(new)
        done = end
    yield from origins[done:]
