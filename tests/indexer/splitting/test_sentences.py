from itertools import pairwise

import pytest
from hypothesis import given

from indexer.documents import Document
from indexer.reading.readers import read_document
from indexer.splitting.graphemes import next_content
from indexer.splitting.sentences import SentenceStarts, sentence_starts
from indexer.splitting.tables import tables
from tests.indexer.strategies import texts


def document_of(text: str, path: str = "a.md") -> Document:
    document = read_document(path, text.encode())
    assert isinstance(document, Document)
    return document


def starts_of(document: Document) -> SentenceStarts:
    return sentence_starts(document, list(tables(document)))


def sentences(text: str, path: str = "a.md") -> list[str]:
    starts = starts_of(document_of(text, path)).starts
    return [text[start:end].rstrip() for start, end in pairwise(starts)]


@pytest.mark.parametrize(
    "text",
    [
        "It rained. We stayed.",
        "Did it rain? It did!",
        "It rained?! We stayed.",
        'He said "stop." Then he left.',
        "(It rained.) Then it stopped.",
        "“It rained.” Then it stopped.",
        "*It rained.* Then it stopped.",
        "It rained.[12] We stayed.",
        "It rained… We stayed.",
        "It rained... We stayed.",
        "See http://example.org/a.b. It has more.",
        "It is at version 2.0. The next is 2.1.",
        "Ärger gab es. Öfter.",
        "Дождь шёл. Мы остались.",
        "यह पहला है। यह दूसरा है।",
        "هل تمطر؟ نعم.",
        "北约联盟将继续。 真的吗？ 是。",
        "It cost 5. Nobody paid.",
    ],
)
def test_a_stop_before_a_blank_ends_a_sentence(text: str) -> None:
    pieces = sentences(text)
    assert len(pieces) >= 2
    assert " ".join(pieces) == text
    assert all(piece.rstrip('"”)*]12[')[-1] in ".?!…।؟。？" for piece in pieces)


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Smith met Mrs. Miller and Prof. Jones in St. Louis.",
        "J. R. R. Tolkien and J.R.R. Tolkien are one man.",
        "The U.S. Senate voted.",
        "Some fruit, e.g. Apples, and others, i.e. Pears, are here.",
        "Pi is 3.14 or so.",
        "See Fig. 3, Sec. 4 and No. 5.",
        "It snowed on Jan. 5 and on Dec. 24.",
        "Smith et al. (2020) say so.",
        "Apple Inc. Chief Tim Cook spoke.",
        "Vgl. z.B. Nr. 5.",
        "“Why?” he asked.",
        "He went to the Yahoo! office.",
        "Wait... what?",
        "Node.js and a.out are names.",
        "Ask a.b@example.org about it.",
    ],
)
def test_other_stops_do_not_end_a_sentence(sentence: str) -> None:
    assert sentences(sentence + " Then more.") == [sentence, "Then more."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said no. Then he left.", ["He said no.", "Then he left."]),
        ("Modern art. The end.", ["Modern art.", "The end."]),
        ("In Dec. It snowed.", ["In Dec.", "It snowed."]),
    ],
)
def test_some_words_are_abbreviations_before_a_number_only(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_scripts_without_blanks_need_no_blank_after_a_stop() -> None:
    assert sentences("北约联盟将继续。他说：「是。」然后走了！真的吗？好") == [
        "北约联盟将继续。",
        "他说：「是。」",
        "然后走了！",
        "真的吗？",
        "好",
    ]


# Lines


def test_prose_may_be_wrapped() -> None:
    assert sentences(
        "A sentence that is wrapped in the middle, as\nOld mails are. The next\none."
    ) == [
        "A sentence that is wrapped in the middle, as\nOld mails are.",
        "The next\none.",
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_blank_line_ends_a_sentence(line_end: str) -> None:
    text = line_end.join(["A heading", "", "one line", "more of it", " \t", "the last"])
    assert sentences(text) == ["A heading", f"one line{line_end}more of it", "the last"]


@pytest.mark.parametrize(
    "lines",
    [
        ["- one", "- two\n  and more", "- three"],
        ["* one", "+ two", "• three"],
        ["1. One thing. ", "2) Two", "10. Three"],
        ["a) one", "(b) two", "(12) three"],
        ["| a | b |", "|---|---|", "|1|2|"],
        ["> one", "> two"],
        ["2024-01-05 12:00:01 ERROR failed", "2024-01-05 12:00:02 INFO went on"],
        ["[12:00:01] <ann> hello", "[12:00:07] <bob> hi"],
        ["Nov 30 12:00:01 quay cranes: failed", "Nov  3 12:00:02 quay cranes: went on"],
        ["Mon Nov 30 12:00:01 2026 failed", "[30/Nov/2026:12:00:02] went on"],
        ["ERROR failed", "[INFO] went on"],
        ["00:01:02,000 --> 00:01:04,000", "01/02/2024 a date"],
    ],
)
def test_items_rows_and_entries_begin_on_separate_lines(lines: list[str]) -> None:
    assert sentences("\n".join(["Intro", *lines]), "a.txt") == ["Intro", *map(str.rstrip, lines)]


def test_the_number_of_an_item_does_not_end_a_sentence() -> None:
    assert sentences("1. First. And more.\n\nii. Second\n\n   c. Third") == [
        "1. First.",
        "And more.",
        "ii. Second",
        "c. Third",
    ]


@pytest.mark.parametrize("path", ["a.csv", "a.tsv"])
def test_every_line_of_a_table_file_is_a_row(path: str) -> None:
    assert sentences("name,size\nann,3\r\nbob,4\n", path) == ["name,size", "ann,3", "bob,4"]


def test_code_is_cut_at_blank_lines() -> None:
    code = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
    assert sentences(code, "a.py") == ["def one():\n    return 1", "def two():\n    return 2"]


# Headings and front matter


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.md", "# One\ntext\n## Two\ntext", ["# One", "text", "## Two", "text"]),
        ("a.md", "above\n\nOne\n===\ntext", ["above", "One\n===", "text"]),
        ("a.md", "One\r\n---\r\ntext", ["One\r\n---", "text"]),
        ("a.md", "   # One\ntext", ["# One", "text"]),
        (
            "a.rst",
            "===\nOne\n===\ntext\n\nTwo\n---\ntext",
            ["===\nOne\n===", "text", "Two\n---", "text"],
        ),
    ],
)
def test_a_heading_is_a_separate_sentence(path: str, text: str, expected: list[str]) -> None:
    assert sentences(text, path) == expected


