import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from indexer.errors import IndexDamaged, IndexLocked, IndexNotFound, StorageError
from indexer.index.folder import MOST_KEPT, IndexFolder
from indexer.index.generation import GenerationFolder, checksum, checksums
from indexer.index.manifest import MANIFEST_NAME, Manifest
from tests.indexer.file_calls import replaced_files
from tests.indexer.index.test_manifest import MANIFEST

ROOT = Path(__file__).parents[3]


def publish(index: IndexFolder, number: int, text: str = "rows") -> GenerationFolder:
    """Publish a generation of one file."""
    with index.writing():
        folder = index.begin(number)
        folder.rows.write_text(text)
        files = {name: checksum(folder.path / name) for name in folder.files()}
        manifest = replace(MANIFEST, generation=folder.id, number=number, files=files)
        index.publish(folder, manifest)
    return folder


def names(index: IndexFolder) -> list[str]:
    return [folder.id for folder in index.published()]


def make_old(folder: GenerationFolder) -> None:
    os.utime(folder.path / MANIFEST_NAME, (1, 1))


# Publishing and opening


def test_an_unpublished_index_is_not_found(index: IndexFolder) -> None:
    assert index.current_id() is None
    assert index.published() == []
    with pytest.raises(IndexNotFound, match=r"reindex\.py FOLDER") as missing:
        index.current()
    assert str(index.path) in str(missing.value)
    assert not index.path.exists()


def test_the_published_generation_is_the_current_one(index: IndexFolder) -> None:
    first = publish(index, 1)
    assert index.current_id() == first.id
    assert re.fullmatch("00000001-[0-9a-f]{8}", first.id)
    assert index.current().folder == first
    assert index.current().manifest.generation == first.id
    second = publish(index, 2)
    assert index.current().folder == second
    assert names(index) == [first.id, second.id]
    assert index.generation(first.id).manifest.number == first.number == 1


def test_current_is_one_line(index: IndexFolder) -> None:
    folder = publish(index, 1)
    assert (index.path / "CURRENT").read_bytes() == f"{folder.id}\n".encode()


def test_a_published_generation_verifies(index: IndexFolder) -> None:
    publish(index, 1)
    index.current().verify()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_text("swor"), "4 bytes, expected 4; sha256"),
        (lambda path: path.write_text("row"), "3 bytes, expected 4"),
        (lambda path: path.unlink(), "is missing; restore it, or run reindex.py --full"),
    ],
)
def test_an_altered_file_is_named(index: IndexFolder, damage: object, message: str) -> None:
    folder = publish(index, 1)
    assert callable(damage)
    damage(folder.rows)
    with pytest.raises(IndexDamaged, match="--full") as damaged:
        index.current().verify()
    assert str(folder.rows) in str(damaged.value)
    assert message in str(damaged.value)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xff\xfe", b"../../etc\n", b"latest\n", b"00000001/../..\n", b"\0"]
)
def test_a_damaged_current_is_named(index: IndexFolder, content: bytes) -> None:
    publish(index, 1)
    (index.path / "CURRENT").write_bytes(content)
    with pytest.raises(IndexDamaged, match="--full") as damaged:
        index.current()
    assert str(index.path / "CURRENT") in str(damaged.value)


@pytest.mark.parametrize(
    "name",
    [
        *["rows.npy", "vectors/0001/rows.npy", "vectors/passages.faiss", "lexical/meta.json"],
        *["lexical/.managed.json", "lexical/0a.idx", "lexical/0a.17.del"],
    ],
)
def test_a_file_that_has_no_checksum_is_not_opened(index: IndexFolder, name: str) -> None:
    folder = publish(index, 1)
    current = index.current()
    if name == "rows.npy":
        current = replace(current, manifest=replace(current.manifest, files={}))
    path = folder.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("from elsewhere")
    with pytest.raises(IndexDamaged, match=re.escape(str(path))):
        current.verify()


@pytest.mark.parametrize("name", [".DS_Store", "vectors/Thumbs.db", "lexical/.tantivy-meta.lock"])
def test_foreign_entries_do_no_harm(index: IndexFolder, name: str) -> None:
    path = publish(index, 1).path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("left by a file manager")
    index.current().verify()


