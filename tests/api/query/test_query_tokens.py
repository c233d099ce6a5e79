"""The tokens of a query, which are found in linear time."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.query.query_tokens import group_ends, tokenize, unquoted


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(text)]


def test_kinds() -> None:
    assert kinds('+"a  b", -cc -c (d* OR e)? path:x "f"g "h') == [
        ("phrase", '+"a b",'),
        ("marked", "-cc"),
        ("option", "-c"),
        ("open", "("),
        ("expanded", "d*"),
        ("or", "OR"),
        ("word", "e"),
        ("close", ")?"),
        ("filter", "path:x"),
        ("quotation", '"f"'),
        ("word", "g"),
        ("unclosed", '"h'),
    ]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("(a OR b)", {0: 4}),
        ("(a (b OR c)) (d)", {0: 7, 2: 6}),
        ("(a b) OR (c)", {}),
        ("(a OR) (OR b)", {}),
        ("(a OR b", {}),
        ("a OR b)", {}),
        ("f(a OR b)", {}),
        ("(a OR b)c", {}),
        ("(- OR b)", {}),
    ],
)
def test_groups_hold_an_or_between_two_words(text: str, ends: dict[int, int]) -> None:
    assert group_ends(text, list(tokenize(text))) == ends


def test_unquoted() -> None:
    assert [unquoted('"a b"'), unquoted("“ a ”,"), unquoted("a")] == ["a b", "a", "a"]


@given(st.text('ab "“()+-*~:OR?\n'))
def test_tokens_are_the_text_without_the_blanks_between_them(text: str) -> None:
    tokens = list(tokenize(text))
    edges = [0, *(edge for token in tokens for edge in (token.start, token.end)), len(text)]
    assert edges == sorted(edges)
    assert all(
        not text[end:start].strip() for end, start in zip(edges[::2], edges[1::2], strict=True)
    )
    assert all(text[token.start : token.end].split() == token.text.split() for token in tokens)


@pytest.mark.parametrize("unit", ["(", '"', "(a OR ", '"a"b ', "f(x ", 'title:"a ', "-(“ ", "a* "])
def test_time_is_linear(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    started = perf_counter()
    group_ends(text, list(tokenize(text)))
    # It takes a quarter of a second; a pattern that backtracks would take a minute.
    assert perf_counter() - started < 5
