"""Spreadsheets (XLSX, XLSM, XLSB, XLS, ODS): sheet by sheet, a row on each line."""

import io
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import python_calamine

from indexer.documents import SkipReason
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.office.packages import COMPOUND_FILE, Package, is_encrypted
from indexer.reading.extraction.office.properties import (
    office_properties,
    open_document_properties,
)
from indexer.reading.extraction.office.workbook.limits import check_sheets
from indexer.reading.extraction.pieces import (
    Extraction,
    Limits,
    MarkKind,
    Metadata,
    NotExtracted,
    PieceKind,
    Place,
)

__all__ = ["Value", "cell_text", "read_workbook"]

Value = int | float | str | bool | time | date | datetime | timedelta

# The names of columns are in one of the first rows with text, and not longer than this together.
_FIRST_ROWS = 10
_LONGEST_NAMES = 200
_NAME = re.compile(r"[^\W\d_]")


def read_workbook(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of a spreadsheet. Raises NotExtracted.

    A sheet begins with its name as a mark. The names of its columns are a heading above its rows.
    """
    metadata = _checked(content, limits)
    try:
        with python_calamine.CalamineWorkbook.from_object(io.BytesIO(content)) as workbook:
            return _read(workbook, metadata, limits)
    except python_calamine.PasswordError:
        raise NotExtracted(SkipReason.ENCRYPTED, "it needs a password") from None
    except NotExtracted:
        raise
    except BaseException as error:
        # The engine's own failures are exceptions that do not derive from Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            detail = f"the engine cannot read it: {str(error)[:200]}"
            raise NotExtracted(SkipReason.DAMAGED, detail) from None
        raise


def cell_text(value: Value) -> str:
    """Return the text of a cell with this value, on one line."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # As many digits as spreadsheets show: the others are noise.
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return " ".join(str(value).split())


def _checked(content: bytes, limits: Limits) -> Metadata:
    """Return what the file says about itself, if the engine can unpack it without harm."""
    if content.startswith(COMPOUND_FILE):
        if is_encrypted(content):
            raise NotExtracted(SkipReason.ENCRYPTED, "it needs a password")
        return Metadata()
    package = Package(content, limits)
    check_sheets(package, limits)
    if "content.xml" in package:
        return open_document_properties(package, limits)
    return office_properties(package, limits)


def _read(
    workbook: python_calamine.CalamineWorkbook, metadata: Metadata, limits: Limits
) -> Extraction:
    builder = TextBuilder(limits)
    for each in workbook.sheets_metadata:
        if each.typ is not python_calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(each.name)
        builder.place(Place(each.name))
        builder.mark(MarkKind.SHEET, each.name)
        builder.caption(2, each.name)
        _write_rows(builder, sheet)
        builder.line_break(2)
    return builder.finish(metadata)


def _write_rows(builder: TextBuilder, sheet: python_calamine.CalamineSheet) -> None:
    """Write the rows that are not empty, each in a line, with a tab for each cell before."""
    left = sheet.start[1] if sheet.start else 0
    may_be_names = _FIRST_ROWS
    # The engine's rows begin at the first row of the sheet, but at the first column with a cell.
    for number, row in enumerate(sheet.iter_rows()):
        cells = [cell_text(value) for value in row]
        if not any(cells):
            continue
        builder.line_break()
        for column, text in enumerate(cells):
            if column:
                builder.tab()
            builder.add(PieceKind.CELL, text, number, left + column)
        may_be_names -= 1
        if may_be_names >= 0 and _has_names(row, cells):
            may_be_names = 0
            builder.caption(3, ", ".join(filter(None, cells)))


def _has_names(row: Sequence[Value], cells: Sequence[str]) -> bool:
    """Return whether the row has the names of columns: several, all text, and short."""
    named = [value for value in row if value != ""]
    are_names = all(isinstance(value, str) and _NAME.search(value) for value in named)
    return len(named) > 1 and are_names and sum(map(len, cells)) <= _LONGEST_NAMES
