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
# Extracted text has a tab between the cells of a row: at least two lines of them are a table.
TABBED = re.compile(r"(?:\A|(?<=\n))[^\t\n]*+\t[^\n]*+(?:\n[^\t\n]*+\t[^\n]*+)++")
# The formats of spreadsheets. Each line of theirs is a row, and their column names are headings.
SHEETS = frozenset(["excel", "ods"])
LINES = re.compile(r"[^\n]++(?:\n[^\n]++)++")
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
    if document.extraction is not None:
        is_sheet = document.extraction.format in SHEETS
        return _sheet_tables(text) if is_sheet else _tabbed_tables(text)
    return _markdown_tables(text) if "|" in text else iter(())


def _sheet_tables(text: str) -> Iterator[Table]:
    for lines in LINES.finditer(text):
        yield Table(_span(lines), Span(lines.start(), lines.start()), _rows(lines)[1:], "")


def _tabbed_tables(text: str) -> Iterator[Table]:
    for lines in TABBED.finditer(text):
        rows = _rows(lines)
        cells = [cell.strip() for cell in text[rows[0] : rows[1]].split("\t")]
        if all(cells) and not any(map(NUMBER.match, cells)):
            head = Span(rows[0], rows[2] if len(rows) > 2 else lines.end())
            yield Table(_span(lines), head, rows[2:], _header(cells))
        else:
            yield Table(_span(lines), Span(rows[0], rows[0]), rows[1:], "")


def _span(lines: re.Match[str]) -> Span:
    return Span(lines.start(), lines.end())


def _rows(lines: re.Match[str]) -> tuple[int, ...]:
    """Return where the lines start."""
    text = lines.string
    starts = [lines.start()]
    while len(starts) < MOST_ROWS and (end := text.find("\n", starts[-1], lines.end())) >= 0:
        starts.append(end + 1)
    return tuple(starts)


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
