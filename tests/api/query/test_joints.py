"""NOT, AND and NEAR become marks where they act, and stay where they are words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.query.joints import is_shouted, joined, marked
from api.query.query_tokens import tokenize


def typed(text: str) -> list[str]:
    """Return the tokens of a text as they would be typed without the joints that act in it."""
    return [token.text for token in joined(text, list(tokenize(text)))]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("treaty NOT trade", ["treaty", "-trade"]),
        ('NOT "free trade"', ['-"free trade"']),
        ("treaty NOT (a OR b)", ["treaty", "-(", "a", "OR", "b", ")"]),
        ("treaty NOT 70%", ["treaty", '-"70%"']),
        ("treaty NOT C", ["treaty", '-"C"']),
        ("treaty NOT type:md", ["treaty", "-type:md"]),
        ("NOT NOT type:md", ["type:md"]),
        ("treaty NOT -trade", ["treaty", "NOT", "-trade"]),
        ("do NOT enter", ["do", "NOT", "enter"]),
        ("treaty NOT", ["treaty", "NOT"]),
        ("treaty NOT f(x y)", ["treaty", "NOT", "f", "(", "x", "y", ")"]),
        ("rm NOT rf", ["rm", '-"rf"']),
    ],
)
def test_not_marks_what_follows_it(text: str, tokens: list[str]) -> None:
    assert typed(text) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("sea AND level", ["+sea", "+level"]),
        ("sea AND level AND rise", ["+sea", "+level", "+rise"]),
        ('+sea AND "the level"', ["+sea", '+"the level"']),
        ("sea AND -level", ["+sea", "-level"]),
        ("sea AND NOT level", ["+sea", "-level"]),
        ("(a OR b) AND level", ["(", "a", "OR", "b", ")", "+level"]),
        ("sea AND level OR rise", ["sea", "AND", "level", "OR", "rise"]),
        ("AND level", ["AND", "level"]),
        ("sea AND", ["sea", "AND"]),
        ("sea AND ?", ["sea", "AND", "?"]),
        ("sea path:x AND level", ["+sea", "path:x", "+level"]),
    ],
)
def test_and_requires_both_sides(text: str, tokens: list[str]) -> None:
    assert typed(text) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("sea NEAR/5 level", ["sea", "level"]),
        ("sea w/3 level", ["sea", "level"]),
        ("+sea NEAR level", ["+sea", "NEAR", "level"]),
        ("NEAR level", ["NEAR", "level"]),
    ],
)
def test_near_vanishes_between_words(text: str, tokens: list[str]) -> None:
    assert typed(text) == tokens


@pytest.mark.parametrize("text", ["TERMS AND CONDITIONS", "DO NOT CLOSE", 'sea AND "level NOT b'])
def test_nothing_acts_in_capitals_or_beside_an_open_quotation_mark(text: str) -> None:
    assert typed(text) == [token.text for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "shouted"),
    [("SEA AND LEVEL", True), ("SEA path:x", True), ("sea AND LEVEL", False), ("AND", False)],
)
def test_text_in_capitals(text: str, shouted: bool) -> None:
    assert is_shouted(list(tokenize(text))) is shouted


@pytest.mark.parametrize("text", ["-sea", "path:x", "?", "(", "OR"])
def test_some_tokens_take_no_mark(text: str) -> None:
    (token,) = tokenize(text)
    assert (marked(token, "+"), marked(token, "-")) == (None, None)


PIECES = ["sea", "level", "NOT", "AND", "OR", "NEAR/2", "-ice", "+ice", '"a b"', "(", ")", "path:x"]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map(" ".join))
def test_words_keep_their_order_and_places(text: str) -> None:
    before = list(tokenize(text))
    after = joined(text, before)
    starts = [token.start for token in after]
    assert starts == sorted(set(starts))
    kept = {token.start: token for token in after}
    for token in before:
        if token.kind not in {"not", "and", "near"}:
            assert kept[token.start].unmarked.strip('"') == token.unmarked.strip('"')
            # A mark that was typed stays; only NOT before a filter turns one around.
            if token.mark and token.kind != "filter":
                assert kept[token.start].mark == token.mark
