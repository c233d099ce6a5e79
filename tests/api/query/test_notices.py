"""What is said about text that looks like an operator, and where nothing is said."""

import pytest

from api.query.notices import Notice, Warnings, notice_of_operator, notice_of_text
from api.query.query import QueryWarning
from api.query.query_tokens import Token, tokenize


def token_of(text: str) -> Token:
    (token,) = tokenize(text)
    return token


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("OR", "stray_or", "OR was read as a word"),
        ("|", "stray_or", "| was read as text"),
        ("AND", "stray_and", "type +a +b"),
        ("NOT", "stray_not", "type -word"),
        ("C*", "stray_operator", "at least two letters"),
        ('"sea', "unclosed_quote", "not closed"),
        ("-v", "command_option", 'type -"v"'),
        ("-v,", "command_option", 'type -"v"'),
        ("-70%.", "signed_number", 'type -"70%"'),
        ("+2024", "signed_number", 'type +"2024"'),
        ("subject:smith", "unknown_field", "subject: was read as words"),
        ("/fer+y/", "stray_operator", "regular expressions"),
        ("fe?ry", "stray_operator", "? never"),
        ("*ferry", "stray_operator", "at the end of a word"),
    ],
)
def test_text_like_an_operator(text: str, code: str, said: str) -> None:
    notice = notice_of_text(token_of(text))
    assert notice is not None
    assert notice.code == code
    assert said in notice.message


def test_a_dash_that_excludes_nothing() -> None:
    _, dashed, _, _ = tokenize("the –closed bridge –")
    notice = notice_of_text(dashed)
    assert notice is not None
    assert (notice.code, "minus sign of the keyboard" in notice.message) == ("stray_operator", True)


@pytest.mark.parametrize(
    "text",
    [
        "ferry",
        "C++",
        "http://x",
        "/etc/hosts/",
        "5'",
        "-5",
        "+49",
        "std::sort",
        "a?",
        "10:30",
        "3*4",
    ],
)
def test_plain_text_gets_no_notice(text: str) -> None:
    assert notice_of_text(token_of(text)) is None


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('"sea level"~5', "proximity", "a phrase without gaps"),
        ("NEAR/5", "proximity", "read as a blank"),
        ("ferri~2", "typo_distance", "read as ferri~"),
        ("-ferri~0.8", "typo_distance", "read as ferri~"),
    ],
)
def test_operators_with_a_distance(text: str, code: str, said: str) -> None:
    notice = notice_of_operator(token_of(text))
    assert notice is not None
    assert notice.code == code
    assert said in notice.message


@pytest.mark.parametrize("text", ['"sea level"', "ferri~", "ferri~1", "env*", "-sea", "sea"])
def test_other_operators_get_no_notice(text: str) -> None:
    assert notice_of_operator(token_of(text)) is None


def test_a_warning_is_given_once_at_its_first_place() -> None:
    warnings = Warnings()
    first, _, second = tokenize("OR a OR")
    warnings.add(None, first)
    for token in (first, second):
        warnings.add(Notice("stray_or", "OR was read as a word"), token)
    warnings.add(Notice("stray_or", "another message"), second)
    assert warnings.listed() == (
        QueryWarning("stray_or", "OR was read as a word", 0),
        QueryWarning("stray_or", "another message", 5),
    )
