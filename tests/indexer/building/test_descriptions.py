"""What is known about a document follows its front matter, its format and the file beside it."""

import json
import os
from pathlib import Path

import pytest

from indexer.documents import Description
from indexer.index.folder import IndexFolder
from indexer.index.records import StoredDocument
from tests.indexer.building.folder_changes import AGED_NS
from tests.indexer.builds import build
from tests.indexer.index_content import open_index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


@pytest.fixture
def index(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "index")


def write(path: Path, content: str, *, time_ns: int = AGED_NS) -> None:
    path.write_text(content, "utf-8")
    os.utime(path, ns=(time_ns, time_ns))


def stored(index: IndexFolder, path: str) -> StoredDocument:
    with open_index(index) as opened:
        return next(each for each in opened.documents() if each.path == path)


def test_front_matter_describes_a_document(folder: Path, index: IndexFolder) -> None:
    write(folder / "a.md", "---\ntitle: A\nauthor: Ann Lee\ndate: 2026-10-05\n---\nIt rains.\n")
    build(folder, index)
    assert stored(index, "a.md").description == Description("Ann Lee", published="2026-10-05")


def test_a_mail_describes_itself(folder: Path, index: IndexFolder) -> None:
    write(
        folder / "a.eml",
        "From: Ann Lee <a@b.c>\nSubject: Rain\nDate: Mon, 5 Oct 2026 10:00:00 +0200\n\nIt rains.\n",
    )
    build(folder, index)
    found = stored(index, "a.eml")
    assert found.title == "Rain"
    assert found.description == Description("Ann Lee", published="2026-10-05T10:00:00+02:00")


def test_a_file_beside_a_document_has_the_last_word(folder: Path, index: IndexFolder) -> None:
    write(folder / "a.md", "---\nauthor: Ann\ndate: 2026-10-05\n---\nIt rains.\n")
    write(folder / "a.md.json", json.dumps({"title": "Rain", "author": "Bo Ek"}))
    build(folder, index)
    found = stored(index, "a.md")
    assert (found.title, found.title_source) == ("Rain", "document")
    assert found.description == Description("Bo Ek", published="2026-10-05")


def test_a_document_is_read_again_when_its_description_comes_changes_or_goes(
    folder: Path, index: IndexFolder
) -> None:
    write(folder / "a.txt", "It rains.\n")
    write(folder / "b.txt", "It snows.\n")
    beside = folder / "a.txt.json"
    build(folder, index)
    write(beside, json.dumps({"author": "Ann"}))
    report = build(folder, index)
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert stored(index, "a.txt").author == "Ann"
    write(beside, json.dumps({"author": "Bo"}), time_ns=AGED_NS + 1)
    report = build(folder, index)
    assert (report.changed, report.unchanged) == (2, 1)
    assert stored(index, "a.txt").author == "Bo"
    beside.unlink()
    report = build(folder, index)
    assert (report.removed, report.changed, report.unchanged) == (1, 1, 1)
    assert stored(index, "a.txt").author is None
    assert not build(folder, index).published


def test_a_file_that_describes_nothing_changes_nothing(folder: Path, index: IndexFolder) -> None:
    write(folder / "a.txt", "It rains.\n")
    build(folder, index)
    write(folder / "a.txt.json", "[1, 2]")
    report = build(folder, index)
    assert (report.added, report.changed, report.unchanged) == (1, 0, 1)
