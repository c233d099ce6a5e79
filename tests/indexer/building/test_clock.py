"""A clock that is set back: no change is missed, and no generation is kept too long or lost."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.index.folder import PRUNE_AFTER_S, IndexFolder
from indexer.index.manifest import MANIFEST_NAME
from tests.indexer.builds import NIGHT, RIVER, build, write_files
from tests.indexer.file_calls import opened_files
from tests.indexer.index.test_folder import names, publish
from tests.indexer.index_content import open_index

YEAR_S = 365 * 24 * 3_600


@contextmanager
def clock(ahead_s: float) -> Iterator[None]:
    """Set this process's clock ahead of the machine's."""
    really, really_ns = time.time, time.time_ns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: really() + ahead_s)
        patch.setattr(time, "time_ns", lambda: really_ns() + round(ahead_s * 1e9))
        yield


def files_read(folder: Path, index: IndexFolder) -> set[str]:
    """Build; return which of the folder's files were read."""
    with opened_files() as opened:
        build(folder, index)
    return {path.name for path in folder.iterdir()} & set(opened)


def test_files_are_read_again_once_after_the_clock_was_set_back(
    folder: Path, index: IndexFolder
) -> None:
    """In the repeated hours, a changed file may get the same time that it had when it was read."""
    write_files(folder, night=NIGHT, river=RIVER)
    with clock(ahead_s=3_600):
        build(folder, index)
        assert files_read(folder, index) == set()
    assert files_read(folder, index) == {"night.txt", "river.txt"}
    assert files_read(folder, index) == set()


def test_files_with_a_future_time_are_read_each_time(folder: Path, index: IndexFolder) -> None:
    future = time.time_ns() + YEAR_S * 10**9
    for animal in ("wolf", "bear"):
        (folder / "a.txt").write_text(f"The {animal} sleeps.")
        os.utime(folder / "a.txt", ns=(future, future))
        assert files_read(folder, index) == {"a.txt"}
        assert files_read(folder, index) == {"a.txt"}
    with open_index(index) as opened:
        assert [passage.text for passage in opened.passages()] == ["The bear sleeps."]


def test_the_later_build_counts_regardless_of_the_clock(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index)
    first = index.current()
    ahead = replace(first.manifest, built="2199-01-01T00:00:00+00:00")
    (first.folder.path / MANIFEST_NAME).write_text(ahead.to_json())
    write_files(folder, a=RIVER)
    build(folder, index)
    second = index.current().manifest
    assert second.built < ahead.built
    assert (second.number, index.published_number()) == (2, 2)


def set_times(index: IndexFolder, seconds: float) -> None:
    for folder in index.published():
        os.utime(folder.path / MANIFEST_NAME, (seconds, seconds))


def test_generations_with_a_future_time_are_kept_no_longer_than_others(index: IndexFolder) -> None:
    """Their time lies in the future, so their true age is unknown: they may be new."""
    for number in range(1, 5):
        publish(index, number)
    set_times(index, time.time() + YEAR_S)
    before = names(index)
    assert index.prune() == 1
    assert names(index) == before
    with clock(ahead_s=PRUNE_AFTER_S - 1):
        assert index.prune() == 1
    with clock(ahead_s=PRUNE_AFTER_S + 1):
        assert index.prune() == 3
    assert names(index) == before[2:]


def test_the_previous_generation_is_kept_after_the_clock_is_set_back(
    index: IndexFolder,
) -> None:
    for number in range(1, 4):
        publish(index, number)
    with clock(ahead_s=-3_600):
        assert index.prune() == 1
    assert len(names(index)) == 3