def test_sections_start_at_headings() -> None:
    text = "intro\n\n# One\ntext\n\n  # Two\n"
    found = starts_of(document_of(text))
    assert sorted(found.sections) == [text.index("# One"), text.index("# Two")]
    assert found.sections < set(found.starts)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_each_line_of_front_matter_is_a_separate_sentence(line_end: str) -> None:
    lines = ["---", "title: A thing", "tags:", "- one", "summary: >", "  wrapped,", "  as here"]
    text = line_end.join([*lines, "date: 2024", "---", "", "Below."])
    assert sentences(text) == [
        f"---{line_end}title: A thing",
        "tags:",
        "- one",
        f"summary: >{line_end}  wrapped,{line_end}  as here",
        f"date: 2024{line_end}---",
        "Below.",
    ]
    assert starts_of(document_of(text)).sections == {text.index("Below.")}


@pytest.mark.parametrize(
    "text", ["---\ntitle: A\nnever closed", "---\n\nno key\n\n---\n", "text\n\n---\na: b\n"]
)
def test_other_rules_are_not_front_matter(text: str) -> None:
    assert starts_of(document_of(text)).sections <= {0}


def test_data_have_no_front_matter() -> None:
    text = "---\na: one\nb: two\n---\n"
    assert sentences(text, "a.toml") == [text.rstrip()]


# Marks and properties


def test_no_sentence_starts_with_a_mark_that_combines_with_a_blank() -> None:
    for gap in (" ", "\n\n "):
        assert sentences(f"One.{gap}\u0301Two") == ["One.", " \u0301Two"]
    assert sentences("一。\u0301二") == ["一。\u0301二"]


@given(texts)
def test_sentences_start_at_nonblanks_and_leave_nothing_out(text: str) -> None:
    if not text or text.isspace():
        return
    for path in ("a.md", "a.rst", "a.csv"):
        starts, sections, depths = starts_of(document_of(text, path))
        assert set(depths) <= set(starts)
        assert starts == sorted(set(starts))
        assert starts[0] == next_content(text, 0)
        assert starts[-1] == len(text)
        assert sections <= set(starts)
        for start in starts[:-1]:
            # A mark may combine with a blank, and then both are content.
            assert not text[start].isspace() or not text[start + 1].isspace()


def test_after_a_million_sentence_starts_text_is_cut_by_length_alone() -> None:
    short = "No way. " * 1_000
    text = ". " * 1_000_000 + short
    starts = starts_of(document_of(text)).starts
    assert len(starts) < 1_000_100
    assert len(starts_of(document_of(short)).starts) > 900
