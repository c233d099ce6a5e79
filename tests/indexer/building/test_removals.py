"""A folder that is not there as before does not empty its index."""

import re
import shutil
import time
from pathlib import Path

import pytest

from indexer.building.build import BuildTask, build_index, plan_build
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


def empty(folder: Path) -> None:
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


def allowed(folder: Path, index: IndexFolder, removed: int) -> None:
    report = build_index(BuildTask(folder, index, LEXICAL), allow_removals=True)
    assert report.removed == removed


@pytest.mark.parametrize("left", [[], ["hidden"], ["skipped"]])
def test_an_empty_folder_does_not_empty_the_index(
    folder: Path, index: IndexFolder, left: list[str]
) -> None:
    fill(folder, MANY)
    build(folder, index)
    empty(folder)
    if "hidden" in left:
        (folder / ".mount-point").touch()
    if "skipped" in left:
        (folder / "no-file.txt").touch()
    refused(folder, index, f"20 of 20 documents, because '{folder}' contains no file to index")
    assert plan_build(BuildTask(folder, index, LEXICAL), allow_removals=True).removed == MANY
    allowed(folder, index, MANY)
    fill(folder, 1)
    assert build(folder, index).added == 1


def test_a_full_build_of_an_empty_folder_can_be_allowed(folder: Path, index: IndexFolder) -> None:
    fill(folder, MANY)
    build(folder, index)
    empty(folder)
    build_index(BuildTask(folder, index, LEXICAL), full=True, allow_removals=True)
    assert documents(index) == 0


def test_another_device_does_not_empty_the_index(folder: Path, index: IndexFolder) -> None:
    fill(folder, MANY + 1)
    build(folder, index)
    index.note_walk(time.time_ns(), folder.stat().st_dev + 1)
    empty(folder)
    fill(folder, 10)
    refused(folder, index, f"11 of 21 documents, because '{folder}' is on another device")
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
    refused(folder, index, f"20 of 21 documents, because 'notes/' in '{folder}' cannot be listed")
    (folder / "notes" / IGNORE_FILE).rmdir()
    assert build(folder, index).unchanged == MANY + 1


@pytest.mark.parametrize("noted", ["known", "unknown"])
def test_a_folder_that_lost_most_of_its_files_is_followed(
    folder: Path, index: IndexFolder, noted: str
) -> None:
    fill(folder, MANY)
    (folder / "a.txt").write_text("moon")
    build(folder, index)
    if noted == "unknown":
        (index.path / "walked.json").write_text('{"number": 1, "walked_ns": 5000}')
    empty(folder)
    assert build(folder, index).removed == MANY


def test_a_small_index_may_become_empty(folder: Path, index: IndexFolder) -> None:
    fill(folder, FEW)
    build(folder, index)
    empty(folder)
    assert build(folder, index).removed == FEW


def test_the_index_of_another_folder_is_replaced_by_an_empty_one(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    fill(folder, MANY)
    build(folder, index)
    (tmp_path / "other").mkdir()
    build(tmp_path / "other", index, full=True)
    assert documents(index) == 0