def test_a_link_is_checked_through_its_target(index: IndexFolder, tmp_path: Path) -> None:
    rows = publish(index, 1).rows
    rows.replace(tmp_path / "rows")
    rows.symlink_to(tmp_path / "rows")
    index.current().verify()
    (tmp_path / "rows").write_text("others")
    with pytest.raises(IndexDamaged, match=re.escape(str(rows))):
        index.current().verify()
    (tmp_path / "rows").unlink()
    with pytest.raises(IndexDamaged, match="missing"):
        index.current().verify()


def test_a_named_pipe_does_not_block(index: IndexFolder) -> None:
    rows = publish(index, 1).rows
    rows.unlink()
    os.mkfifo(rows)
    with pytest.raises(IndexDamaged, match="missing"):
        index.current().verify()


def test_a_current_that_names_no_generation_is_damage(index: IndexFolder) -> None:
    publish(index, 1)
    (index.path / "CURRENT").write_text("00000007-00000000\n")
    with pytest.raises(IndexDamaged, match=r"00000007-00000000/manifest\.json.*--full"):
        index.current()


def test_the_manifest_of_another_generation_is_refused(index: IndexFolder) -> None:
    first, second = publish(index, 1), publish(index, 2)
    first_manifest = (first.path / MANIFEST_NAME).read_bytes()
    (second.path / MANIFEST_NAME).write_bytes(first_manifest)
    with pytest.raises(IndexDamaged, match="--full") as damaged:
        index.current()
    assert str(second.path / MANIFEST_NAME) in str(damaged.value)


def test_a_generation_without_its_manifest_does_not_count(index: IndexFolder) -> None:
    first = publish(index, 1)
    with index.writing():
        index.begin(2).rows.write_text("rows")
    assert names(index) == [first.id]
    assert index.current().folder == first


# Beginning


def test_numbers_only_rise(index: IndexFolder) -> None:
    with index.writing():
        assert index.next_number() == 1
    publish(index, 4)
    with index.writing():
        index.begin(5)
        assert index.next_number() == 6


def test_leftovers_of_killed_builds_are_deleted_and_published_ones_stay(index: IndexFolder) -> None:
    first = publish(index, 1)
    with index.writing():
        left = index.begin(2)
        left.lexical.mkdir()
        (left.lexical / "meta.json").write_text("{}")
        new = index.begin(3)
    assert not left.path.exists()
    assert {path.name for path in new.path.parent.iterdir()} == {first.id, new.id}


def test_unfinished_files_of_a_killed_build_are_replaced(index: IndexFolder) -> None:
    publish(index, 1)
    (index.path / ".CURRENT.new").write_text("0000")
    (index.path / ".settings.json.new").write_text("{" * 1_000)
    with index.writing():
        # A build that finds nothing to publish, and one that tunes.
        index.abandon(index.begin(2))
        index.save_settings("{}")
    assert not list(index.path.rglob("*.new"))
    assert index.read_settings() == b"{}"


def test_an_abandoned_generation_leaves_nothing(index: IndexFolder) -> None:
    publish(index, 1)
    with index.writing():
        before = sorted(index.path.rglob("*"))
        folder = index.begin(2)
        folder.rows.write_text("rows")
        index.abandon(folder)
        assert sorted(index.path.rglob("*")) == before


def test_foreign_files_among_the_generations_do_no_harm(index: IndexFolder) -> None:
    publish(index, 1)
    for name in (".DS_Store", "notes.txt", "00000009-file"):
        (index.path / "generations" / name).write_text("not a generation")
    second = publish(index, 2)
    assert index.current().folder == second
    assert index.prune() == 1


# Pruning


def test_pruning_keeps_the_newest_two(index: IndexFolder) -> None:
    folders = [publish(index, number) for number in range(1, 6)]
    for folder in folders:
        make_old(folder)
    assert index.prune() == 4
    assert names(index) == [folder.id for folder in folders[3:]]
    assert sorted(path.name for path in folders[0].path.parent.iterdir()) == names(index)
    assert index.prune() == 4


