"""A build that would remove most of an index, it seems by accident, needs a word."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.planning.plan import plan_build
from indexer.building.task import BuildTask
from indexer.errors import RemovalsRefused
from indexer.index.folder import IndexFolder
from indexer.reading.ignoring import IGNORE_FILE
from tests.indexer.builds import LEXICAL, build

MANY, FEW = 20, 19


def fill(folder: Path, files: int) -> None:
    for number in range(files):
        path = folder / "notes" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"wolf {number}")


def remove(folder: Path) -> None:
    shutil.rmtree(folder / "notes")


def documents(index: IndexFolder) -> int:
    return index.current().manifest.documents


def refused(folder: Path, index: IndexFolder, reason: str) -> None:
    """Assert that no build removes anything, and that they give this reason."""
    before = index.current_id()
    for full in (False, True) if "no file" in reason else (False,):
        with pytest.raises(RemovalsRefused, match=re.escape(reason)):
            plan_build(BuildTask(folder, index, LEXICAL), full=full)
        with pytest.raises(RemovalsRefused, match="--allow-removals"):
            build(folder, index, full=full)
    assert index.current_id() == before
    assert check_index(index) == []


def allowed(folder: Path, index: IndexFolder, removed: int) -> None:
    report = build_index(BuildTask(folder, index, LEXICAL), allow_removals=True)
    assert report.removed == removed


@pytest.mark.parametrize("left", [[], ["hidden"], ["skipped"]])
def test_an_empty_folder_does_not_empty_the_index(
    folder: Path, index: IndexFolder, left: list[str]
) -> None:
    fill(folder, MANY)
    build(folder, index)
    remove(folder)
    if "hidden" in left:
        (folder / ".mount-point").touch()
    if "skipped" in left:
        (folder / "no-file.txt").touch()
    refused(folder, index, f"0 of 20 documents, because '{folder}' contains no file to index")
    assert plan_build(BuildTask(folder, index, LEXICAL), allow_removals=True).removed == MANY
    allowed(folder, index, MANY)
    fill(folder, 1)
    assert build(folder, index).added == 1


def test_a_full_build_of_an_empty_folder_can_be_allowed(folder: Path, index: IndexFolder) -> None:
    fill(folder, MANY)
    build(folder, index)
    remove(folder)
    build_index(BuildTask(folder, index, LEXICAL), full=True, allow_removals=True)
    assert documents(index) == 0


def test_another_device_does_not_empty_the_index(folder: Path, index: IndexFolder) -> None:
    fill(folder, MANY + 1)
    build(folder, index)
    index.note_walk(time.time_ns(), folder.stat().st_dev + 1)
    remove(folder)
    fill(folder, 10)
    refused(folder, index, f"10 of 21 documents, because '{folder}' is on another device")
    fill(folder, 11)
    assert build(folder, index).removed == 10


def test_a_folder_that_cannot_be_listed_does_not_empty_the_index(
    folder: Path, index: IndexFolder
) -> None:
    fill(folder, MANY)
    (folder / "a.txt").write_text("moon")
    build(folder, index)
    # No folder is listed whose ignore file cannot be read, not even by root.
    (folder / "notes" / IGNORE_FILE).mkdir()
    refused(folder, index, f"1 of 21 documents, because 'notes/' in '{folder}' cannot be listed")
    (folder / "notes" / IGNORE_FILE).rmdir()
    assert build(folder, index).unchanged == MANY + 1


def test_new_files_on_another_device_are_no_moved_ones(folder: Path, index: IndexFolder) -> None:
    fill(folder, MANY)
    build(folder, index)
    (folder / "notes").rename(folder / "moved")
    index.note_walk(time.time_ns(), folder.stat().st_dev + 1)
    refused(folder, index, f"0 of 20 documents, because '{folder}'")
    index.note_walk(time.time_ns(), folder.stat().st_dev)
    assert build(folder, index).removed == MANY


def truncate(folder: Path) -> None:
    for path in (folder / "notes").iterdir():
        path.write_bytes(b"")


def spoil(folder: Path) -> None:
    for path in (folder / "notes").iterdir():
        path.write_bytes(bytes(range(256)))


def ignore(folder: Path) -> None:
    (folder / IGNORE_FILE).write_text("notes/\n")


@pytest.mark.parametrize(("lose", "reason"), [(truncate, "(empty)"), (spoil, "(binary)")])
@pytest.mark.parametrize("noted", ["known", "unknown"])
def test_files_that_can_no_longer_be_read_stay_in_the_index(
    folder: Path, index: IndexFolder, lose: Callable[[Path], None], reason: str, noted: str
) -> None:
    fill(folder, MANY)
    (folder / "a.txt").write_text("moon")
    build(folder, index)
    if noted == "unknown":
        (index.path / "walked.json").write_text('{"number": 1, "walked_ns": 5000}')
    lose(folder)
    refused(folder, index, f"no longer be indexed, such as 'notes/0.txt' {reason}")
    allowed(folder, index, MANY)
    assert build(folder, index).removed == 0


@pytest.mark.parametrize("remove_on_purpose", [remove, ignore])
def test_files_can_be_deleted_and_ignored_on_purpose(
    folder: Path, index: IndexFolder, remove_on_purpose: Callable[[Path], None]
) -> None:
    fill(folder, MANY)
    (folder / "a.txt").write_text("moon")
    build(folder, index)
    remove_on_purpose(folder)
    assert build(folder, index).removed == MANY


def test_a_sub_folder_that_is_not_mounted_is_named(folder: Path, index: IndexFolder) -> None:
    fill(folder, MANY)
    (folder / "a.txt").write_text("moon")
    build(folder, index)
    remove(folder)
    (folder / "notes").mkdir()
    (folder / "notes" / ".disk").touch()
    refused(folder, index, f"1 of 21 documents, because 'notes/' in '{folder}' is empty")
    (folder / "notes" / ".disk").unlink()
    fill(folder, MANY)
    assert build(folder, index).unchanged == MANY + 1


def test_files_that_were_moved_are_followed(folder: Path, index: IndexFolder) -> None:
    fill(folder, MANY)
    build(folder, index)
    (folder / "notes").rename(folder / "moved")
    report = build(folder, index)
    assert (report.added, report.removed) == (MANY, MANY)


def test_half_of_the_files_may_go(folder: Path, index: IndexFolder) -> None:
    fill(folder, MANY)
    build(folder, index)
    for number in range(MANY // 2):
        (folder / "notes" / f"{number}.txt").unlink()
    assert build(folder, index).removed == MANY // 2


def test_a_small_index_may_become_empty(folder: Path, index: IndexFolder) -> None:
    fill(folder, FEW)
    build(folder, index)
    remove(folder)
    assert build(folder, index).removed == FEW


def test_the_index_of_another_folder_is_replaced_unless_there_is_no_file(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    fill(folder, MANY)
    build(folder, index)
    other = tmp_path / "other"
    other.mkdir()
    task = BuildTask(other, index, LEXICAL)
    for do in (plan_build, build_index):
        with pytest.raises(RemovalsRefused, match=f"'{other}' contains no file to index"):
            do(task, full=True)
    assert documents(index) == MANY
    build_index(task, full=True, allow_removals=True)
    assert documents(index) == 0


def test_the_index_of_another_folder_is_replaced_by_a_smaller_one(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    fill(folder, MANY)
    build(folder, index)
    (tmp_path / "other").mkdir()
    fill(tmp_path / "other", 1)
    build(tmp_path / "other", index, full=True)
    assert documents(index) == 1
