"""Files inside archives and mails are documents, and an unchanged archive is not opened."""

import io
import os
import zipfile
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from indexer.building.build import build_index
from indexer.building.planning.plan import plan_build
from indexer.building.task import BuildTask
from indexer.documents import SourceFile
from indexer.index.folder import IndexFolder
from indexer.reading.containers import LastContainer, files_inside, outer_path, read_file
from indexer.reading.sources import SourceContent
from tests.indexer.building.folder_changes import AGED_NS
from tests.indexer.builds import LEXICAL, build, write_files
from tests.indexer.file_calls import opened_files
from tests.indexer.index_content import open_index

LIMIT = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


@pytest.fixture
def index(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "index")


def write(path: Path, content: bytes, *, time_ns: int = AGED_NS) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(time_ns, time_ns))


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def mail_with(name: str, content: bytes) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Rain"
    mail.set_content("See the file.")
    mail.add_attachment(content, maintype="text", subtype="plain", filename=name)
    return mail.as_bytes()


def paths_in(index: IndexFolder) -> list[str]:
    with open_index(index) as opened:
        return [document.path for document in opened.documents()]


def test_files_inside_are_documents_in_the_order_of_their_paths(
    folder: Path, index: IndexFolder
) -> None:
    write(folder / "a.zip", zipped({"c.txt": b"It rains.", "b.eml": mail_with("d.txt", b"Storm.")}))
    write_files(folder, **{"a b": "first", "a.zip": "last"})
    build(folder, index)
    assert paths_in(index) == [
        *["a b.txt", "a.zip!/b.eml", "a.zip!/b.eml!/d.txt", "a.zip!/c.txt", "a.zip.txt"],
    ]


def test_mail_that_is_read_as_text_is_not_opened(folder: Path, index: IndexFolder) -> None:
    write(folder / "m.eml", mail_with("d.txt", b"Storm."))
    write(folder / "a.zip", zipped({"b.txt": b"It rains."}))
    build_index(BuildTask(folder, index, replace(LEXICAL, verbatim="mail")))
    assert paths_in(index) == ["a.zip!/b.txt", "m.eml"]


def test_an_archive_that_has_not_changed_is_not_opened(folder: Path, index: IndexFolder) -> None:
    write(folder / "a.zip", zipped({"b.txt": b"It rains.", "c.jpg": b"\xff\xd8\xff"}))
    write(folder / "m.eml", mail_with("d.txt", b"Storm."))
    first = build(folder, index)
    assert (first.added, [each.path for each in first.skipped]) == (3, ["a.zip!/c.jpg"])
    with opened_files() as opened:
        second = build(folder, index)
    assert {"a.zip", "m.eml"}.isdisjoint(opened)
    assert (second.published, second.unchanged) == (False, 3)


def test_only_what_has_changed_inside_is_prepared_again(folder: Path, index: IndexFolder) -> None:
    write(folder / "a.zip", zipped({"b.txt": b"It rains.", "c.txt": b"Storm.", "d.txt": b"Ice."}))
    build(folder, index)
    files = {"b.txt": b"It rains.", "c.txt": b"Snow.", "e.txt": b"Hail."}
    write(folder / "a.zip", zipped(files), time_ns=AGED_NS + 1)
    task = BuildTask(folder, index, LEXICAL)
    for report in (plan_build(task), build(folder, index)):
        counts = report.unchanged, report.changed, report.added, report.removed
        assert counts == (1, 1, 1, 1)
    assert paths_in(index) == ["a.zip!/b.txt", "a.zip!/c.txt", "a.zip!/e.txt"]


def test_an_archive_that_is_gone_takes_its_files_with_it(folder: Path, index: IndexFolder) -> None:
    write(folder / "a.zip", zipped({"b.txt": b"It rains."}))
    write_files(folder, c="It snows.")
    build(folder, index)
    (folder / "a.zip").unlink()
    assert build(folder, index).removed == 1
    assert paths_in(index) == ["c.txt"]