def test_a_recently_current_generation_is_kept(index: IndexFolder) -> None:
    first, second, third, fourth = (publish(index, number) for number in range(1, 5))
    make_old(first)
    make_old(second)
    # The second superseded the first long ago; the third superseded the second just now.
    assert index.prune() == 2
    assert names(index) == [second.id, third.id, fourth.id]


def test_fast_builds_do_not_fill_the_disk(index: IndexFolder) -> None:
    """Each generation was current a moment ago, but only some are kept."""
    folders = [publish(index, number) for number in range(1, 21)]
    assert index.prune() == 21 - MOST_KEPT
    assert names(index) == [folder.id for folder in folders[-MOST_KEPT:]]


def test_pruning_an_empty_index(index: IndexFolder) -> None:
    assert index.prune() == 0


def test_unpublished_generations_do_not_displace_published_ones(index: IndexFolder) -> None:
    """A build was killed long ago between its manifest and CURRENT, and another one follows now."""
    first = publish(index, 1)
    current = (index.path / "CURRENT").read_bytes()
    left = publish(index, 2)
    make_old(first)
    make_old(left)
    (index.path / "CURRENT").write_bytes(current)
    third = publish(index, 3)
    assert index.prune() == 1
    # Recent requests on the first one are still running.
    assert {first.id, third.id} <= set(names(index))


# The writer's lock

HOLD = """
import sys
from pathlib import Path
from indexer.index.folder import IndexFolder
with IndexFolder(Path(sys.argv[1])).writing():
    print("held", flush=True)
    sys.stdin.read()
"""

LOOK = """
import sys
from pathlib import Path
from indexer.index.folder import IndexFolder
print("looking", flush=True)
while True:
    IndexFolder(Path(sys.argv[1])).is_being_written()
"""


