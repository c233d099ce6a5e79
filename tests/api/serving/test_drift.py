"""The drift between folder and index, found without reading a file."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.status import Drift
from api.serving.drift import DriftWatch
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, wait_until, write
from tests.property_examples import examples

FERRY = "The ferry sails at noon.\n"
LONG_S = 3_600.0


def drift_of(index: IndexFolder) -> Drift:
    """Compare once; return the counts."""
    watch = DriftWatch(index, LONG_S)
    found = watch.drift_of(index.current().manifest, wait_s=30)
    watch.stop()
    assert found is not None
    return found


def counts(index: IndexFolder) -> tuple[int | None, int | None, int | None]:
    found = drift_of(index)
    assert found.problem is None
    return found.added, found.changed, found.removed


def let_the_clock_tick() -> None:
    time.sleep(0.05)


def test_added_changed_and_removed_files_are_counted(folder: Path, index: IndexFolder) -> None:
    for name in ("a.txt", "b.txt", "c/d.txt"):
        write(folder, name, FERRY)
    publish(folder, index)
    assert counts(index) == (0, 0, 0)
    write(folder, "c/new.txt", FERRY)
    write(folder, "a-new.txt", FERRY)
    write(folder, "a.txt", "The ferry no longer sails.\n")
    (folder / "c" / "d.txt").unlink()
    assert counts(index) == (2, 1, 1)
    publish(folder, index)
    assert counts(index) == (0, 0, 0)


# A slash, and characters that sort before and after it.
paths = st.lists(st.sampled_from(["a", "a-", "a.", "b", "é", "😀"]), min_size=1, max_size=3).map(
    lambda parts: "/".join(f"{part}_" for part in parts[:-1]) + "/" * (len(parts) > 1) + parts[-1]
)
trees = st.dictionaries(paths, st.integers(1, 3), max_size=12)


def fill(folder: Path, tree: dict[str, int]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path, length in tree.items():
        write(folder, path, "x " * length, modified="2024-01-01")


@examples(12)
@given(before=trees, after=trees)
def test_the_counts_are_those_of_the_files(before: dict[str, int], after: dict[str, int]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, index = Path(place) / "folder", IndexFolder(Path(place) / "index")
        fill(folder, before)
        publish(folder, index)
        let_the_clock_tick()
        fill(folder, after)
        common = before.keys() & after.keys()
        assert counts(index) == (
            len(after.keys() - before.keys()),
            sum(before[path] != after[path] for path in common),
            len(before.keys() - after.keys()),
        )


def test_a_change_of_the_same_size_is_noticed_by_its_time(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    write(folder, "a.txt", FERRY.swapcase(), modified="2024-01-01")
    assert counts(index) == (0, 1, 0)


def test_a_change_of_permissions_does_not_count(folder: Path, index: IndexFolder) -> None:
    file = write(folder, "a.txt", FERRY)
    publish(folder, index)
    file.chmod(0o600)
    assert counts(index) == (0, 0, 0)


def test_a_known_file_that_the_next_build_would_skip_counts_as_removed(
    folder: Path, index: IndexFolder
) -> None:
    for name in ("empty.txt", "ignored.txt", "large.txt", "kept.txt"):
        write(folder, name, FERRY)
    publish(folder, index, max_file_bytes=1_000)
    write(folder, "empty.txt", b"")
    write(folder, "large.txt", FERRY * 100)
    write(folder, ".spanlightignore", "ignored.txt\n")
    assert counts(index) == (0, 0, 3)


# Skipped files


def test_a_skipped_file_counts_as_added_until_a_build_has_seen_it(
    folder: Path, index: IndexFolder
) -> None:
    write(folder, "a.txt", FERRY)
    write(folder, "old.bin", b"\0")
    let_the_clock_tick()
    first = publish(folder, index)
    assert counts(index) == (0, 0, 0)
    write(folder, "new.bin", b"\0")
    assert counts(index) == (1, 0, 0)
    let_the_clock_tick()
    # The list of files that are not in the index is part of a generation.
    assert publish(folder, index) != first
    assert counts(index) == (0, 0, 0)


def test_a_new_file_with_an_old_time_counts_as_added(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    write(folder, "b.txt", FERRY, modified="2001-01-01")
    assert counts(index) == (1, 0, 0)


def test_the_files_of_a_folder_that_is_moved_in_count_as_added(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    write(folder, "a.txt", FERRY)
    write(folder, "left-out/b.bin", b"\0")
    write(tmp_path, "elsewhere/deep/down/b.txt", FERRY)
    write(tmp_path, "elsewhere/c.txt", FERRY)
    let_the_clock_tick()
    publish(folder, index)
    let_the_clock_tick()
    (tmp_path / "elsewhere").rename(folder / "here")
    assert counts(index) == (2, 0, 0)


def test_a_copy_of_the_index_counts_from_the_time_of_its_build(
    folder: Path, index: IndexFolder
) -> None:
    """If the record of the walk is lost, no file counts as added by mistake."""
    os.utime(write(folder, "old.bin", b"\0"))
    time.sleep(1.1)  # manifests count whole seconds
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    (index.path / "walked.json").unlink()
    assert counts(index) == (0, 0, 0)


def test_the_index_does_not_count_as_files_of_its_folder(folder: Path) -> None:
    index = IndexFolder(folder / "index")
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    assert counts(index) == (0, 0, 0)


def test_a_skipped_file_from_the_future_does_not_count(folder: Path, index: IndexFolder) -> None:
    write(folder, "old.bin", b"\0", modified="2100-01-01")
    write(folder, "a.txt", FERRY, modified="2100-01-01")
    let_the_clock_tick()
    publish(folder, index)
    assert counts(index) == (0, 0, 0)
    write(folder, "new.bin", b"\0", modified="2100-01-01")
    assert counts(index) == (1, 0, 0)


def test_a_new_file_below_a_thousand_folders_is_counted(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    """Only a folder at the top says that the file came, so all folders below it are asked."""
    write(folder, "a.txt", FERRY)
    deep = tmp_path / "elsewhere" / "/".join("d" * 1_200)
    subprocess.run(["mkdir", "-p", deep], check=True)
    try:
        (deep / "b.txt").write_text(FERRY)
        let_the_clock_tick()
        publish(folder, index)
        let_the_clock_tick()
        (tmp_path / "elsewhere").rename(folder / "here")
        assert counts(index) == (1, 0, 0)
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "elsewhere", folder / "here"], check=True)


# Failures


def test_a_folder_that_is_gone_is_a_problem(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    shutil.rmtree(folder)
    found = drift_of(index)
    assert found.problem == f"there is no folder '{folder}'"
    assert (found.added, found.changed, found.removed) == (None, None, None)


def test_a_store_that_is_gone_is_a_problem(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    index.store.unlink()
    problem = drift_of(index).problem
    assert problem is not None
    assert str(index.store) in problem


# Times of comparison


def test_the_folder_is_compared_no_more_often_than_set(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    manifest = index.current().manifest
    watch = DriftWatch(index, 0.5)
    first = watch.drift_of(manifest, wait_s=30)
    write(folder, "b.txt", FERRY)
    assert watch.drift_of(manifest, wait_s=30) == first
    wait_until(lambda: watch.drift_of(manifest) != first)
    second = watch.drift_of(manifest)
    watch.stop()
    assert first is not None
    assert second is not None
    assert (first.added, second.added) == (0, 1)
    assert (second.checked - first.checked).total_seconds() >= 0.5


def test_a_new_generation_is_compared_again(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    watch = DriftWatch(index, LONG_S)
    assert watch.drift_of(index.current().manifest) is None  # the comparison has only begun
    wait_until(lambda: watch.drift_of(index.current().manifest) is not None)
    write(folder, "b.txt", FERRY)
    publish(folder, index)
    manifest = index.current().manifest
    wait_until(lambda: watch.drift_of(manifest) is not None)
    watch.stop()


def test_a_stopped_watch_stops_comparing(folder: Path, index: IndexFolder) -> None:
    for number in range(2_000):
        write(folder, f"{number}.txt", "x\n")
    publish(folder, index)
    watch = DriftWatch(index, LONG_S)
    watch.drift_of(index.current().manifest)
    started = time.monotonic()
    watch.stop()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("interval_s", [0.05, LONG_S])
def test_the_status_shows_the_drift(folder: Path, index: IndexFolder, interval_s: float) -> None:
    write(folder, "a.txt", FERRY)
    publish(folder, index)
    write(folder, "b.txt", FERRY)
    with serve(index, drift_interval_s=interval_s) as client:
        first = client.get("/v1/status").json()
        assert first["drift"] is None or first["drift"]["added"] == 1
        wait_until(lambda: client.get("/v1/status").json()["drift"] is not None)
        told = client.get("/v1/status").json()
    assert told["drift"].items() >= {"added": 1, "changed": 0, "removed": 0}.items()
    assert told["python"].startswith("3.")
    assert told["engines"].keys() == {"tantivy", "faiss-cpu"}
    assert told["built_with"] == told["engines"]
