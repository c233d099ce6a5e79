"""Find the tables of a document and the cells of their header rows. Pure."""

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from indexer.documents import Document
from indexer.spans import Span

__all__ = ["TABULAR", "Table", "tables"]

TABULAR = frozenset(["text/csv", "text/tab-separated-values"])

# The line below the header of a Markdown table: `|---|:--:|`, `--- | ---`.
DELIMITER = re.compile(
    r"\n[ \t>]*+(?=[|:-])(?=[^\n]*\|)\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?"
    r"[ \t]*+\r?(?=\n|\Z)"
)
ROW = re.compile(r"\n[ \t>]*+(?=[^\s|][^\n|]*+\||\|)[^\n]*+")
LINE_END = re.compile(r"[\r\n]")
CELL_END = re.compile(r"(?<!\\)\|")
NUMBER = re.compile(r"[\s\d.,:;/%+-]*+\Z")
# The header is repeated with every later passage of the table, so a hostile one must stay short.
LONGEST_HEADER = 200
LONGEST_LINE = 10_000
# A file that consists of rows must not fill the memory.
MOST_ROWS = 1_000_000


class Table(NamedTuple):
    """A table: its span, the starts of its rows, and its header in one line.

    `head` is the header row with the first row below it.
    """

    span: Span
    head: Span
    rows: tuple[int, ...]
    header: str


def tables(document: Document) -> Iterator[Table]:
    """Yield the tables of the document that have a header row, in order."""
    text = document.text
    if document.text_type in TABULAR:
        return _whole_table(text)
    return _markdown_tables(text) if "|" in text else iter(())


def _whole_table(text: str) -> Iterator[Table]:
    start = len(text) - len(text.lstrip())
    line = LINE_END.split(text[start : start + LONGEST_LINE], 1)[0].strip()
    cells = next(csv.reader([line], delimiter=max("\t;,", key=line.count)), [])
    if len(cells) > 1 and not any(map(NUMBER.match, cells)):
        whole = Span(start, len(text))
        yield Table(whole, Span(start, start), (), _header(cells))


def _markdown_tables(text: str) -> Iterator[Table]:
    position = count = 0
    while count < MOST_ROWS and (delimiter := DELIMITER.search(text, position)):
        position = delimiter.end()
        start = text.rfind("\n", 0, delimiter.start()) + 1
        header = text[start : delimiter.start()]
        if "|" not in header or len(header) > LONGEST_LINE:
            continue
        rows: list[int] = []
        while len(rows) < MOST_ROWS and (row := ROW.match(text, position)):
            rows.append(row.start() + 1)
            position = row.end()
        count += 1 + len(rows)
        if rows:
            cells = CELL_END.split(header.strip("\r\t >").strip("|"))
            head = Span(start, rows[1] if len(rows) > 1 else position)
            yield Table(Span(start, position), head, tuple(rows[1:]), _header(cells))


def _header(cells: list[str]) -> str:
    """Return the cells in one line, shortened."""
    line = ", ".join(stripped for cell in cells if (stripped := " ".join(cell.split())))
    return line if len(line) <= LONGEST_HEADER else line[: LONGEST_HEADER - 1].rstrip() + "…"
