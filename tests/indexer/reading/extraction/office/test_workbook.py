"""A spreadsheet is read sheet by sheet, with its rows as lines."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.formats import engines
from indexer.reading.extraction.office.packages import COMPOUND_FILE
from indexer.reading.extraction.office.workbook.reader import (
    Value,
    cell_text,
    read_workbook,
)
from indexer.reading.extraction.pieces import (
    LIMITS,
    Extraction,
    Mark,
    MarkKind,
    NotExtracted,
    Piece,
    PieceKind,
)
from tests.indexer.reading.extraction.office.office_files import (
    OFFICE,
    package,
    relationships,
)
from tests.indexer.reading.extraction.proof import require_proof

SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(sheets: dict[str, str], strings: Sequence[str] = ()) -> bytes:
    """Return an Excel file: the insides of `sheetData` by the names of the sheets."""
    numbers = range(1, len(sheets) + 1)
    names = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, sheets, strict=True)
    )
    shared = "".join(f"<si><t>{each}</t></si>" for each in strings)
    members = {
        "_rels/.rels": relationships("officeDocument xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{SHEETS}" xmlns:r="{OFFICE}/relationships"><sheets>'
        f"{names}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relationships(
            *[f"worksheet worksheets/sheet{number}.xml" for number in numbers],
            "sharedStrings sharedStrings.xml",
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{SHEETS}">{shared}</sst>',
    }
    for number, rows in zip(numbers, sheets.values(), strict=True):
        name = f"xl/worksheets/sheet{number}.xml"
        members[name] = f'<worksheet xmlns="{SHEETS}"><sheetData>{rows}</sheetData></worksheet>'
    return package(members)


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def number_cell(place: str, value: str) -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def read(content: bytes) -> Extraction:
    extraction = read_workbook("a.xlsx", content, LIMITS)
    require_proof(extraction, content)
    return extraction


def test_rows_are_lines_and_cells_know_their_places() -> None:
    extraction = read(
        workbook(
            {
                "2024": row(2, text_cell("B2", "Anna &amp; Bo"), number_cell("D2", "3.5"))
                + row(4, number_cell("C4", "7")),
                "Notes": row(1, text_cell("A1", "one\n  two")),
            }
        )
    )
    assert extraction.text == "Anna & Bo\t\t3.5\n\t7\n\none two"
    verdicts = [(piece.place, piece.source_start, piece.source_end) for piece in extraction.pieces]
    assert verdicts == [(0, 1, 1), (0, 1, 3), (0, 3, 2), (1, 0, 0)]
    assert [place.name for place in extraction.places] == ["2024", "Notes"]
    assert extraction.marks == (
        Mark(0, MarkKind.SHEET, "2024"),
        Mark(extraction.text.index("one"), MarkKind.SHEET, "Notes"),
    )


def test_names_of_sheets_and_columns_are_headings() -> None:
    rows = (
        row(1, text_cell("A1", "Traffic"))
        + row(3, text_cell("A3", "Day"), text_cell("B3", "Boats"))
        + row(4, text_cell("A4", "Monday"), number_cell("B4", "12"))
        + row(5, text_cell("A5", "Tuesday"), text_cell("B5", "none"))
    )
    extraction = read(workbook({"2024": rows}))
    start = extraction.text.index("Monday")
    assert extraction.headings == (Heading(0, 2, "2024"), Heading(start, 3, "Day, Boats"))


def test_a_row_with_numbers_has_no_names() -> None:
    rows = row(1, text_cell("A1", "Monday"), number_cell("B1", "12"))
    rows += row(2, text_cell("A2", "12:30"), text_cell("B2", "7"))
    assert [each.title for each in read(workbook({"2024": rows})).headings] == ["2024"]


def test_texts_that_cells_share() -> None:
    cells = '<c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>0</v></c><c r="C1" t="b"><v>1</v></c>'
    content = workbook({"a": row(1, cells)}, ["one", "two"])
    assert read(content).text == "two\tone\tTRUE"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (7.0, "7"),
        (0.1 + 0.2, "0.3"),
        (-1234567.25, "-1234567.25"),
        (1e300, "1e+300"),
        (date(2024, 3, 5), "2024-03-05"),
        (datetime(2024, 3, 5, 10, 30), "2024-03-05 10:30:00"),
        (time(10, 30), "10:30:00"),
        (timedelta(hours=30), "1 day, 6:00:00"),
        (" one\n two\t", "one two"),
        ("", ""),
    ],
)
def test_text_of_a_cell(value: Value, text: str) -> None:
    assert cell_text(value) == text


def test_the_engine_is_named_with_its_version() -> None:
    assert engines.workbook().startswith("python-calamine 0.")


def test_a_sheet_without_cells_is_left_out() -> None:
    extraction = read(workbook({"empty": "", "full": row(1, text_cell("A1", "a"))}))
    assert extraction.text == "a"
    assert extraction.pieces == (Piece(0, 1, PieceKind.CELL, 1, 0, 0),)


def refusal(content: bytes) -> tuple[SkipReason, str]:
    with pytest.raises(NotExtracted) as refused:
        read_workbook("a.xlsx", content, LIMITS)
    return refused.value.reason, refused.value.detail


def test_an_empty_workbook_has_no_text() -> None:
    assert refusal(workbook({"empty": ""}))[0] is SkipReason.NO_TEXT


def test_cells_that_are_far_apart_are_refused() -> None:
    rows = row(1, number_cell("A1", "1")) + row(1048576, number_cell("XFD1048576", "1"))
    assert refusal(workbook({"wide": rows})) == (
        SkipReason.TOO_COSTLY,
        "the cells of 'xl/worksheets/sheet1.xml' are spread over 1,048,576 rows and 16,384 columns",
    )


def test_repeated_cells_are_refused() -> None:
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    cell = (
        '<table:table-cell table:number-columns-repeated="{}" office:value-type="float" '
        'office:value="1"/>'
    )
    rows = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'

    def sheet(inside: str) -> bytes:
        body = (
            f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="a">{inside}</table:table></office:spreadsheet>'
            "</office:body></office:document-content>"
        )
        mimetype = "application/vnd.oasis.opendocument.spreadsheet"
        manifest = "<manifest/>"
        return package(
            {"mimetype": mimetype, "META-INF/manifest.xml": manifest, "content.xml": body}
        )

    assert refusal(sheet(rows.format(1048576, cell.format(16384)))) == (
        SkipReason.TOO_COSTLY,
        "the cells of 'a' are spread over 1,048,576 rows and 16,384 columns",
    )
    # Empty cells to the edge of the sheet are usual.
    empty = '<table:table-cell table:number-columns-repeated="16383"/>'
    usual = rows.format(2, cell.format(2) + empty) + rows.format(1048574, empty)
    assert read(sheet(usual)).text == "1\t1\n1\t1"


def test_one_long_text_in_many_cells_is_refused() -> None:
    cells = "".join(f'<c r="A{n}" t="s"><v>0</v></c>' for n in range(1, 3000))
    assert refusal(workbook({"a": row(1, cells)}, ["x" * 100_000])) == (
        SkipReason.TOO_COSTLY,
        "'xl/worksheets/sheet1.xml' has too much text",
    )


def test_passwords() -> None:
    stream = COMPOUND_FILE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    assert refusal(stream) == (SkipReason.ENCRYPTED, "it needs a password")


def test_the_password_of_an_old_file() -> None:
    """It is in one of the first records."""
    first = b"\x09\x08\x10\x00\x00\x06" + bytes(14)
    records = first + b"\x42\x00\x02\x00\xb0\x04" + b"\x2f\x00\x36\x00" + bytes(54)
    stream = COMPOUND_FILE + bytes(504) + records
    assert refusal(stream) == (SkipReason.ENCRYPTED, "it needs a password")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", COMPOUND_FILE + bytes(2000)])
def test_damaged_files(content: bytes) -> None:
    assert refusal(content)[0] is SkipReason.DAMAGED


def test_a_zip_file_that_is_not_a_workbook() -> None:
    assert refusal(package({"a.txt": "a"}))[0] is SkipReason.DAMAGED
