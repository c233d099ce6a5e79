import time

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from indexer.config import IndexConfig
from indexer.documents import Document, Passage
from indexer.reading.readers import read_document
from indexer.spans import Span
from indexer.splitting.boilerplate import lines_of, repeated_blocks
from indexer.splitting.encoded import encoded_spans
from indexer.splitting.splitter import split_passages
from tests.indexer.strategies import texts

SMALL = IndexConfig(
    passage_chars=100, longest_passage_chars=140, window_chars=40, longest_window_chars=60
)
# A sentence may be longer than a passage.
TINY = IndexConfig(
    passage_chars=50, longest_passage_chars=50, window_chars=40, longest_window_chars=90
)

# Characters and parts that make cutting difficult.
PATHS = ["a.md", "a.rst", "a.csv", "a.json", "a.txt"]
FRONT_MATTER = "---\na: b\nc: d e f\n---\n"
_awkward = st.sampled_from(
    [
        "\u0600 ",
        " \u0301",
        " \u200d👩",
        ". \u0301",
        "。\u0301",
        "。」",
        "? ",
        ". ",
        "\r\n\r\n",
        "\n- ",
        "\n| a |\n",
        "\n\n# Heading\n",
        "\n\nUnderlined\n----\n",
        "\u1100\u1161\u11a8",
        "A sentence of some length, that comes again. ",
        "x" * 70,
        "北" * 40,
        "0a1b" * 30,
        "\n```\ncode. Here\n\nand there\n```\n",
        "\n| a | b |\n|---|---|\n| c. D | e |\n",
        "\nANNA: Yes. No.",
        '\n"a. B\nc",d\n',
        "nine.The",
        "👍🏽" * 20,
    ]
)
awkward_texts = st.tuples(
    st.sampled_from(["", "", FRONT_MATTER]), st.lists(texts | _awkward, max_size=20)
).map(lambda parts: parts[0] + "".join(parts[1]))


def document_of(text: str, path: str = "a.md") -> Document:
    document = read_document(path, text.encode())
    assert isinstance(document, Document)
    return document


def split(text: str, config: IndexConfig = SMALL, path: str = "a.md") -> list[Passage]:
    return split_passages(document_of(text, path), config)


def passages(text: str, config: IndexConfig = SMALL) -> list[str]:
    return [passage.span.of(text) for passage in split(text, config)]


def windows(text: str, config: IndexConfig = SMALL) -> list[str]:
    return [window.of(text) for passage in split(text, config) for window in passage.windows]


def sentence(number: int) -> str:
    return f"This is sentence {number:02}."


def prose(sentences: int, first: int = 1) -> str:
    """Return sentences of 20 characters with a blank between them."""
    return " ".join(map(sentence, range(first, first + sentences)))


# Properties


@given(awkward_texts, st.sampled_from([SMALL, TINY]), st.sampled_from(PATHS))
def test_passages_contain_the_text_in_order_and_cut_no_grapheme(
    text: str, config: IndexConfig, path: str
) -> None:
    if not text or text.isspace():
        return
    boundaries = {0, *(grapheme.end() for grapheme in regex.finditer(r"\X", text))}
    document = document_of(text, path)
    data = [Span(0, document.body_start), *encoded_spans(document)]
    end = 0
    for passage in split_passages(document, config):
        assert text[end : passage.span.start].strip() == ""
        assert 1 <= len(passage.span) <= config.longest_passage_chars
        inside = sorted([*passage.windows, *passage.repeated])
        assert list(passage.windows) == sorted(passage.windows)
        assert list(passage.repeated) == sorted(passage.repeated)
        assert (inside[0].start, inside[-1].end) == (passage.span.start, passage.span.end)
        end = passage.span.start
        for span in inside:
            assert span.start >= end
            assert text[end : span.start].strip() == ""
            assert span.of(text).strip()
            assert {span.start, span.end} <= boundaries
            end = span.end
        for span in passage.repeated:
            is_data = any(run.start <= span.start < run.end for run in data)
            assert is_data or span.of(text) in text[: span.start]
    assert text[end:].strip() == ""


@given(awkward_texts, st.sampled_from([SMALL, TINY]), st.data())
def test_repeated_lines_are_in_no_window_and_no_sentence_crosses_their_edge(
    text: str, config: IndexConfig, data: st.DataObject
) -> None:
    if not text or text.isspace():
        return
    lines = sorted(lines_of(text))
    repeated = data.draw(st.lists(st.sampled_from(lines), max_size=4)) if lines else []
    blocks = repeated_blocks(text, repeated)
    boundaries = {0, *(grapheme.end() for grapheme in regex.finditer(r"\X", text))}
    left_out, end = 0, 0
    for passage in split_passages(document_of(text), config, left_out=blocks):
        assert 1 <= len(passage.span) <= config.longest_passage_chars
        inside = sorted([*passage.windows, *passage.repeated])
        assert (inside[0].start, inside[-1].end) == (passage.span.start, passage.span.end)
        for span in inside:
            assert text[end : span.start].strip() == ""
            assert {span.start, span.end} <= boundaries
            end = span.end
            # A grapheme may include the blank that ends its line, but a block never does.
            content = Span(span.start, span.start + len(span.of(text).rstrip()))
            around = [block for block in blocks if block.contains(content)]
            assert around or all(
                span.end <= block.start or block.end <= span.start for block in blocks
            )
            assert span in passage.repeated or not around
            left_out += len("".join(span.of(text).split())) if around else 0
    assert text[end:].strip() == ""
    assert left_out == sum(len("".join(block.of(text).split())) for block in blocks)


