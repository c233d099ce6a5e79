import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Document
from indexer.reading.readers import read_document
from indexer.spans import Span
from indexer.splitting.records import Records, records_of
from indexer.splitting.tables import tables
from tests.indexer.strategies import texts


def records(text: str, path: str = "a.md") -> Records:
    document = read_document(path, text.encode())
    assert isinstance(document, Document)
    return records_of(document, list(tables(document)))


def starts(text: str, path: str = "a.md") -> list[str]:
    """Return the first six characters of each record."""
    return [text[start : start + 6] for start in sorted(records(text, path).starts) if text[start:]]


def wholes(text: str, path: str = "a.md") -> list[str]:
    return [whole.of(text) for whole in records(text, path).wholes]


def test_a_row_of_a_table_file_is_a_record() -> None:
    assert starts("name,size\nann is,3\r\nbob is,4\n", "a.csv") == ["ann is", "bob is"]


def test_a_quoted_cell_may_contain_line_ends() -> None:
    text = 'name,note\nann is,"one\ntwo ""three\nfour"\nbob is,"x"\n'
    assert starts(text, "a.csv") == ["ann is", "bob is"]


def test_a_quotation_mark_that_is_never_closed_does_not_end_the_rows() -> None:
    rows = [f"row {number:02},{'x' * 90}" for number in range(400)]
    rows[3] += '"'
    assert len(starts("\n".join(rows), "a.csv")) > 250


@pytest.mark.parametrize("path", ["a.jsonl", "a.ndjson", "a.json"])
def test_an_object_of_json_lines_is_a_record(path: str) -> None:
    lines = [f'{{"id": {number}, "text": "One. Two."}}' for number in range(3)]
    assert starts("\n".join(lines), path) == ['{"id":'] * 3


def test_the_records_of_nested_data_are_the_widest_that_are_not_long() -> None:
    entries = [f'    {{\n      "id": {n},\n      "text": "{"x" * 400}"\n    }}' for n in range(9)]
    text = '{\n  "items": [\n' + ",\n".join(entries) + "\n  ]\n}\n"
    found = starts(text, "a.json")
    assert found[:2] == ['{\n  "i', '"items']
    assert found[2:] == ["{\n    "] * 9
    assert starts("a:\n  b: one two\n  c: three\nd: four", "a.yaml") == ["a:\n  b", "d: fou"]


@pytest.mark.parametrize(
    "fence",
    ["```\na. B\n\nc\n```", "~~~ python\na\n~~~", "````\n```\na\n````", "  ```\n  a\n  ```"],
)
def test_fenced_code_is_a_record(fence: str) -> None:
    assert wholes(f"Above.\n\n{fence}\nBelow.") == [fence.strip()]


def test_a_fence_that_is_never_closed_is_ignored() -> None:
    assert wholes("```\none\n```\n\n```\ntwo") == ["```\none\n```"]
    assert wholes("a ``` b\n```x`\n") == []


def test_the_header_of_a_table_belongs_to_its_first_row() -> None:
    text = "Above.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n"
    assert wholes(text) == ["| a | b |\n|---|---|\n| 1 | 2 |\n"]


TURNS = ["ANNA: It rained.", "Ben Ali: It did.", "ANNA: Yes. All day.", "Dr. Chu-Li: No."]


@pytest.mark.parametrize(
    "pattern",
    [
        "{name}: {text}",
        "**{name}:** {text}",
        "{name} (00:12): {text}",
        "[00:12:01] {name}: {text}",
        "12:01 PM {name}: {text}",
        "[12:01] <{nick}> {text}",
        "{name}:\n{text}",
    ],
)
def test_the_turns_of_a_conversation_are_records(pattern: str) -> None:
    turns = [
        pattern.format(name=name, nick=name.lower().replace(" ", ""), text=text)
        for name, text in (turn.split(": ") for turn in TURNS)
    ]
    text = "\n".join(["About it all.", *turns])
    assert sorted(records(text, "a.txt").starts) == [text.index(turn) for turn in turns]


@pytest.mark.parametrize(
    "text",
    [
        "Note: one\nHint: two\nPart: three",
        "ANNA: one\nANNA: two",
        "anna: one\nanna: two\nanna: three",
        "\n".join(f"2024-01-0{day} failed\nValueError: bad" for day in range(1, 6)),
    ],
)
def test_other_lines_with_a_colon_are_no_turns(text: str) -> None:
    assert starts(text, "a.txt") == []


def test_a_subtitle_is_a_record() -> None:
    cues = [f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\nOne.\nTwo." for n in range(1, 4)]
    assert wholes("\n\n".join(cues), "a.txt") == cues


def test_source_code_has_no_records() -> None:
    assert records("```\na\n```\n\nA: b\nA: c\nA: d\n", "a.py") == Records()


@given(texts | st.text(alphabet='`~|-:\n aA1,">', max_size=60))
def test_records_are_in_order_and_begin_at_content(text: str) -> None:
    if not text or text.isspace():
        return
    for path in ("a.md", "a.csv", "a.json", "a.srt"):
        found = records(text, path)
        assert all(0 <= start <= len(text) for start in found.starts)
        end = 0
        for whole in found.wholes:
            assert end <= whole.start < whole.end <= len(text)
            assert whole.start in found.starts
            assert found.are_around(whole.start + 1) == (len(whole) > 1)
            assert not found.are_around(whole.start)
            assert not found.are_around(whole.end) or Span(whole.end, whole.end) < whole
            end = whole.end
