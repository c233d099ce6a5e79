import pytest

from indexer.reading.temporary import temporary_kind


@pytest.mark.parametrize(
    "name",
    [
        *["report.docx.tmp", "film.part", "data.csv.partial", "setup.exe.crdownload", "A.TMP"],
        *["page.html.download", "notes.txt~", "~$budget.xlsx", "#draft.txt#", "a.swp", "a.swo"],
    ],
)
def test_names_of_temporary_files(name: str) -> None:
    assert temporary_kind(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        *["plan.md.bak", "part", "tmp", "download.txt", "~notes.txt", "#1.txt", "a.swift", "C#"],
        *["partial.md", "~", "#", "temp.txt"],
    ],
)
def test_other_names(name: str) -> None:
    assert temporary_kind(name) is None
