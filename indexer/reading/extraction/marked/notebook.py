"""A Jupyter notebook -> the sources of its cells and their text outputs.

Pictures, widgets and other encoded outputs are left out.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.marked.json_strings import JsonNode, read_json, string_of
from indexer.reading.extraction.pieces import (
    Extraction,
    Limits,
    MarkKind,
    Metadata,
    NotExtracted,
    PieceKind,
    Place,
)
from indexer.reading.formats.markdown import markdown_outline
from indexer.reading.formats.markup import displayed
from indexer.reading.titles.title import shortened
from indexer.spans import Span

__all__ = ["read_notebook"]

# If an output has one of these, its text is no more than a description of it.
_PICTURES = ("image/", "application/vnd.")
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_HEADING_MARKS = re.compile(rb"[ ]{0,3}#{1,6}(?:[ \t]++|\Z)")
_UNDERLINE = re.compile(rb"[ ]{0,3}(?:=+|-+)[ \t]*\Z")


class _Line(NamedTuple):
    """A line of a cell: its text, and the range of its source between the quotes of a string."""

    text: str
    start: int
    end: int


def read_notebook(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of the cells in order. Raises NotExtracted if it is not a notebook."""
    start = len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotExtracted(SkipReason.DAMAGED, f"byte {error.start:,} is not UTF-8") from None
    notebook = read_json(content, start, most_nested=limits.depth)
    if not isinstance(notebook, dict) or not notebook.keys() & {"cells", "worksheets"}:
        raise NotExtracted(SkipReason.DAMAGED, "it is JSON, but not a notebook")
    writer = _Writer(content, limits)
    for number, cell in enumerate(_cells(notebook), start=1):
        writer.cell(cell, number)
    extraction = writer.builder.finish()
    headings = tuple([_displayed(heading) for heading in extraction.headings])
    title = _own_title(content, notebook) or (headings[0].title if headings else None)
    return replace(extraction, headings=headings, metadata=Metadata(title=title))


def _cells(notebook: dict[str, JsonNode]) -> Iterator[dict[str, JsonNode]]:
    """Yield the cells; up to version 3 of the format they are in worksheets."""
    for sheet in [notebook, *_objects(notebook.get("worksheets"))]:
        yield from _objects(sheet.get("cells"))


def _objects(node: JsonNode) -> Iterator[dict[str, JsonNode]]:
    if isinstance(node, list):
        yield from (each for each in node if isinstance(each, dict))


def _own_title(content: bytes, notebook: dict[str, JsonNode]) -> str | None:
    metadata = notebook.get("metadata")
    title = metadata.get("title") if isinstance(metadata, dict) else None
    return string_of(content, title).strip() or None if isinstance(title, Span) else None


def _displayed(heading: Heading) -> Heading:
    return heading._replace(title=shortened(displayed(heading.title)))


class _Writer:
    """Writes cells with a builder."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self.builder = TextBuilder(limits)
        self.builder.place(Place(), content)
        self._content = content

    def cell(self, cell: dict[str, JsonNode], number: int) -> None:
        """Write the source of a cell and its outputs, each as a paragraph of its own."""
        self.builder.mark(MarkKind.CELL, str(number))
        self.builder.line_break(2)
        lines = self._lines(cell.get("source") or cell.get("input"))
        if self._string(cell.get("cell_type")) in {"markdown", "heading"}:
            self._markdown(lines)
        else:
            self._write(lines)
        for output in _objects(cell.get("outputs")):
            self.builder.line_break(2)
            self._write(self._lines(_output_text(output)))

    def _string(self, node: JsonNode) -> str:
        return string_of(self._content, node) if isinstance(node, Span) else ""

    def _lines(self, node: JsonNode) -> list[_Line]:
        """Return the lines of a text, which is one string or a list of strings."""
        strings = node if isinstance(node, list) else [node]
        return [
            line for string in strings if isinstance(string, Span) for line in self._split(string)
        ]

    def _split(self, string: Span) -> Iterator[_Line]:
        start = string.start
        for escape in _ESCAPE.finditer(self._content, string.start, string.end):
            if escape[0] == b"\\n":
                yield self._line(start, escape.start())
                start = escape.end()
        if start < string.end:
            yield self._line(start, string.end)

    def _line(self, start: int, end: int) -> _Line:
        raw = self._content[start:end].removesuffix(b"\\r").rstrip(b" \t")
        text = string_of(self._content, Span(start, start + len(raw)))
        try:
            text.encode()
        except UnicodeEncodeError:
            self.builder.warn("a line with half of a character was left out")
            text = ""
        return _Line(text, start, start + len(raw))

    def _write(self, lines: list[_Line]) -> None:
        for line in lines:
            self._add(line)
            self.builder.line_break()

    def _add(self, line: _Line) -> None:
        if not line.text or line.text.isspace():
            self.builder.line_break(2)
            return
        is_escaped = b"\\" in self._content[line.start : line.end]
        kind = PieceKind.ESCAPE if is_escaped else PieceKind.VERBATIM
        self.builder.add(kind, line.text, line.start, line.end)

    def _markdown(self, lines: list[_Line]) -> None:
        """Write lines of Markdown, headings without their marks."""
        starts = accumulate([len(line.text) + 1 for line in lines], initial=0)
        outline = markdown_outline("\n".join(line.text for line in lines))
        levels = {heading.start: heading.level for heading in outline.headings}
        is_underlined = False
        for start, line in zip(starts, lines, strict=False):
            raw = self._content[line.start : line.end]
            level = levels.get(start)
            if level is None:
                if not (is_underlined and _UNDERLINE.match(raw)):
                    self._add(line)
                is_underlined = False
                self.builder.line_break()
                continue
            marks = _HEADING_MARKS.match(raw)
            is_underlined = marks is None
            self.builder.heading(level)
            self._add(self._line(line.start + (marks.end() if marks else 0), line.end))
            self.builder.end_heading()


def _output_text(output: dict[str, JsonNode]) -> JsonNode:
    """Return the text of an output, if it is text and does not describe a picture."""
    data = output.get("data", output)
    if not isinstance(data, dict) or any(name.startswith(_PICTURES) for name in data):
        return None
    # Up to version 3 of the format, the names are `text` and `png`.
    return None if "png" in data or "svg" in data else data.get("text/plain", data.get("text"))
