import os
import random
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from indexer.documents import SkippedFile, SourceFile
from indexer.errors import FolderNotFound
from indexer.reading import watch
from indexer.reading.notifications import Notifications, NotificationsUnavailable
from indexer.reading.sources import walk
from indexer.reading.watch import watch_folder
from tests.file_handles import free_handles
from tests.indexer.reading.kernel_watches import entered_folders, watched_folders

# Longer than a change takes to be reported.
TICKS = 100
QUIET_TICKS = 10


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUIET_S", "POLL_S"):
        monkeypatch.setattr(watch, name, 0.05)


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


# What is watched


def test_the_folders_that_the_walk_enters_are_watched(folder: Path) -> None:
    index = folder / "index"
    for name in (".git", "index", "ignored/below", "sub/deep/er", "sub/large"):
        (folder / name).mkdir(parents=True)
    (folder / ".spanlightignore").write_text("ignored/\n")
    (folder / "link").symlink_to("sub")
    changes = standing_watch(folder, index)
    expected = entered_folders(folder, index)
    assert watched_folders() == expected
    assert len(expected) == 5
    (folder / ".spanlightignore").write_text("large/\n")
    assert is_told(changes)
    assert watched_folders() == entered_folders(folder, index) != expected
    (folder / "sub" / "deep").rename(folder / "moved")
    shutil.rmtree(folder / "ignored")
    assert is_told(changes)
    assert watched_folders() == entered_folders(folder, index)
    (folder / "moved" / "er" / "b.txt").write_text("moon")
    assert is_told(changes)
    # A folder that was moved away is watched no longer.
    (folder / "moved").rename(folder.with_name("elsewhere"))
    assert is_told(changes)
    (folder.with_name("elsewhere") / "er" / "c.txt").write_text("moon")
    assert stays_quiet(changes)
    assert watched_folders() == entered_folders(folder, index)


def test_folders_made_while_watches_are_renewed_are_watched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder is made in each one that the walk has just listed, up to a depth of three."""
    changes = standing_watch(folder)

    def walk_and_make(
        root: Path, *, entered: Callable[[str], None], **options: Any
    ) -> Iterator[SourceFile | SkippedFile]:
        listed: list[Path] = []

        def list_too(path: str) -> None:
            entered(path)
            listed.append(Path(path))

        yield from walk(root, entered=list_too, **options)
        for path in listed:
            if len(path.relative_to(folder).parts) < 3:
                (path / "made").mkdir(exist_ok=True)

    monkeypatch.setattr(watch, "walk", walk_and_make)
    (folder / "first").mkdir()
    assert is_told(changes)
    while not stays_quiet(changes):
        pass
    assert (folder / "first" / "made" / "made").is_dir()
    assert watched_folders() == entered_folders(folder)
    (folder / "first" / "made" / "made" / "b.txt").write_text("moon")
    assert is_told(changes)


@pytest.mark.parametrize("polling", ["", "1"])
def test_a_folder_that_cannot_be_listed_for_a_while_is_watched_again(
    folder: Path, polling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", polling)
    changes = standing_watch(folder)
    # No folder is listed whose ignore file cannot be read, not even by root.
    (folder / ".spanlightignore").mkdir()
    assert is_told(changes)
    assert stays_quiet(changes)
    (folder / ".spanlightignore").rmdir()
    assert is_told(changes)
    while not stays_quiet(changes):
        pass
    (folder / "sub" / "b.txt").write_text("moon")
    assert is_told(changes)


def test_a_burst_of_folders_is_watched_to_the_last(folder: Path) -> None:
    changes = standing_watch(folder)
    stopped = threading.Event()
    making = threading.Thread(target=make_and_move, args=[folder, stopped])
    making.start()
    try:
        for _ in range(20):
            next(changes)
    finally:
        stopped.set()
        making.join()
    while not stays_quiet(changes):
        pass
    assert watched_folders() == entered_folders(folder)


def make_and_move(folder: Path, stopped: threading.Event) -> None:
    chance = random.Random(1)
    for number in count():
        if stopped.is_set():
            return
        above = chance.choice([folder, *(path for path in folder.rglob("*") if path.is_dir())])
        match chance.randrange(4):
            case 0 if above != folder:
                shutil.rmtree(above)
            case 1 if above != folder:
                above.rename(folder / f"moved-{number}")
            case _:
                (above / f"made-{number}").mkdir()


def test_dropped_notifications_are_made_up_for(folder: Path) -> None:
    """More happens between two looks than the kernel remembers."""
    remembered = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if remembered > 200_000:
        pytest.skip(f"the kernel of this machine remembers {remembered} notifications")
    changes = standing_watch(folder)
    busy = [folder / "sub" / name for name in ("x.txt", "y.txt")]
    for number in range(remembered // 2 + 1):
        # The kernel merges a notification that is like the one before it.
        busy[number % 2].touch()
        busy[number % 2].unlink()
    (folder / "late" / "deep").mkdir(parents=True)
    assert is_told(changes)
    while not stays_quiet(changes):
        pass
    assert watched_folders() == entered_folders(folder)
    (folder / "late" / "deep" / "b.txt").write_text("moon")
    assert is_told(changes)


def test_a_deep_tree_is_watched(folder: Path) -> None:
    """The walk enters folders as long as their paths are short enough for the system."""
    subprocess.run(["mkdir", "-p", folder / "/".join("d" * 1_500)], check=True)
    try:
        changes = standing_watch(folder)
        assert watched_folders() == entered_folders(folder)
        (folder / ("d/" * 1_500 + "f.txt")).write_text("moon")
        assert is_told(changes)
    finally:
        subprocess.run(["rm", "-r", folder / "d"], check=True)


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


def test_without_a_free_watch_the_folder_is_polled(folder: Path) -> None:
    with free_handles(1):
        changes = standing_watch(folder)
    (folder / "sub" / "b.txt").write_text("moon")
    assert is_told(changes)


def test_a_watch_that_runs_out_of_descriptors_or_watches_polls(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = standing_watch(folder)

    def refuse(notifications: Notifications, folder: str) -> None:
        raise NotificationsUnavailable("No space left on device")

    monkeypatch.setattr(Notifications, "add", refuse)
    (folder / "new").mkdir()
    assert is_told(changes)
    assert watched_folders() == set()
    (folder / "new" / "b.txt").write_text("moon")
    assert is_told(changes)


@pytest.mark.parametrize("polling", ["", "1"])
def test_a_watch_goes_on_after_a_while_without_file_handles(
    folder: Path, polling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", polling)
    changes = standing_watch(folder)
    (folder / "new").mkdir()
    with free_handles(0):
        for _ in range(3):
            next(changes)
    (folder / "new" / "b.txt").write_text("moon")
    assert is_told(changes)
    while not stays_quiet(changes):
        pass
    (folder / "new" / "b.txt").write_text("no moon")
    assert is_told(changes)


def test_a_missing_folder_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(FolderNotFound, match="nowhere"):
        next(watch_folder(tmp_path / "nowhere"))


def test_a_folder_whose_name_is_not_utf_8_is_watched(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()
    changes = standing_watch(folder)
    (folder / "b.txt").write_text("moon")
    assert is_told(changes)


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
