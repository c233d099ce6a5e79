"""What a spreadsheet may make of its engine, which has no limits of its own."""

import re

from indexer.documents import SkipReason
from indexer.reading.extraction.office.markup import Attributes, Element, Markup
from indexer.reading.extraction.office.packages import Member, Package
from indexer.reading.extraction.pieces import Limits, NotExtracted

__all__ = ["check_sheets"]

# The engine makes room for the whole rectangle around the cells of a sheet.
_MOST_CELLS = 4_000_000
# It copies a shared text for each cell that has it.
_MOST_COPIED = 256 << 20
_CELL = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")
_SHARED = re.compile(rb"\bt=\"s\"[^>]*>\s*<(?:\w+:)?v>(\d{1,9})<")
_NAMESPACES = {"urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table"}
_LETTERS = 26


def check_sheets(package: Package, limits: Limits) -> None:
    """Raise NotExtracted for a spreadsheet that would become too large, or that is damaged.

    That includes each member, since the engine unpacks them without limits.
    """
    content: Member | None = None
    strings: list[int] = []
    sheets: list[Member] = []
    for member in package.unpacked():
        name = member.name.lower()
        if name == "content.xml":
            content = member
        elif name == "xl/sharedstrings.xml":
            strings = [len(each) for each in re.split(rb"<(?:\w+:)?si\b", member.content)[1:]]
        elif name.startswith("xl/worksheets/") and name.endswith(".xml"):
            sheets.append(member)
    if content:
        _OpenSheets(content, limits).check()
    for sheet in sheets:
        _check_cells(sheet)
        _check_copies(sheet, strings)


def _check_cells(sheet: Member) -> None:
    columns: set[bytes] = set()
    rows: set[int] = set()
    for column, row in _CELL.findall(sheet.content):
        columns.add(column)
        rows.add(int(row))
    if rows:
        numbers = [_number(column) for column in columns]
        width, height = max(numbers) - min(numbers) + 1, max(rows) - min(rows) + 1
        _check_area(sheet.name, width, height)


def _check_copies(sheet: Member, strings: list[int]) -> None:
    if not strings or max(strings) * sheet.content.count(b"<v>") <= _MOST_COPIED:
        return
    used = (int(number) for number in _SHARED.findall(sheet.content))
    if sum(strings[number] for number in used if number < len(strings)) > _MOST_COPIED:
        raise NotExtracted(SkipReason.TOO_COSTLY, f"{sheet.name!r} has too much text")


def _number(column: bytes) -> int:
    """Return the number of the column with these letters."""
    number = 0
    for letter in column.upper():
        number = number * _LETTERS + letter - ord("A") + 1
    return number


def _check_area(name: str, width: int, height: int) -> None:
    if width * height > _MOST_CELLS:
        detail = f"the cells of {name!r} are spread over {height:,} rows and {width:,} columns"
        raise NotExtracted(SkipReason.TOO_COSTLY, detail)


class _OpenSheets:
    """The cells of an OpenDocument spreadsheet, whose rows and cells may be repeated."""

    def __init__(self, content: Member, limits: Limits) -> None:
        self._markup = Markup(content, limits)
        self._sheet = ""
        self._rows = 0  # so far, with repetitions
        self._last_row = 0  # that is not empty
        self._last_column = 0
        self._columns = 0  # of this row so far
        self._times = 1  # that this row is repeated
        self._is_empty = True  # this row

    def check(self) -> None:
        elements = {
            "table:table": Element(self._start_sheet, self._end_sheet),
            "table:table-row": Element(self._start_row, self._end_row),
            "table:table-cell": Element(self._cell),
            "table:covered-table-cell": Element(self._cell),
        }
        self._markup.read(elements, _NAMESPACES)

    def _start_sheet(self, attributes: Attributes) -> None:
        self._sheet = self._markup.attribute(attributes, "name") or ""
        self._rows = self._last_row = self._last_column = 0

    def _end_sheet(self) -> None:
        _check_area(self._sheet, self._last_column, self._last_row)

    def _start_row(self, attributes: Attributes) -> None:
        self._times = self._repeated(attributes, "number-rows-repeated")
        self._columns = 0
        self._is_empty = True

    def _end_row(self) -> None:
        self._rows += self._times
        if not self._is_empty:
            self._last_row = self._rows

    def _cell(self, attributes: Attributes) -> None:
        self._columns += self._repeated(attributes, "number-columns-repeated")
        if self._markup.attribute(attributes, "value-type"):
            self._is_empty = False
            self._last_column = max(self._last_column, self._columns)

    def _repeated(self, attributes: Attributes, name: str) -> int:
        value = self._markup.attribute(attributes, name) or "1"
        return int(value) if value.isdecimal() and len(value) < 10 else 1
