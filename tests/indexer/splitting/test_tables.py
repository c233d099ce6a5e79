import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Document, ExtractedText
from indexer.reading.readers import read_document
from indexer.splitting.tables import Table, tables
from tests.indexer.strategies import texts


def tables_of(text: str, path: str = "a.md") -> list[Table]:
    document = read_document(path, text.encode())
    assert isinstance(document, Document)
    return list(tables(document))


@pytest.mark.parametrize(
    "table",
    [
        "| Name | Size |\n|---|---|\n| ann | 3 |\n| bob | 4 |",
        "Name | Size\n--- | :--:\nann | 3\nbob | 4",
        "|Name  |  Size|\r\n|:-|-:|\r\n|ann|3|\r\n|bob|4|",
        "> | Name | Size |\n> |---|---|\n> | ann | 3 |",
    ],
)
def test_a_markdown_table_has_a_header(table: str) -> None:
    text = f"# Above\n\nSome | text\n\n{table}\n\nBelow."
    (found,) = tables_of(text)
    assert found.header == "Name, Size"
    assert found.span.of(text).strip() == table.strip()
    assert [text[row:].lstrip(" >|")[:3] for row in found.rows] == (
        ["bob"] if "bob" in text else []
    )
    assert found.head.of(text).count("ann") == 1
    assert "bob" not in found.head.of(text)


@pytest.mark.parametrize(
    "text", ["a | b\nc | d", "---\n\na | b", "Title\n-----\na | b", "| a |\n|---|\n\nbelow"]
)
def test_other_lines_are_not_a_table(text: str) -> None:
    assert tables_of(text) == []


@pytest.mark.parametrize(
    ("path", "text", "header"),
    [
        ("a.csv", "Name,Size\nann,3\n", "Name, Size"),
        ("a.csv", "\ufeffName;Full size\nann;3\n", "Name, Full size"),
        ("a.csv", '"Name, all","Size"\nann,3\n', "Name, all, Size"),
        ("a.tsv", "Name\tSize\r\nann\t3\r\n", "Name, Size"),
    ],
)
def test_the_first_row_of_a_table_file_is_its_header(path: str, text: str, header: str) -> None:
    assert [found.header for found in tables_of(text, path)] == [header]


@pytest.mark.parametrize("text", ["ann,3\nbob,4\n", "2024-01-05,x\n", "words\nmore\n"])
def test_a_first_row_with_numbers_is_not_a_header(text: str) -> None:
    assert tables_of(text, "a.csv") == []


def test_a_long_header_is_shortened() -> None:
    cells = [f"column {number}" for number in range(100)]
    (found,) = tables_of(",".join(cells) + "\n1,2\n", "a.csv")
    assert len(found.header) <= 200
    assert found.header.startswith("column 0, column 1")
    assert found.header.endswith("…")


@given(texts | st.text(alphabet='|-: \n\r"a1,;\0', max_size=60))
def test_tables_are_in_order_and_inside_the_text(text: str) -> None:
    if not text or text.isspace():
        return
    for path in ("a.md", "a.csv"):
        end = 0
        for table in tables_of(text, path) if "\0" not in text else ():
            assert end <= table.span.start < table.span.end <= len(text)
            assert table.span.contains(table.head)
            assert all(table.span.start < row < table.span.end for row in table.rows)
            assert list(table.rows) == sorted(table.rows)
            end = table.span.end


def extracted(text: str, format: str) -> Document:
    extraction = ExtractedText(format, f"{format}/1", "engine 1.0", "", b"")
    return Document("a", text, None, "", "", "", extraction=extraction)


def test_lines_with_tabs_are_a_table_in_extracted_text() -> None:
    text = "Above\tit\n\nName\tSize\nann\t3\nbob\t4\n\t5\n\nBelow it.\nAnd more."
    (found,) = tables(extracted(text, "word"))
    assert found.header == "Name, Size"
    assert found.span.of(text) == "Name\tSize\nann\t3\nbob\t4\n\t5"
    assert found.head.of(text) == "Name\tSize\nann\t3\n"
    assert [text[row:][:2] for row in found.rows] == ["bo", "\t5"]


@pytest.mark.parametrize("text", ["ann\t3\nbob\t4", "\tSize\nann\t3", "Year\t2024\na\tb"])
def test_a_first_row_with_numbers_or_gaps_has_no_names(text: str) -> None:
    (found,) = tables(extracted(text, "word"))
    assert (found.header, len(found.head), len(found.rows)) == ("", 0, 1)


def test_each_line_of_a_spreadsheet_is_a_row() -> None:
    text = "Name\tSize\nann\nbob\t4\n\nother sheet\nits end"
    found = list(tables(extracted(text, "excel")))
    assert [each.span.of(text)[:5] for each in found] == ["Name\t", "other"]
    assert [text[row:][:3] for each in found for row in each.rows] == ["ann", "bob", "its"]
    assert {each.header for each in found} == {""}


def test_tabs_in_other_text_make_no_table() -> None:
    assert tables_of("Name\tSize\nann\t3") == []
