import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Heading
from indexer.reading.formats.markdown import markdown_outline


def headings(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in markdown_outline(text).headings]


def test_headings_start_where_their_lines_start() -> None:
    text = "é # no\n# One\n👍\n\n  ## Two ##\n\nThree\n===\n"
    #       0       7      13 15 16       28
    assert markdown_outline(text).headings == (
        Heading(7, 1, "One"),
        Heading(16, 2, "Two"),
        Heading(29, 1, "Three"),
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(line_end: str) -> None:
    lines = ["# One", "```", "# no", "```", "text", "", "Two", "---", "x"]
    text = line_end.join(lines)
    found = markdown_outline(text)
    assert [text[start:].split(line_end)[0] for start, _, _ in found.headings] == ["# One", "Two"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# One", [(1, "One")]),
        ("#\tOne", [(1, "One")]),
        ("###### Six", [(6, "Six")]),
        ("   # Indented", [(1, "Indented")]),
        ("# C#", [(1, "C#")]),
        ("# One #####  ", [(1, "One")]),
        (r"# One \#", [(1, "One #")]),
        ("# ## #", [(1, "##")]),
        ("#hashtag", []),
        ("####### Seven", []),
        ("    # Code", []),
        ("\t# Code", []),
        ("\\# Escaped", []),
        ("#", []),
        ("# #", []),
        ("> # Quoted", []),
        ("- # Item", []),
    ],
)
def test_atx_headings(text: str, expected: list[tuple[int, str]]) -> None:
    assert headings(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One\n=", [(1, "One")]),
        ("One\n-", [(2, "One")]),
        ("  One\n   ----  \nTwo\n====", [(2, "One"), (1, "Two")]),
        ("# One\nTwo\n---", [(1, "One"), (2, "Two")]),
        ("text\n\nOne\n---\ntext", [(2, "One")]),
        ("```\n```\nOne\n---", [(2, "One")]),
        ("<!-- x -->\nOne\n---", [(2, "One")]),
        ("a paragraph of\ntwo lines\n---", []),
        ("\n---", []),
        ("---\n---", []),
        ("# One\n---", [(1, "One")]),
        ("- item\n---", []),
        ("1. item\n---", []),
        ("> quotation\n---", []),
        ("| cell |\n---", []),
        ("<dl>\n---", []),
        ("    code\n---", []),
        ("One\n    ---", []),
        ("One\n- - -", []),
        ("One\n=-=", []),
        ("x" * 1_001 + "\n===", []),
    ],
)
def test_setext_headings(text: str, expected: list[tuple[int, str]]) -> None:
    assert headings(text) == expected


@pytest.mark.parametrize(
    "hidden",
    [
        "```\n# no\n```",
        "```sh\n# no\n~~~\n``\n# no\n   ````  ",
        "~~~ a`b\n# no\n```\n# no\n~~~",
        "````\n```\n# no\n````",
        "```\n# no\n``` not closed by this\n# no\n```",
        "<!--\n# no\n-->",
        "<!-- one line -->",
        "<pre>\n# no\n</pre>",
        "<SCRIPT type=module>\n# no\n</script>",
        "`` `inline` ``` ``",
    ],
)
def test_blocks_hide_headings(hidden: str) -> None:
    assert headings(f"# Before\n{hidden}\n# After") == [(1, "Before"), (1, "After")]


@pytest.mark.parametrize("opening", ["```", "~~~~ info", "<!-- ", "<pre>", "<style>"])
def test_an_unclosed_block_hides_the_rest(opening: str) -> None:
    assert headings(f"# Before\n{opening}\n# no\n\n# no") == [(1, "Before")]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (r"WINBIO\_BDB\_HEADER structure", "WINBIO_BDB_HEADER structure"),
        ("Use `__init__` *and* **`__new__`**", "Use __init__ and __new__"),
        ("Plain_snake_case and 2 * 3 * 4", "Plain_snake_case and 2 * 3 * 4"),
        ("_Stressed_ __strongly__", "Stressed strongly"),
        ("***All of it***", "All of it"),
        ("[A *link*](http://x.y) and ![an image](i.png)", "A link and an image"),
        ('<a name="top"></a>Top<br>', "Top"),
        ("A list<T> of &lt;T&gt; &amp; more", "A list<T> of <T> & more"),
        ("Install {#install}", "Install"),
        ("A set {a, b}", "A set {a, b}"),
        ("unpaired ` * _ [ <", "unpaired ` * _ [ <"),
        ("  several \t blanks  ", "several blanks"),
    ],
)
def test_titles_are_the_displayed_text(line: str, title: str) -> None:
    assert headings(f"# {line}") == [(1, title)]


def test_an_invisible_title_is_not_a_title() -> None:
    assert headings('# <a name="x"></a>') == []


def test_a_long_title_is_cut() -> None:
    assert headings("# " + "word " * 1_000) == [(1, ("word " * 40)[:-1] + "…")]


_BLOCKS = st.sampled_from(
    [
        ("A paragraph\nof two lines.", None),
        ("```\n# code\n```", None),
        ("~~~\n# code\n\ncode\n---\n~~~", None),
        ("    # indented\n    code", None),
        ("<!-- # comment\n# comment -->", None),
        ("- item\n- item", None),
        ("---", None),
        ("| a | b |\n|---|---|\n| 1 | 2 |", None),
        ("# One", (1, "One")),
        ("### Three ###", (3, "Three")),
        ("Setext 👍\n===", (1, "Setext 👍")),
        ("Setext\n---", (2, "Setext")),
    ]
)


@given(st.lists(_BLOCKS, max_size=12), st.sampled_from(["\n\n", "\r\n\r\n", "\n \n\n"]))
def test_blocks_do_not_disturb_each_other(
    blocks: list[tuple[str, tuple[int, str] | None]], between: str
) -> None:
    text = "Start." + between
    expected = []
    for block, heading in blocks:
        if heading:
            expected.append(Heading(len(text), *heading))
        text += block + between
    assert list(markdown_outline(text).headings) == expected
