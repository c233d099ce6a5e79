"""Who can read an index: its owner, unless its folder was made for others, too."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.building.backup import back_up
from indexer.index.folder import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import build, write_files


@pytest.fixture(autouse=True)
def common_mask() -> Iterator[None]:
    """The mask that most systems start with, which lets everyone read."""
    before = os.umask(0o022)
    yield
    assert os.umask(before) == 0o022, "a build has changed the mask of its process"


@pytest.fixture
def folder(folder: Path) -> Path:
    write_files(folder, a="The river froze at night. " * 5)
    return folder


def permissions(path: Path) -> set[int]:
    """Return the permissions of everything in the folder, without the right to enter a folder."""
    return {stat.S_IMODE(each.stat().st_mode) & 0o666 for each in [path, *path.rglob("*")]}


def test_a_new_index_is_for_its_owner_alone(folder: Path, index: IndexFolder) -> None:
    build(folder, index, HashedEmbedder())
    assert permissions(index.path) == {0o600}
    write_files(folder, b="The ferry sails at noon. " * 5)
    build(folder, index, HashedEmbedder())
    assert permissions(index.path) == {0o600}


def test_the_copy_of_an_index_is_for_its_owner_alone(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    build(folder, index, HashedEmbedder())
    back_up(index, IndexFolder(tmp_path / "new" / "copy"))
    assert permissions(tmp_path / "new" / "copy") == {0o600}
    assert permissions(tmp_path / "new") != {0o600}, "only the index itself is private"


def test_a_folder_that_was_made_for_a_group_stays_readable_for_it(
    folder: Path, index: IndexFolder
) -> None:
    index.path.mkdir()
    index.path.chmod(0o750)
    build(folder, index, HashedEmbedder())
    assert permissions(index.path) == {0o640}
