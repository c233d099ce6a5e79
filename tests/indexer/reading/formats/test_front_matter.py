import pytest

from indexer.reading.formats.front_matter import FrontMatter, read_front_matter
from indexer.reading.formats.markdown import markdown_outline


@pytest.mark.parametrize(
    ("front_matter", "title"),
    [
        ("title: Plain", "Plain"),
        ("author: Ada\nTitle:  'Quoted: it''s'  ", "Quoted: it's"),
        ('title: "Quoted"', "Quoted"),
        ('title: "Two \\"words\\" \\u00e9 \\ud83d\\ude00" # comment', 'Two "words" é 😀'),
        ("title: Plan: the second # comment", "Plan: the second"),
        ("title: C# in depth", "C# in depth"),
        ("# comment\nms.date: 1\ntitle: After", "After"),
        ("title: >-\n  folded\n  lines\ntags: x", "folded lines"),
        ("title: |\n  literal\n", "literal"),
        ("title:\n  on the next line\ntags: x", "on the next line"),
        ("title: 'wrapped\n  in quotes'\n", "wrapped in quotes"),
        ("title: !!str Tagged", "Tagged"),
        ("title: Research & Development", "Research & Development"),
        ("title: Stop! Look", "Stop! Look"),
        ("title: &anchor Q&A of 2024", "Q&A of 2024"),
        ('title: "[[Notes|Garden notes]]"', "Garden notes"),
        ("title: [[Garden]]", "Garden"),
        ('"title": Key in quotes', "Key in quotes"),
        ("title: '*Stressed*'", "Stressed"),
        ("title:\nother: x", ""),
        ("title:\n  en: Nested\n", ""),
        ("title: [a, b]", ""),
        ("title: ~", ""),
        ("subtitle: x", ""),
        ("other:\n  title: nested", ""),
    ],
)
def test_the_title_in_yaml(front_matter: str, title: str) -> None:
    text = f"---\n{front_matter}\n# no\n---\n# One\n"
    found = read_front_matter(text)
    assert found.title == title
    assert text[found.end :] == "# One\n"
    outline = markdown_outline(text, found.end)
    assert [heading.title for heading in outline.headings] == ["One"]


@pytest.mark.parametrize(
    ("front_matter", "title"),
    [
        ('title = "Plain"', "Plain"),
        ("date = 2024-05-02\nTitle = 'It \\n is'", "It \\n is"),
        ('title = "A \\"word\\" \\u00e9"', 'A "word" é'),
        ('title = """\nSeveral\nlines"""', "Several lines"),
        ('[extra]\ntitle = "of a table"', ""),
        ("title = 5", ""),
        ('title = "bad \\q escape"', ""),
    ],
)
def test_the_title_in_toml(front_matter: str, title: str) -> None:
    text = f"+++\n{front_matter}\n+++\n# One\n"
    found = read_front_matter(text)
    assert found.title == title
    assert text[found.end :] == "# One\n"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(line_end: str) -> None:
    text = line_end.join(["---", "title: T", "...", "text", "---", ""])
    title, end, _ = read_front_matter(text)
    assert (title, text[end:].split()) == ("T", ["text", "---"])


@pytest.mark.parametrize(
    "text",
    [
        "---\n# One\n\n---\n",  # text between two rules, if no line of it has a `key:`
        "---\ntitle: not closed\n# One\n",
        "\n---\ntitle: not at the start\n---\n# One\n",
        "---\nA sentence.\n\n---\n# One\n",
        "---\nSee http://example.org\n---\n",
        "+++\nA sentence.\n+++\n",
    ],
)
def test_other_beginnings_are_not_front_matter(text: str) -> None:
    assert read_front_matter(text) == FrontMatter()


@pytest.mark.parametrize(
    "text",
    [f"---\ntitle: {'[' * 100_000}\n---\n", f"+++\ntitle = {'[' * 100_000}\n+++\n"],
    ids=["yaml", "toml"],
)
def test_nested_collections_do_no_harm(text: str) -> None:
    assert read_front_matter(text).end == len(text)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("---\ntitle: Plan\ntags: [a]\n---\n\n# Plan\n", "# Plan\n"),
        ("---\r\ntitle: Plan\r\n---\r\n\r\nText", "Text"),
        ("---\n# a comment\ntitle: Plan\n...\nText", "Text"),
        ('+++\n"title" = "Plan"\n+++\nText', "Text"),
        ("---\ntitle: Plan\n---", ""),
    ],
)
def test_text_goes_on_after_the_front_matter(text: str, body: str) -> None:
    assert text[read_front_matter(text).end :].lstrip() == body


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Text\n---\ntitle: Plan\n---\n",
        "---\n\nA rule, and text: here.\n\n---\n",
        "---\ntitle: Plan\nnever closed\n",
        "+++\ntitle = 1\n---\n",
    ],
)
def test_other_texts_have_no_front_matter(text: str) -> None:
    assert read_front_matter(text).end == 0


@pytest.mark.parametrize(
    ("front_matter", "described"),
    [
        (
            "title: A\nauthor: Ann Lee\ndate: 2026-10-05\nsource: https://example.org/a # b\n"
            "publisher: 'The Post'\nlang: en",
            ("Ann Lee", "The Post", "2026-10-05", "https://example.org/a", "en"),
        ),
        ('authors: [Ann Lee, "Bo Ek"]', ("Ann Lee, Bo Ek", None, None, None, None)),
        ("author:\n  - Ann Lee\n  - Jean-Luc Bo", ("Ann Lee, Jean-Luc Bo", None, None, None, None)),
        ("author:\n  - name: Ann Lee\n    at: x", ("Ann Lee", None, None, None, None)),
        ("author:\n  name: Ann Lee", ("Ann Lee", None, None, None, None)),
        ("source: me\ndate: May", (None, None, None, None, None)),
        (
            "date: 2026-10-05T10:00:00Z\npublished: ~",
            (None, None, "2026-10-05T10:00:00Z", None, None),
        ),
        ("a:\n  author: nested", (None, None, None, None, None)),
    ],
)
def test_yaml_says_who_wrote_a_text_and_when(front_matter: str, described: tuple[str, ...]) -> None:
    assert read_front_matter(f"---\n{front_matter}\n---\n").description == described


def test_toml_says_who_wrote_a_text_and_when() -> None:
    text = (
        '+++\ntitle = "A"\nauthors = ["Ann Lee", "Bo Ek"]\ndate = 2026-10-05T10:00:00Z\n'
        'url = "https://example.org"\nsite = 5\n[extra]\nlang = "en"\n+++\n'
    )
    assert read_front_matter(text).description == (
        *("Ann Lee, Bo Ek", None, "2026-10-05T10:00:00+00:00", "https://example.org", None),
    )
