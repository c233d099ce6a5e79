"""Who can read an index: its owner, unless its folder was made for others, too."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.building.backup import back_up
from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.task import BuildTask
from indexer.index.folder import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import build, write_files
from tests.indexer.index_content import SMALL
from tests.other_user import OTHER_USER, place_for_everyone, without_privileges


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


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that another user has; it contains documents."""
    if os.geteuid() != 0:
        pytest.skip("only root can make files for another user")
    with place_for_everyone() as place:
        (place / "folder").mkdir()
        write_files(place / "folder", a="The river froze at night. " * 5)
        os.chown(place, OTHER_USER, OTHER_USER)
        yield place


def owners(path: Path) -> set[tuple[int, int]]:
    """Return the users and groups of everything in the folder."""
    found = [each.stat() for each in [path, *path.rglob("*")]]
    return {(each.st_uid, each.st_gid) for each in found}


def build_as(user: str, place: Path, index: IndexFolder) -> None:
    if user == "root":
        build(place / "folder", index, HashedEmbedder())
        return
    with without_privileges():
        build(place / "folder", index, HashedEmbedder())


@pytest.mark.parametrize("start", ["empty", "built"])
def test_what_root_builds_belongs_to_the_owner_of_the_index(place: Path, start: str) -> None:
    index = IndexFolder(place / "index")
    index.path.chmod(0o700)
    os.chown(index.path, OTHER_USER, OTHER_USER)
    if start == "built":
        build_as("owner", place, index)
        write_files(place / "folder", b="The ferry sails at noon. " * 5)
    seen: set[tuple[int, int]] = set()

    def look() -> None:
        # As soon as the generation is published, and not only when the build is over.
        seen.update(owners(index.path))

    build_index(
        BuildTask(place / "folder", index, SMALL, HashedEmbedder()),
        published=lambda manifest: look(),
    )
    index.save_settings("{}")
    assert seen == owners(index.path) == {(OTHER_USER, OTHER_USER)}
    with without_privileges():
        assert check_index(index) == []
    write_files(place / "folder", c="The lighthouse is dark. " * 5)
    build_as("owner", place, index)
    build_as("root", place, index)
    assert owners(index.path) == {(OTHER_USER, OTHER_USER)}


def test_a_build_by_root_that_publishes_nothing_does_not_lock_the_owner_out(place: Path) -> None:
    index = IndexFolder(place / "index")
    index.path.chmod(0o700)
    os.chown(index.path, OTHER_USER, OTHER_USER)
    with index.writing():
        assert owners(index.path) == {(OTHER_USER, OTHER_USER)}
        with without_privileges():
            assert index.is_being_written()
        (index.begin(1).path / "lexical").mkdir()
    assert owners(index.path) == {(OTHER_USER, OTHER_USER)}
    build_as("owner", place, index)


def test_a_new_index_that_root_makes_belongs_to_the_owner_of_the_folder_above(
    place: Path,
) -> None:
    build_as("root", place, IndexFolder(place / "new" / "index"))
    assert owners(place / "new") == {(OTHER_USER, OTHER_USER)}
    back_up(IndexFolder(place / "new" / "index"), IndexFolder(place / "copy"))
    assert owners(place / "copy") == {(OTHER_USER, OTHER_USER)}