def hold_lock(index: IndexFolder) -> "subprocess.Popen[str]":
    """Start a process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLD, str(index.path)]
    holder = subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_writer_is_told_who_holds_the_lock(index: IndexFolder) -> None:
    with hold_lock(index) as holder:
        with pytest.raises(IndexLocked) as locked, index.writing():
            raise AssertionError("two writers")
        found = re.search(r"process (\d+) on (\S+) since (\S+);", str(locked.value))
        assert found is not None
        assert (int(found[1]), found[2]) == (holder.pid, socket.gethostname())
        since = datetime.fromisoformat(found[3])
        assert timedelta(seconds=-2) < datetime.now(UTC) - since < timedelta(minutes=1)
        assert str(index.path) in str(locked.value)
        holder.communicate("")
    with index.writing():
        pass


def test_the_lock_ends_with_a_killed_process(index: IndexFolder) -> None:
    with hold_lock(index) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with index.writing():
        entry = json.loads((index.path / "writer.lock").read_text())
    assert entry["pid"] == os.getpid()


def test_the_lock_also_works_within_a_process(index: IndexFolder) -> None:
    with index.writing():
        with pytest.raises(IndexLocked, match=f"process {os.getpid()} "), index.writing():
            raise AssertionError("two writers")
        # The refusal did not release the lock.
        with pytest.raises(IndexLocked), index.writing():
            raise AssertionError("two writers")


def test_the_lock_is_free_after_a_failure(index: IndexFolder) -> None:
    with pytest.raises(ValueError, match="broken"), index.writing():
        raise ValueError("broken")
    with index.writing():
        pass


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "\0\0", "\n" * 10])
def test_a_lock_without_a_readable_holder_is_still_a_lock(index: IndexFolder, text: str) -> None:
    with index.writing():
        (index.path / "writer.lock").write_text(text)
        with pytest.raises(IndexLocked, match="another process"), index.writing():
            raise AssertionError("two writers")


def test_a_running_build_is_visible(index: IndexFolder) -> None:
    assert not index.is_being_written()
    assert not index.path.exists()
    with index.writing():
        assert index.is_being_written()
    assert not index.is_being_written()
    with hold_lock(index) as holder:
        assert index.is_being_written()
        holder.communicate("")
    assert not index.is_being_written()


def test_a_killed_build_is_no_longer_visible(index: IndexFolder) -> None:
    with hold_lock(index) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (index.path / "writer.lock").read_text() != ""
    assert not index.is_being_written()


def test_looking_for_a_build_does_not_block_builds(index: IndexFolder) -> None:
    """This also holds during the check, which another process repeats without pause."""
    with index.writing():
        pass
    command = [sys.executable, "-c", LOOK, str(index.path)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as looking:
        assert looking.stdout is not None
        assert looking.stdout.readline() == "looking\n"
        for _ in range(200):
            with index.writing():
                assert index.is_being_written()
        looking.terminate()


def test_reading_needs_no_lock(index: IndexFolder) -> None:
    folder = publish(index, 1)
    with index.writing():
        assert index.current().folder == folder


# Storage that fails


def test_a_file_at_the_path_of_the_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("not a folder")
    for place in (tmp_path / "index", tmp_path / "index" / "below"):
        with pytest.raises(StorageError) as failed, IndexFolder(place).writing():
            raise AssertionError("written into a file")
        assert str(tmp_path / "index") in str(failed.value)


def test_the_checksum_of_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="gone"):
        checksum(tmp_path / "gone")


def test_a_checksum_is_size_and_sha256(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"wolf")
    # printf wolf | sha256sum
    found = checksum(tmp_path / "file")
    assert (found.size, found.sha256[:16]) == (4, "f76b61b962db075b")


def test_publishing_writes_the_manifest_last_and_current_after_it(index: IndexFolder) -> None:
    with replaced_files() as replaced:
        folder = publish(index, 1)
    assert replaced == [MANIFEST_NAME, "CURRENT"]
    assert Manifest.read(folder.path / MANIFEST_NAME).files.keys() == {"rows.npy"}


def test_linked_files_keep_their_checksums_and_others_are_read(index: IndexFolder) -> None:
    publish(index, 1, "the rows")
    current = index.current()
    folder = index.begin(2)
    os.link(current.folder.rows, folder.rows)
    folder.boilerplate.write_text("new")
    # If the file were read, this change would be found.
    current.folder.rows.write_text("damaged after it was verified")
    found = checksums(folder, current)
    assert found == {
        "boilerplate.json": checksum(folder.boilerplate),
        "rows.npy": current.manifest.files["rows.npy"],
    }
    assert checksums(folder, None)["rows.npy"] == checksum(folder.rows)


def test_a_copy_of_a_file_is_read(index: IndexFolder) -> None:
    publish(index, 1, "the rows")
    folder = index.begin(2)
    folder.rows.write_text("the rows, altered")
    assert checksums(folder, index.current()) == {"rows.npy": checksum(folder.rows)}


# Records of the walk


def test_a_walk_is_recorded_for_its_generation_and_later_ones(
    index: IndexFolder,
) -> None:
    publish(index, 3)
    index.note_walk(5_000, 66)
    assert index.walks.device() == 66
    assert index.walked_ns(replace(MANIFEST, number=3)) == 5_000
    assert index.walked_ns(replace(MANIFEST, number=4)) == 5_000
    # An index that was restored to an older state must not use a later walk.
    built_ns = int(datetime.fromisoformat(MANIFEST.built).timestamp()) * 1_000_000_000
    assert index.walked_ns(replace(MANIFEST, number=2)) == built_ns


@pytest.mark.parametrize(
    "noted", ["", "{", "null", "[]", '{"number": 1}', '{"number": 1, "walked_ns": "soon"}']
)
def test_without_a_readable_record_the_time_of_the_build_counts(
    index: IndexFolder, noted: str
) -> None:
    built_ns = int(datetime.fromisoformat(MANIFEST.built).timestamp()) * 1_000_000_000
    assert index.walked_ns(MANIFEST) == built_ns
    publish(index, 1)
    (index.path / "walked.json").write_text(noted)
    assert index.walked_ns(MANIFEST) == built_ns
    assert index.walks.device() is None


def test_a_record_that_cannot_be_written_does_not_fail_the_build(index: IndexFolder) -> None:
    publish(index, 1)
    (index.path / ".walked.json.new").mkdir()
    index.note_walk(5_000, None)
    assert not (index.path / "walked.json").exists()
