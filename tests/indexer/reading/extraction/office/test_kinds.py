"""Office files are known by what is in them, whatever their names are."""

from pathlib import Path

import pytest

from indexer.reading.extraction.office.kinds import OfficeKind, office_kind
from indexer.reading.extraction.office.packages import COMPOUND_FILE
from tests.indexer.reading.extraction.office.office_files import package, with_member

GOLDENS = Path(__file__).parents[1] / "goldens"
KINDS = {
    ".docx": OfficeKind.WORD,
    ".pptx": OfficeKind.POWERPOINT,
    ".odt": OfficeKind.ODT,
    ".odp": OfficeKind.ODP,
    ".epub": OfficeKind.EPUB,
    ".xlsx": OfficeKind.EXCEL,
    ".xls": OfficeKind.EXCEL,
    ".ods": OfficeKind.ODS,
}
FILES = sorted(path.name for path in GOLDENS.iterdir() if path.suffix in KINDS)


@pytest.mark.parametrize("name", FILES)
def test_files_of_real_programs(name: str) -> None:
    assert office_kind((GOLDENS / name).read_bytes()) is KINDS[Path(name).suffix]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", None),
        (b"PK\x03\x04", None),
        (b"PK\x03\x04" + bytes(40) + b"PK\x05\x06", None),
        (COMPOUND_FILE + bytes(100) + "WordDocument".encode("utf-16-le"), None),
        (package({"a.txt": "a"}), None),
        # An office file inside a zip file, or unpacked and zipped again in a folder.
        (package({"backup/word/document.xml": "<a/>", "b.docx": package({})}), None),
        (package({"Word/Document2.xml": "<a/>"}), OfficeKind.WORD),
        (package({"content.xml": "<a/>"}), OfficeKind.ODT),
        (package({"mimetype": "text/plain", "content.xml": ""}), OfficeKind.ODT),
        (
            package({"mimetype": "application/vnd.oasis.opendocument.graphics\n"}),
            OfficeKind.ODG,
        ),
        (
            package({"mimetype": "application/vnd.oasis.opendocument.presentation-template"}),
            OfficeKind.ODP,
        ),
        (with_member(package({}), "META-INF/container.xml", ""), OfficeKind.EPUB),
    ],
)
def test_kinds(content: bytes, kind: OfficeKind | None) -> None:
    assert office_kind(content) is kind