@given(awkward_texts)
def test_a_window_is_short_or_a_single_sentence(text: str) -> None:
    if not text or text.isspace():
        return
    for passage in split(text):
        for window in passage.windows:
            assert len(window) <= SMALL.longest_window_chars + 1


# Passages


def test_a_short_text_is_one_passage_without_the_blanks_around_it() -> None:
    assert split(" One.\n\nTwo. \n") == [
        Passage(span=Span(1, 11), heading="", windows=(Span(1, 11),)),
    ]


def test_blanks_form_no_passage() -> None:
    assert split_passages(Document("a.md", " \n ", "utf-8", "text/markdown", "", ""), SMALL) == []


def test_passages_end_at_sentences_and_are_of_about_equal_length() -> None:
    # Seven sentences are 146 characters, too many for one passage.
    text = prose(7)
    assert passages(text) == [prose(4), prose(3, first=5)]


def test_no_passage_exceeds_the_configured_length() -> None:
    text = "x" * 139 + "."
    assert passages(text, SMALL.with_changes(longest_window_chars=1_000)) == [text]
    assert max(map(len, passages("x" * 200 + "."))) <= 140


def test_passages_begin_at_headings() -> None:
    text = f"{prose(3)}\n\n# Two\n{prose(3, first=4)}\n\n# Three\n{prose(3, first=7)}"
    assert passages(text) == [
        prose(3),
        f"# Two\n{prose(3, first=4)}",
        f"# Three\n{prose(3, first=7)}",
    ]
    assert [passage.heading for passage in split(text)] == ["", "Two", "Three"]


def test_a_small_section_shares_a_passage_with_the_next_one() -> None:
    text = f"# One\nShort.\n\n## Two\n{prose(3)}"
    assert passages(text) == [text]
    assert [passage.heading for passage in split(text)] == ["One"]


def test_the_heading_is_the_path_from_the_top() -> None:
    parts = [f"{'#' * level} {name}\n{prose(4)}" for level, name in [(1, "A"), (2, "B"), (3, "C")]]
    parts += [f"## D\n{prose(4)}", f"# E\n{prose(4)}"]
    assert [passage.heading for passage in split("\n\n".join(parts))] == [
        "A",
        "A > B",
        "A > B > C",
        "A > D",
        "E",
    ]


@pytest.mark.parametrize(("rule", "sign"), [("---", ":"), ("+++", " =")])
def test_front_matter_is_part_of_a_passage_but_of_no_window(rule: str, sign: str) -> None:
    front_matter = f"{rule}\ntitle{sign} A\nsummary{sign} {prose(1)}\n{rule}"
    text = f"{front_matter}\n\nBelow."
    assert passages(text) == [text]
    assert windows(text) == ["Below."]
    assert windows(front_matter) != []
    # It is a section, so a long one is a passage.
    assert passages(f"{front_matter}\n\n{prose(4)}") == [front_matter, prose(4)]
    assert windows(f"{front_matter}\n\n{prose(2)}") == [sentence(1), sentence(2)]


def test_blanks_between_sentences_count_for_the_length_of_a_passage() -> None:
    text = ("\n" * 60).join(map(sentence, range(1, 5)))
    assert all(len(passage) <= 140 for passage in passages(text))


# Sentences that are too long


@pytest.mark.parametrize(
    ("text", "first"),
    [
        # The limit is 60 characters; the best place in the second half is taken.
        ("a" * 20 + " " + "b" * 20 + "\n" + "c" * 10 + ", " + "d" * 30, "a" * 20 + " " + "b" * 20),
        ("a" * 40 + ", " + "b" * 10 + " " + "c" * 30, "a" * 40 + ","),
        ("a" * 40 + " " + "b" * 50, "a" * 40),
        ("a" * 70, "a" * 60),
        ("é" * 70, "é" * 60),
        ("e\u0301" * 40, "e\u0301" * 30),
        ("👩‍👩‍👧‍👦" * 10, "👩‍👩‍👧‍👦" * 8),  # seven code points each
    ],
)
def test_a_long_sentence_is_cut_in_the_best_place(text: str, first: str) -> None:
    assert windows(text)[0] == first


def test_no_cut_leaves_a_carriage_return_alone() -> None:
    text = "\r\n".join(letter * 44 for letter in "abc")
    assert windows(text) == ["a" * 44, "b" * 44, "c" * 44]


def test_passages_do_not_overlap_where_a_grapheme_is_cut() -> None:
    text = "\u0915" + "\u093c\u094b" * 300
    assert "".join(passages(text)) == text


