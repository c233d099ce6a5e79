import pytest

from indexer.documents import Heading
from indexer.reading.formats.restructuredtext import restructuredtext_outline


def headings(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in restructuredtext_outline(text).headings]


def test_sections_start_at_their_overline() -> None:
    text = "=====\n Top \n=====\n\nOne\n===\ntext\n\nTwo\n---\n"
    #       0                   19         33    34
    assert restructuredtext_outline(text).headings == (
        Heading(0, 1, "Top"),
        Heading(19, 2, "One"),
        Heading(33, 3, "Two"),
    )


def test_levels_are_numbered_as_their_styles_appear() -> None:
    text = "A\n~\n\nB\n=\n\nC\n~\n\n=\nD\n=\n\nE\n=\n"
    assert headings(text) == [(1, "A"), (2, "B"), (1, "C"), (3, "D"), (2, "E")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(line_end: str) -> None:
    text = line_end.join(["===", "One", "===", "", "Two", "---", "text"])
    found = restructuredtext_outline(text).headings
    assert [(text[start:].split(line_end)[0], title) for start, _, title in found] == [
        ("===", "One"),
        ("Two", "Two"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One\n===", [(1, "One")]),
        ("One  \n===  \n", [(1, "One")]),
        ("Title\n====", [(1, "Title")]),  # too short, but docutils accepts it
        ("1. One\n======", [(1, "1. One")]),
        ("One\n===\nTwo\n===", [(1, "One"), (1, "Two")]),
        ("Title\n===", []),  # ambiguous
        ("a paragraph of\ntwo lines\n=========", []),
        ("One\n=-=", []),
        ("text\n\n----\n\ntext", []),  # a transition
        ("----\n====", []),
        ("- item\n------", []),
        (".. comment\n----------", []),
        ("    literal\n-----------", []),
        ("====  ====\nA     B\n====  ====\n", []),  # a table
        ("+---+\n| a |\n+---+\n", []),
        ("=====\nOne\n-----\n", []),  # overline and underline differ
        ("=====\n\nOne\n=====\n", [(1, "One")]),
        ("x" * 1_001 + "\n" + "=" * 1_001, []),
    ],
)
def test_sections(text: str, expected: list[tuple[int, str]]) -> None:
    assert headings(text) == expected


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("The ``code`` of *this* and **that**", "The code of this and that"),
        (":mod:`sources` -- the walk", "sources -- the walk"),
        ("`A link <https://x.y>`_ and `another`__", "A link and another"),
        (r"\*args and 2 * 3", "*args and 2 * 3"),
        ("unpaired ` * :a:`", "unpaired ` * :a:`"),
    ],
)
def test_titles_are_the_displayed_text(line: str, title: str) -> None:
    assert headings(f"{line}\n{'=' * len(line)}") == [(1, title)]
