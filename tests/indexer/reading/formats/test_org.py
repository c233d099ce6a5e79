import pytest

from indexer.documents import Heading
from indexer.reading.formats.org import org_outline


def headings(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in org_outline(text).headings]


def test_headings_start_where_their_lines_start() -> None:
    text = "* One\ntext\n** Two\n"
    assert org_outline(text).headings == (Heading(0, 1, "One"), Heading(11, 2, "Two"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* TODO [#A] Call the *bank* :work:phone:", [(1, "Call the bank")]),
        ("* See [[https://example.org][the page]]", [(1, "See the page")]),
        ("*** Deep", [(3, "Deep")]),
        ("*bold* text", []),
        (" * item", []),
        ("* ", []),
        ("#+BEGIN_SRC org\n* no\n#+END_SRC\n* Yes", [(1, "Yes")]),
        ("#+begin_example\n#+end_src\n* no\n#+END_EXAMPLE", []),
        ("#+begin_src\n* Not closed", [(1, "Not closed")]),
        ("* Ratio 3:4", [(1, "Ratio 3:4")]),
    ],
)
def test_headings(text: str, expected: list[tuple[int, str]]) -> None:
    assert headings(text) == expected


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("#+TITLE: Garden notes\n#+AUTHOR: Ada\n\nText\n", "Garden notes", "Text"),
        ("#+title: Garden\n#+title: notes\n* One", "Garden notes", "* One"),
        (":PROPERTIES:\n:ID: 5\n:END:\n#+title: T\nText", "T", "Text"),
        ("# a comment\nText\n#+TITLE: late", "", "Text\n#+TITLE: late"),
        ("Text", "", "Text"),
        ("#+begin_src\n#+title: no\n#+end_src", "", "#+begin_src\n#+title: no\n#+end_src"),
    ],
)
def test_the_preamble(text: str, title: str, body: str) -> None:
    outline = org_outline(text)
    assert outline.title == title
    assert text[outline.body_start :].strip() == body