@pytest.mark.parametrize(
    ("name", "content", "skipped"),
    [
        ("a.zip", b"no", "a.zip: damaged, it is not a zip archive: File is not a zip file"),
        ("a.zip", zipped({}), "a.zip: empty, no file is inside"),
        ("a.zip", zipped({"b.txt": b""}), "a.zip!/b.txt: empty, "),
        ("a.zip", zipped({"../b": b"x"}), "a.zip!/../b: name, the name leads out of the archive"),
    ],
)
def test_archives_without_readable_files_are_reported(
    folder: Path, index: IndexFolder, name: str, content: bytes, skipped: str
) -> None:
    write(folder / name, content)
    (found,) = build(folder, index).skipped
    assert f"{found.path}: {found.reason}, {found.detail}" == skipped


def test_a_folder_named_like_the_inside_of_an_archive_is_reported(
    folder: Path, index: IndexFolder
) -> None:
    (folder / "a.zip!").mkdir()
    (folder / "b!").mkdir()
    write_files(folder / "a.zip!", c="It rains.")
    write_files(folder / "b!", c="It snows.")
    (skipped,) = build(folder, index).skipped
    assert (skipped.path, skipped.reason) == ("a.zip!/", "name")
    assert paths_in(index) == ["b!/c.txt"]


def test_the_outermost_file_is_the_one_that_the_folder_has() -> None:
    assert outer_path("a!/b.zip!/c.zip!/d") == "a!/b.zip"
    assert outer_path("a!/b.txt") == "a!/b.txt"


def test_a_file_inside_is_read_alone_or_beside_the_others(folder: Path) -> None:
    write(folder / "a.zip", zipped({"b.txt": b"It rains.", "c.txt": b"It snows."}))
    last = LastContainer()
    for path, content in (("a.zip!/b.txt", b"It rains."), ("a.zip!/c.txt", b"It snows.")):
        alone = read_file(folder, path, max_file_bytes=LIMIT)
        beside = last.member(folder, path, max_file_bytes=LIMIT)
        assert isinstance(alone, SourceContent)
        assert isinstance(beside, SourceContent)
        assert alone[:2] == beside[:2]
        assert (alone.source.path, alone.content) == (path, content)
        assert (alone.source.size_bytes, alone.source.mtime_ns) == (9, AGED_NS)


def test_a_changed_archive_is_opened_anew(folder: Path) -> None:
    last = LastContainer()
    for time_ns, content in ((AGED_NS, b"It rains."), (AGED_NS + 1, b"It snows.")):
        write(folder / "a.zip", zipped({"b.txt": content}), time_ns=time_ns)
        read = last.member(folder, "a.zip!/b.txt", max_file_bytes=LIMIT)
        assert isinstance(read, SourceContent)
        assert read.content == content


@pytest.mark.parametrize("path", ["a.zip!/no.txt", "no.zip!/b.txt", "a.zip!/large.txt"])
def test_a_file_inside_that_cannot_be_read_is_reported(folder: Path, path: str) -> None:
    write(folder / "a.zip", zipped({"b.txt": b"x", "large.txt": b"rain " * 400}))
    for read in (
        read_file(folder, path, max_file_bytes=LIMIT if "no" in path else 1_000),
        LastContainer().member(folder, path, max_file_bytes=LIMIT if "no" in path else 1_000),
    ):
        assert not isinstance(read, SourceContent)
        assert read.path == path


def test_a_file_inside_that_is_too_large_is_listed_with_the_reason(folder: Path) -> None:
    write(folder / "a.zip", zipped({"b.txt": b"x", "large.txt": b"rain " * 2_048}))
    outer = SourceFile("a.zip", 0, 0, 0, 0)
    found = files_inside(folder, outer, max_file_bytes=1_000)
    assert [str(getattr(each, "detail", "")) for each in found] == [
        "",
        "10,240 bytes, the limit is 1,000",
    ]
