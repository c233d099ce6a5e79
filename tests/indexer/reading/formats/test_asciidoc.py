import pytest

from indexer.documents import Heading
from indexer.reading.formats.asciidoc import asciidoc_outline


def headings(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in asciidoc_outline(text).headings]


def test_headings_start_where_their_lines_start() -> None:
    text = "= One\nAda\n\n== Two\n\nThree\n-----\n"
    assert asciidoc_outline(text).headings == (
        Heading(0, 1, "One"),
        Heading(11, 2, "Two"),
        Heading(19, 2, "Three"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("= Title =", [(1, "Title")]),
        ("## Like Markdown", [(2, "Like Markdown")]),
        ("== [[a]]See <<x,that>> and link:a.html[this] `code`", [(2, "See that and this code")]),
        ("=no", []),
        ("----\n== no\n----\n== Yes", [(2, "Yes")]),
        ("....\n----\n== no\n....\n", []),
        ("----\n== not closed", []),
        ("```sh\n== no\n```\n== Yes", [(2, "Yes")]),
        ("|===\n== no\n|===\n", []),
        ("Title\n=====\n", [(1, "Title")]),
        ("A paragraph\n----\n== no\n----\n", []),
        ("One\nfour\n----\n", []),
        (".Block\n------\n== no\n------\n", []),
    ],
)
def test_headings(text: str, expected: list[tuple[int, str]]) -> None:
    assert headings(text) == expected


def test_the_title_may_be_an_attribute() -> None:
    assert asciidoc_outline(":doctitle: The title\n\n== One\n").title == "The title"
