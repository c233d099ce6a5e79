import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path

import pytest

from indexer.errors import FolderNotFound, UsageError
from indexer.reading import watch
from indexer.reading.watch import watch_folder

# Longer than a change takes to be reported.
TICKS = 100
QUIET_TICKS = 10


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TICK_MS", "QUIET_MS", "POLL_MS"):
        monkeypatch.setattr(watch, name, 50)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("wolf")
    return folder


def is_told(changes: Iterator[bool]) -> bool:
    """Return whether a change is reported in time."""
    return any(next(changes) for _ in range(TICKS))


def stays_quiet(changes: Iterator[bool]) -> bool:
    return not any(next(changes) for _ in range(QUIET_TICKS))


def standing_watch(folder: Path, *exclude: Path) -> Iterator[bool]:
    """Return a watch that has reported its first change, and none since."""
    changes = watch_folder(folder, exclude=exclude)
    assert next(changes)
    assert stays_quiet(changes)
    return changes


def test_new_changed_moved_and_deleted_files_are_reported(folder: Path) -> None:
    changes = standing_watch(folder)
    (folder / "b.txt").write_text("moon")
    assert is_told(changes)
    (folder / "sub" / "c.txt").write_text("moon")
    assert is_told(changes)
    (folder / "a.txt").write_text("river")
    assert is_told(changes)
    (folder / "a.txt").rename(folder / "d.txt")
    assert is_told(changes)
    (folder / "d.txt").unlink()
    assert is_told(changes)
    assert stays_quiet(changes)


def test_reading_does_not_count_as_a_change(folder: Path) -> None:
    changes = standing_watch(folder)
    (folder / "a.txt").read_text()
    list((folder / "sub").iterdir())
    assert stays_quiet(changes)


def test_new_folders_are_watched(folder: Path) -> None:
    changes = standing_watch(folder)
    (folder / "new" / "deep").mkdir(parents=True)
    assert is_told(changes)
    assert is_told(changes)  # files that appeared before the new folders were watched
    assert stays_quiet(changes)
    (folder / "new" / "deep" / "b.txt").write_text("moon")
    assert is_told(changes)


def test_a_folder_that_replaced_another_is_watched(folder: Path) -> None:
    changes = standing_watch(folder)
    shutil.rmtree(folder / "sub")
    (folder / "sub").mkdir()
    assert is_told(changes)
    while not stays_quiet(changes):
        pass
    (folder / "sub" / "b.txt").write_text("moon")
    assert is_told(changes)


def test_files_that_the_walk_skips_are_not_reported(folder: Path) -> None:
    index = folder / "index"
    for hidden in (folder / ".git", index):
        hidden.mkdir()
    changes = standing_watch(folder, index)
    (folder / ".git" / "HEAD").write_text("x")
    (folder / ".b.txt.swp").write_text("x")
    (index / "CURRENT").write_text("x")
    assert stays_quiet(changes)


def test_a_changed_ignore_file_is_reported(folder: Path) -> None:
    changes = standing_watch(folder)
    (folder / "sub" / ".spanlightignore").write_text("*.log")
    assert is_told(changes)


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "circle").symlink_to(folder)
    changes = standing_watch(folder)
    (tmp_path / "elsewhere" / "b.txt").write_text("moon")
    assert stays_quiet(changes)


def test_names_that_are_not_utf_8_do_no_harm(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff")).mkdir()
    changes = standing_watch(folder)
    (folder / os.fsdecode(b"\xfe.txt")).write_text("moon")
    assert is_told(changes)
    (folder / "b.txt").write_text("moon")
    assert is_told(changes)


def test_without_notifications_the_folder_is_polled(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    changes = standing_watch(folder)
    (folder / "sub" / "b.txt").write_text("moon")
    assert is_told(changes)


@contextmanager
def free_descriptors(number: int) -> Iterator[None]:
    """Limit the descriptors that this process can open: inotify needs more than polling."""
    used = {int(path.name) for path in Path("/proc/self/fd").iterdir()}
    free = (each for each in count() if each not in used)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next(islice(free, number, None)), limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_without_a_free_watch_the_folder_is_polled(folder: Path) -> None:
    with free_descriptors(1):
        changes = standing_watch(folder)
    (folder / "sub" / "b.txt").write_text("moon")
    assert is_told(changes)


def test_a_missing_folder_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(FolderNotFound, match="nowhere"):
        next(watch_folder(tmp_path / "nowhere"))


def test_a_folder_whose_name_is_not_utf_8_cannot_be_watched(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()
    with pytest.raises(UsageError, match="not valid UTF-8"):
        next(watch_folder(folder))


def test_a_vanished_folder_ends_the_watch(folder: Path) -> None:
    changes = standing_watch(folder)
    shutil.rmtree(folder)
    with pytest.raises(FolderNotFound, match="is gone"):
        is_told(changes)


def test_a_replaced_folder_ends_the_watch(folder: Path, tmp_path: Path) -> None:
    changes = standing_watch(folder)
    folder.rename(tmp_path / "old")
    folder.mkdir()
    with pytest.raises(FolderNotFound, match="was replaced"):
        is_told(changes)
