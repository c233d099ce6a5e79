"""A notebook becomes the sources of its cells and their text outputs."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.marked.json_strings import JsonNode, read_json, string_of
from indexer.reading.extraction.marked.notebook import read_notebook
from indexer.reading.extraction.pieces import LIMITS, Extraction, NotExtracted
from indexer.spans import Span
from tests.indexer.reading.extraction.proof import require_proof
from tests.property_examples import examples

texts = st.text(st.sampled_from(' \t\r\n\\"#=-abé北👍') | st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
)


def read(content: bytes) -> Extraction:
    extraction = read_notebook("a.ipynb", content, LIMITS)
    require_proof(extraction, content)
    return extraction


def notebook(*cells: dict[str, Any]) -> bytes:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


def decoded(content: bytes, node: JsonNode) -> object:
    """Return the node with the values of its strings."""
    if isinstance(node, Span):
        return string_of(content, node)
    if isinstance(node, list):
        return [decoded(content, each) for each in node]
    if isinstance(node, dict):
        return {name: decoded(content, each) for name, each in node.items()}
    return None


def only_strings(value: object) -> object:
    """Return the value with None for everything but strings and what contains them."""
    if isinstance(value, list):
        return [only_strings(each) for each in value]
    if isinstance(value, dict):
        return {name: only_strings(each) for name, each in value.items()}
    return value if isinstance(value, str) else None


@given(value=values, ascii=st.booleans(), indent=st.sampled_from([None, 1]))
@examples(100)
def test_the_scanner_reads_what_json_writes(value: object, ascii: bool, indent: int | None) -> None:
    content = json.dumps(value, ensure_ascii=ascii, indent=indent).encode()
    assert decoded(content, read_json(content, 0, most_nested=99)) == only_strings(value)


@given(content=st.text(st.sampled_from('[]{}",:1\\u tn')).map(str.encode))
@examples(200)
def test_the_scanner_refuses_what_json_refuses(content: bytes) -> None:
    try:
        expected = only_strings(json.loads(content))
    except ValueError:
        return
    assert decoded(content, read_json(content, 0, most_nested=99)) == expected


@given(
    sources=st.lists(texts, min_size=1, max_size=4),
    kind=st.sampled_from(["markdown", "code"]),
    ascii=st.booleans(),
)
@examples(100)
def test_the_words_of_cells_survive(sources: list[str], kind: str, ascii: bool) -> None:
    cells = [{"cell_type": kind, "source": each.splitlines(keepends=True)} for each in sources]
    content = json.dumps({"cells": cells}, ensure_ascii=ascii).encode()
    marks = "#=-\\" if kind == "markdown" else ""
    try:
        found = read(content).text
    except NotExtracted:
        found = ""
    drop = dict.fromkeys(map(ord, marks))
    assert found.translate(drop).split() == " ".join(sources).translate(drop).split()


@given(data=st.data())
@examples(100)
def test_a_changed_notebook_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(
        notebook(
            {"cell_type": "markdown", "source": ["# Title é\n", 'say "so"']},
            {"cell_type": "code", "source": "x", "outputs": [{"text": ["a\\b\n"]}]},
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 3))] = data.draw(
            st.sampled_from([b'"', b"\\", b"\\ud800", b"[", b"}", b"\xff"]) | st.binary(max_size=3)
        )
    try:
        extraction = read_notebook("a.ipynb", bytes(content), LIMITS)
    except NotExtracted:
        return
    require_proof(extraction, bytes(content))


def test_headings_are_those_of_markdown_cells() -> None:
    extraction = read(
        notebook(
            {
                "cell_type": "markdown",
                "source": "Rain in *May*\n=====\n\n## Days ##\n\n```\n# no\n```",
            },
            {"cell_type": "code", "source": "# no\nx = 1"},
        )
    )
    assert extraction.headings == (Heading(0, 1, "Rain in May"), Heading(15, 2, "Days ##"))
    assert extraction.metadata.title == "Rain in May"
    assert extraction.text.endswith("# no\n```\n\n# no\nx = 1")


def test_pictures_and_widgets_are_left_out() -> None:
    outputs = [
        {"data": {"image/png": "AAAA", "text/plain": "<Figure>"}},
        {"data": {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "HBox()"}},
        {"data": {"text/plain": "12"}},
        {"output_type": "stream", "text": ["done\n"]},
        {"output_type": "pyout", "png": "AAAA", "text": "<Figure>"},
    ]
    extraction = read(notebook({"cell_type": "code", "source": "f()", "outputs": outputs}))
    assert extraction.text == "f()\n\n12\n\ndone"


def test_cells_of_the_third_format_are_in_worksheets() -> None:
    cells = [{"cell_type": "code", "input": ["1 + 1"], "outputs": []}]
    assert read(json.dumps({"worksheets": [{"cells": cells}]}).encode()).text == "1 + 1"


def test_a_line_with_half_of_a_character_is_left_out_with_a_warning() -> None:
    extraction = read(b'{"cells": [{"source": ["a \\ud800\\n", "b"]}]}')
    assert extraction.text == "b"
    assert extraction.warnings == ("a line with half of a character was left out",)


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [
        (b'{"a": 1}', SkipReason.DAMAGED, "it is JSON, but not a notebook"),
        (b'{"cells": [}', SkipReason.DAMAGED, "it is not JSON at byte 12"),
        (b'{"cells": []} x', SkipReason.DAMAGED, "it is not JSON at byte 13"),
        (b'{"cells": "\xff"}', SkipReason.DAMAGED, "byte 11 is not UTF-8"),
        (b"[" * 10_000, SkipReason.TOO_COSTLY, "it is nested too deeply"),
        (b'{"cells": []}', SkipReason.NO_TEXT, ""),
    ],
)
def test_other_files_are_refused(content: bytes, reason: SkipReason, detail: str) -> None:
    with pytest.raises(NotExtracted) as refused:
        read(content)
    assert (refused.value.reason, refused.value.detail) == (reason, detail)
