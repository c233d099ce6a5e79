"""Which backslashes are escapes, and what written characters stand for."""

import time

import pytest

from indexer.index.analysis.escapes import ESCAPES, second_readings


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r'{"a": "one\nTwo"}', '{"a": "one\nTwo"}'),
        (r'{"a": "one. \ntwo"}', '{"a": "one. \ntwo"}'),
        (r"one\ntwo", "one\ntwo"),
        (r"caf\u00e9 \x41 \U0001F600 \u{1F600}", "café A 😀 😀"),
        (r"\ud83d\ude00 \ud83d \ude00", "😀    "),
        (r"a\/b \"q\" don\'t snake\_case 70\%", 'a/b "q" don\'t snake_case 70%'),
        (r"C:\new\table", r"C:\new\table"),
        (r"..\new\table", r"..\new\table"),
        (r"\\server\new\table", r"\\server\new\table"),
        (r"C:\\new\\table", r"C:\new\table"),
        (r"$\nabla f$ and \textbf{x}", r"$\nabla f$ and \textbf{x}"),
        (r"\d+\s*\w", r"\d+\s*\w"),
        ("AT&amp;T don&#39;t &#x27;x&#x27; &eacute;", "AT&T don't 'x' é"),
        ("&amp;amp; &amp;#39; &amp;nbsp;", "& ' \u00a0"),
        ("&unknown; R&D a&b; &;", "&unknown; R&D a&b; &;"),
        ("\x1b[1;31mred\x1b[0m \x9b2Jx \x1b]0;title\x07y \x1b(Bz", "red x y z"),
        (r"\u001b[31mred\x1b[0m \033[1mbold\e[0m", "red bold"),
    ],
)
def test_what_is_written_is_read_as_what_it_stands_for(text: str, read: str) -> None:
    assert ESCAPES.text(text) == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"src\test\resources", ["test", "resources"]),
        (r"2\beta", ["beta"]),
        (r'{"a": "one\ntwo"}', []),
        (r"C:\new\table \nabla one\nTwo", []),
    ],
)
def test_a_guess_has_a_second_reading(text: str, words: list[str]) -> None:
    assert [span.of(text) for span in second_readings(text)] == words


@pytest.mark.parametrize("part", ["\\", "\\n", "\\na", "&amp;", "&", "\x1b[", '"\\na', "a:\\b"])
def test_time_is_linear_in_the_length(part: str) -> None:
    text = part * 50_000
    started = time.process_time()
    ESCAPES.text(text)
    list(second_readings(text))
    # It takes a tenth of that; quadratic code would take minutes.
    assert time.process_time() - started < 5
