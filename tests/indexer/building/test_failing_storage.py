"""A full disk, files that cannot grow, a read-only index: a clear error, and nothing lost."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.task import BuildTask
from indexer.errors import IndexDamaged, SpanlightError, StorageError
from indexer.index.folder import IndexFolder
from indexer.index.store.reader import PassageStore
from indexer.index.store.writer import StoreWriter
from tests.file_handles import free_handles
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.building.forked_builds import ForkedBuilds, Outcome, Request, forked_builds
from tests.indexer.builds import NIGHT, RIVER, build, files_of, write_files
from tests.indexer.index_content import SMALL, content_of
from tests.other_user import place_for_everyone, without_privileges

ROOT = Path(__file__).parents[3]
DISK_BYTES = 8_000_000


@pytest.fixture(scope="module")
def builds() -> Iterator[ForkedBuilds]:
    with forked_builds() as builds:
        yield builds


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A small separate file system; tests that need it are skipped where it cannot be made."""
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs"]
    if subprocess.run(["mount", *options, place], capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def free_bytes(place: Path) -> int:
    status = os.statvfs(place)
    return status.f_bavail * status.f_frsize


def write_more(folder: Path) -> None:
    """Write files whose passages need far more space than the others, in each part of the index."""
    for number in range(30):
        lines = [f"Wolf {number} howled {times} times at the moon." for times in range(40)]
        write_files(folder, **{f"more-{number}": "\n\n".join(lines)})


def assert_clear(outcome: Outcome, index: IndexFolder) -> None:
    assert outcome.signal is None, "a signal ended the process"
    assert outcome.error == StorageError.__name__, outcome
    assert str(index.path) in outcome.message
    assert "rollback" not in outcome.message  # the final result, not the course of events


def test_a_full_disk(builds: ForkedBuilds, folder: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        index = IndexFolder(disk / "index")
        request = Request(str(folder), str(index.path), str(tmp_path / "log"))
        write_files(folder, a=NIGHT, b=RIVER)
        build(folder, index, HashedEmbedder())
        before = content_of(index)
        write_more(folder)
        failed = 0
        for leave_free in [0, 4_096, 20_000, 100_000, 200_000, 400_000, 800_000, 1_200_000]:
            filler = disk / "filler"
            filler.write_bytes(bytes(max(0, free_bytes(disk) - leave_free)))
            outcome = builds.run(request)
            filler.unlink()
            if outcome.error is None and outcome.signal is None:
                break
            failed += 1
            assert_clear(outcome, index)
            assert content_of(index) == before
        assert failed >= 4
        assert_builds_on(folder, index, tmp_path)


WRITE_VECTORS = """
import sys
from pathlib import Path
from indexer.errors import StorageError
from tests.indexer.index.vectors.test_vector_index import clustered, embeddings, write
vectors = embeddings(clustered(8_000))
try:
    write(Path(sys.argv[1]), range(8_000), vectors)
except StorageError as error:
    print(error)
"""


@pytest.mark.parametrize("free", [0, 300_000, 1_200_000])
def test_vectors_on_a_full_disk(tmp_path: Path, free: int) -> None:
    """Writing to a mapped file without free space would end the process."""
    with small_disk(tmp_path / "disk") as disk:
        (disk / "filler").write_bytes(bytes(free_bytes(disk) - free))
        command = [sys.executable, "-c", WRITE_VECTORS, str(disk / "vectors")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert str(disk / "vectors") in done.stdout


@pytest.mark.parametrize("limit_bytes", [0, 1_000, 40_000, 120_000, 300_000])
def test_files_that_cannot_grow(
    builds: ForkedBuilds, folder: Path, index: IndexFolder, tmp_path: Path, limit_bytes: int
) -> None:
    write_files(folder, a=NIGHT, b=RIVER)
    build(folder, index, HashedEmbedder())
    before = content_of(index)
    write_more(folder)
    request = Request(str(folder), str(index.path), os.devnull, file_limit_bytes=limit_bytes)
    assert_clear(builds.run(request), index)
    assert content_of(index) == before
    assert_builds_on(folder, index, tmp_path)


def assert_builds_on(folder: Path, index: IndexFolder, tmp_path: Path) -> None:
    build(folder, index, HashedEmbedder())
    fresh = IndexFolder(tmp_path / "fresh")
    build(folder, fresh, HashedEmbedder())
    assert content_of(index) == content_of(fresh)


def test_an_index_of_another_user_can_be_read_and_not_written() -> None:
    with place_for_everyone() as place:
        folder, index = place / "folder", IndexFolder(place / "index")
        folder.mkdir()
        write_files(folder, a=NIGHT, b=RIVER)
        build(folder, index, HashedEmbedder())
        before, files = content_of(index), files_of(index)
        write_files(folder, c=NIGHT)
        with without_privileges():
            assert content_of(index) == before
            with pytest.raises(StorageError, match="Permission denied") as refused:
                build(folder, index, HashedEmbedder())
            assert str(index.path) in str(refused.value)
            with pytest.raises(StorageError, match="Permission denied"):
                build(folder, IndexFolder(place / "new" / "index"), HashedEmbedder())
        assert files_of(index) == files
        assert build(folder, index, HashedEmbedder()).published


def test_an_index_on_a_read_only_disk_can_be_read_and_not_written(
    folder: Path, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        index = IndexFolder(disk / "index")
        write_files(folder, a=NIGHT, b=RIVER)
        build(folder, index, HashedEmbedder())
        before, files = content_of(index), files_of(index)
        write_files(folder, c=NIGHT)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert content_of(index) == before
        with pytest.raises(StorageError, match="Read-only file system") as refused:
            build_index(BuildTask(folder, index, SMALL, HashedEmbedder()))
        assert str(index.path) in str(refused.value)
        assert files_of(index) == files


def test_an_index_that_is_read_only_here_may_be_written_elsewhere() -> None:
    """As if by another container: a reader without locks still notices changes."""
    with place_for_everyone() as place:
        folder, index = place / "folder", IndexFolder(place / "index")
        folder.mkdir()
        write_files(folder, a=NIGHT)
        build(folder, index, HashedEmbedder())
        with closing(PassageStore.open(index.store)) as reader:
            with without_privileges():
                first = reader.documents(1)
            write_more(folder)
            build(folder, index, HashedEmbedder())
            with without_privileges():
                assert reader.documents(1) == first
                assert len(reader.documents(2)) == 31
            write_files(folder, b=RIVER)
            build(folder, index, HashedEmbedder())
            with closing(StoreWriter(index.store)) as writer, without_privileges():
                assert reader.documents(3) == writer.documents(3)
                assert [reader.text(stored) for stored in reader.documents(1)] == [NIGHT]


def test_another_store_in_place_of_one_that_is_read_only_here_is_refused(tmp_path: Path) -> None:
    with place_for_everyone() as place:
        folder, index = place / "folder", IndexFolder(place / "index")
        folder.mkdir()
        write_files(folder, a=NIGHT)
        build(folder, index)
        other = IndexFolder(tmp_path / "other")
        write_files(folder, a=RIVER)
        build(folder, other)
        generation = index.current().manifest.generation
        with without_privileges(), closing(PassageStore.open(index.store, generation)) as reader:
            assert reader.documents(1)
            os.seteuid(0)
            index.discard_store()
            shutil.copy(other.store, index.store)
            index.store.chmod(0o644)
            os.seteuid(65534)
            with pytest.raises(IndexDamaged, match="the store of another index"):
                reader.documents(1)


def test_a_full_disk_does_not_make_readers_skip_the_journal(folder: Path, tmp_path: Path) -> None:
    """The last commit may exist only in the journal."""
    with small_disk(tmp_path / "disk") as disk:
        index = IndexFolder(disk / "index")
        write_files(folder, a=NIGHT)
        build(folder, index, HashedEmbedder())
        (disk / "filler").write_bytes(bytes(free_bytes(disk)))
        with pytest.raises(StorageError, match=r"full|unable to open|I/O"):
            PassageStore.open(index.store)
        (disk / "filler").unlink()
        with closing(PassageStore.open(index.store)) as reader:
            assert [stored.path for stored in reader.documents(1)] == ["a.txt"]


def test_an_unreadable_index_is_a_named_error() -> None:
    with place_for_everyone() as place:
        folder, index = place / "folder", IndexFolder(place / "index")
        folder.mkdir()
        write_files(folder, a=NIGHT)
        build(folder, index, HashedEmbedder())
        hidden = [index.path / "CURRENT", index.store, index.current().folder.rows, index.path]
        for path in hidden:
            mode = path.stat().st_mode
            path.chmod(0)
            with without_privileges(), pytest.raises(SpanlightError) as refused:
                read_everything(index)
            assert "ermission denied" in str(refused.value) or "unable to open" in str(
                refused.value
            )
            assert str(path) in str(refused.value)
            path.chmod(mode)


def read_everything(index: IndexFolder) -> None:
    index.current().verify()
    content_of(index)


@pytest.mark.parametrize("count", range(0, 24, 2))
def test_a_build_without_free_file_handles_removes_no_document(
    folder: Path, index: IndexFolder, count: int
) -> None:
    write_files(folder, a=NIGHT, b=RIVER)
    build(folder, index)
    write_files(folder, a=f"{NIGHT} Changed.")
    with free_handles(count), suppress(SpanlightError, OSError):
        build(folder, index)
    with closing(PassageStore.open(index.store)) as reader:
        stored = reader.documents(index.current().manifest.number)
    assert [each.path for each in stored] == ["a.txt", "b.txt"]
    build(folder, index)
    assert check_index(index) == []