def test_unspaced_characters_weigh_as_tokens() -> None:
    # 60 characters of English weigh as much as 13 Han characters: 13 × 4.4 = 57.2.
    assert windows("北" * 30) == ["北" * 13, "北" * 13, "北" * 4]
    # 40 letters and 4 Han characters: 40 + 4 × 4.4 = 57.6.
    assert windows("a" * 40 + "北" * 10)[0] == "a" * 40 + "北" * 4


# Windows


def test_a_window_has_at_most_three_sentences() -> None:
    assert windows("A b. C d. E f. G h.") == ["A b. C d. E f.", "G h."]


def test_a_window_has_about_the_configured_length() -> None:
    # Two sentences are 41 characters, one more than a window has.
    assert windows(prose(3)) == [sentence(1), sentence(2), sentence(3)]
    assert windows("Short one. " + prose(1)) == ["Short one. " + prose(1)]


def test_a_window_begins_at_a_heading() -> None:
    assert windows("Above.\n\n# Title\nBelow.") == ["Above.", "# Title\nBelow."]
    assert windows("---\na: b\nc: d\n---\n\n# Title") == ["# Title"]


def test_front_matter_is_in_a_window_only_if_there_is_no_other_text() -> None:
    assert windows("---\na: b\n---\n\n# Title") == ["# Title"]
    assert "a: b" in windows("---\na: b\n---\n")[0]


# Repetition


def test_a_sentence_that_occurred_earlier_is_not_part_of_a_window() -> None:
    headline = "This headline is here twice."
    text = f"{headline} One. {headline} Two."
    assert split(text) == [
        Passage(
            span=Span(0, len(text)),
            heading="",
            windows=(Span(0, 33), Span(63, 67)),
            repeated=(Span(34, 62),),
        )
    ]
    assert Span(34, 62).of(text) == headline


def test_a_passage_may_consist_of_repetition_only() -> None:
    text = "\n\n".join(["This headline is here again and again."] * 5)
    first, *others = split(text)
    assert first.windows
    assert others
    assert all(not passage.windows and passage.repeated for passage in others)


def test_lines_of_other_documents_are_left_out_of_windows() -> None:
    #       0         1         2         3         4         5
    #       01234567890123456789012345678901234567890123456789012345
    text = "Home and all\nProducts\nWolves howl. They do\nnot\nbark.\n"
    whole = Span(0, 52)
    assert split(text) == [Passage(whole, "", windows=(Span(0, 34), Span(35, 52)))]
    document = document_of(text)
    assert split_passages(document, SMALL, left_out=[Span(0, 21)]) == [
        Passage(whole, "", windows=(Span(22, 52),), repeated=(Span(0, 21),))
    ]
    assert split_passages(document, SMALL, left_out=[Span(0, 21), Span(43, 46)]) == [
        Passage(
            whole,
            "",
            windows=(Span(22, 42), Span(47, 52)),
            repeated=(Span(0, 21), Span(43, 46)),
        )
    ]


def test_a_sentence_left_out_as_a_line_may_occur_elsewhere() -> None:
    notice = "We use cookies on this site."
    text = f"{notice}\nSo it says: you know. {notice} Indeed. {notice}"
    (passage,) = split_passages(document_of(text), SMALL, left_out=[Span(0, 28)])
    at, again = text.index(notice, 1), text.rindex(notice)
    assert passage.repeated == (Span(0, 28), Span(again, again + 28))
    assert any(window.start <= at < window.end for window in passage.windows)


def test_short_sentences_repeat_by_chance() -> None:
    assert all(not passage.repeated for passage in split("Yes. No. Yes. No."))


# Any length


@pytest.mark.parametrize(
    "text",
    [
        "The quick brown fox jumps over the dog. ",
        "word ",
        "word\n",
        "a\n\n",
        "x",
        "é",
        "北",
        "。",
        "\n ",
        "e\u0301",
        "\u0301",
        " \u0301",
        "\u0600 ",
        "🇳",
        "👩\u200d",
        "क्",
        ".",
        ". ",
        '."',
        ".[1]",
        "1. ",
        "Mr. ",
        "U.S. ",
        "|",
        "#",
        "# a\n",
        "-",
        "a,",
        "\r",
        "a\r\r",
        "=\n",
        "---\na: b\n",
        "nine.The",
        "a.B ",
        "“.A",
        "```\n",
        "````\n```\n",
        "~~~\n",
        "|-|\n",
        "a|b\n-|-\n",
        "A: b\n",
        "<a> ",
        "1\n00:00:01,000 --> \n",
        "0123abcd",
        "QUJD" * 18 + "\n",
        "00000000: 01 02 03 04 05 06 07\n",
        '"',
        "x" * 299 + "é",
    ],
)
@pytest.mark.parametrize("media_type", ["text/markdown", "text/csv", "application/json"])
def test_time_is_linear_in_the_length(text: str, media_type: str) -> None:
    long = "a" + text * (150_000 // len(text)) + "a"
    document = Document("a", long, "utf-8", media_type, "", "")
    started = time.process_time()
    assert split_passages(document, IndexConfig())
    # It takes a tenth of that; quadratic code would take minutes.
    assert time.process_time() - started < 5
