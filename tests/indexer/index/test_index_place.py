"""The folders that may contain an index: it must not mix with a person's documents."""

import os
import re
from pathlib import Path

import pytest

from indexer.errors import StorageError, UsageError
from indexer.index.folder import IndexFolder


def write(index: IndexFolder) -> None:
    with index.writing():
        pass


def test_a_new_and_an_empty_folder_are_accepted(tmp_path: Path) -> None:
    write(IndexFolder(tmp_path / "new" / "index"))
    (tmp_path / "empty").mkdir()
    write(IndexFolder(tmp_path / "empty"))


def test_file_system_entries_of_a_volume_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    write(IndexFolder(tmp_path))


def test_a_folder_with_only_settings_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "settings.json").touch()
    (tmp_path / ".settings.json.new").touch()  # left by a process that was killed while it saved
    write(IndexFolder(tmp_path))


def test_a_folder_with_other_files_is_refused_and_left_unchanged(tmp_path: Path) -> None:
    (tmp_path / "generations").mkdir()  # of a person who keeps a family tree
    (tmp_path / "grandmother.txt").touch()
    with pytest.raises(UsageError, match=re.escape(f"{tmp_path}/grandmother.txt")):
        write(IndexFolder(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["generations", "grandmother.txt"]


def test_an_index_with_foreign_files_is_still_an_index(tmp_path: Path) -> None:
    write(IndexFolder(tmp_path))
    (tmp_path / "notes.txt").touch()
    write(IndexFolder(tmp_path))


@pytest.mark.parametrize("documents", [".", "generations", "link"])
def test_the_documents_must_not_be_inside_the_index(tmp_path: Path, documents: str) -> None:
    index = IndexFolder(tmp_path / "index")
    write(index)
    (index.path / "link").symlink_to(index.path)
    with pytest.raises(UsageError, match="are there"):
        index.require_apart_from(index.path / documents)


def test_the_index_may_be_inside_the_documents(tmp_path: Path) -> None:
    IndexFolder(tmp_path / "index").require_apart_from(tmp_path)
    IndexFolder(tmp_path / "index").require_apart_from(tmp_path / "index-of-things")


def test_a_path_below_a_file_has_no_index(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert IndexFolder(tmp_path / "file").current_id() is None
    assert IndexFolder(tmp_path / "file" / "below").current_id() is None


def test_a_path_that_the_engines_cannot_open_is_refused(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"ind\xffex")
    with pytest.raises(UsageError, match=r"ind\\udcffex: the path is not valid UTF-8") as refused:
        IndexFolder(path)
    str(refused.value).encode()


def test_a_link_to_a_path_that_the_engines_cannot_open_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"ind\xffex")).mkdir()
    link = tmp_path / "link"
    link.symlink_to(os.fsdecode(b"ind\xffex"))
    with pytest.raises(StorageError, match="the path is not valid UTF-8"):
        IndexFolder(link).resolved()
