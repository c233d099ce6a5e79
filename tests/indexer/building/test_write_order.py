"""Everything that CURRENT names is on disk before CURRENT, so power loss is no worse than a kill.

Tested once with this process's own calls, and once with all system calls of the real command, if
strace is available.
"""

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from indexer.building import embedding_queue, publisher
from indexer.index.folder import IndexFolder
from indexer.index.manifest import MANIFEST_NAME
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import NIGHT, RIVER, build, write_files
from tests.indexer.system_calls import calls_of, needs_strace

REINDEX = Path(__file__).parents[3] / "scripts" / "reindex.py"

# A value that shows whether a file, or a folder's list of names, was written since it was synced.
Written = tuple[int, int]


def written(status: os.stat_result) -> Written:
    return status.st_mtime_ns, status.st_size


class Synced:
    """The state of every file and folder when it was last synced."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], Written] = {}
        self.published = 0
        self.names_to_sync: list[Path] = []
        """The folders that hold a name since it was replaced, and were not synced since."""

    def sync(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        self.names_to_sync = [
            path for path in self.names_to_sync if not os.path.samestat(path.stat(), status)
        ]
        self._known[status.st_dev, status.st_ino] = written(status)

    def is_on_disk(self, path: Path) -> bool:
        status = path.stat()
        return self._known.get((status.st_dev, status.st_ino)) == written(status)


def needed(index: IndexFolder, generation: str) -> Iterator[Path]:
    """Yield all files and folders that are needed to answer from the generation."""
    folder = index.generation(generation).folder
    yield from (index.path, folder.path.parent, folder.path, folder.path / MANIFEST_NAME)
    for path in folder.path.rglob("*"):
        if not path.name.endswith(".lock"):
            yield path


@contextmanager
def watching_syncs(index: IndexFolder) -> Iterator[Synced]:
    """Fail if a generation is published that is not on disk."""
    synced = Synced()
    really_sync, really_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        really_sync(descriptor)
        synced.sync(descriptor)

    def replace(path: Path, target: Path) -> Path:
        if target.name == "CURRENT":
            assert synced.is_on_disk(path)
            missed = [
                each
                for each in needed(index, path.read_text().strip())
                if not synced.is_on_disk(each) and each != index.path
            ]
            assert missed == []
            synced.published += 1
        return really_replace(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        patch.setattr(Path, "replace", replace)
        yield synced
    assert synced.names_to_sync == []


def test_everything_is_synced_before_it_is_published(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_queue, "ROUND_TEXTS", 2)
    monkeypatch.setattr(publisher, "MANY_TEXTS", 1)
    monkeypatch.setattr(publisher, "INTERVAL_S", 0.0)
    write_files(folder, a=NIGHT, b=RIVER, c=NIGHT * 3)
    with watching_syncs(index) as synced:
        build(folder, index, HashedEmbedder())
        assert synced.published > 1  # words first
        # An addition, so that files are linked; a removal; a full rebuild.
        write_files(folder, d=RIVER + "A wolf slept.")
        build(folder, index, HashedEmbedder())
        (folder / "a.txt").unlink()
        build(folder, index, HashedEmbedder())
        before = synced.published
        build(folder, index, HashedEmbedder(), full=True)
        assert synced.published == before + 1
    segments = list(index.current().folder.vectors.glob("*/rows.npy"))
    assert segments, "there are folders in folders"


def test_the_parent_folders_of_a_new_index_are_synced(folder: Path, tmp_path: Path) -> None:
    index = IndexFolder(tmp_path / "new" / "below" / "index")
    write_files(folder, a=NIGHT)
    with watching_syncs(index) as synced:
        build(folder, index)
        assert all(map(synced.is_on_disk, (tmp_path / "new", tmp_path / "new" / "below")))


def test_settings_are_synced(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index)
    with watching_syncs(index) as synced:
        index.save_settings("{}")
        assert synced.is_on_disk(index.settings)
        assert synced.names_to_sync == []


# All system calls, including those of SQLite, tantivy and FAISS

OPENED_PATH = re.compile(r"= \d+<(?P<path>[^>]*)>")
OF_DESCRIPTOR = re.compile(r"^\d+<(?P<path>[^>]*)>")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


class TracedDisk:
    """The files and folders below the index that were written since they were synced."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._known: set[str] = set()
        self.unsynced: set[str] = set()
        self.published: list[tuple[str, set[str]]] = []
        self.synced: set[str] = set()
        self.synced_since: set[str] = set()

    def apply(self, name: str, arguments: str) -> None:
        if name in {"open", "openat", "creat"}:
            self._open(arguments)
        elif name in {"fsync", "fdatasync"}:
            self.unsynced.discard(path := self._of_descriptor(arguments))
            self.synced.add(path)
            self.synced_since.add(path)
        elif name in {"write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate"}:
            self._write(self._of_descriptor(arguments))
        elif name not in {"close", "dup", "fcntl", "lseek"}:
            self._change_names(name, [each for each in QUOTED.findall(arguments) if each])

    def _of_descriptor(self, arguments: str) -> str:
        found = OF_DESCRIPTOR.match(arguments)
        return found["path"].removesuffix(" (deleted)") if found else ""

    def _write(self, path: str) -> None:
        if path.startswith(self._root):
            self.unsynced.add(path)

    def _open(self, arguments: str) -> None:
        found = OPENED_PATH.search(arguments)
        path = found["path"] if found else ""
        if "O_CREAT" in arguments and path not in self._known:
            self._write(path)
            self._write(str(Path(path).parent))
        elif "O_TRUNC" in arguments:
            self._write(path)
        self._known.add(path)

    def _change_names(self, name: str, paths: list[str]) -> None:
        for path in paths if name.startswith("rename") else paths[-1:]:
            self._write(str(Path(path).parent))
        if name.startswith("rename"):
            old, new = paths
            if Path(new).name == "CURRENT":
                self.published.append((new, set(self.unsynced)))
                self.synced_since.clear()
            if old in self.unsynced:
                self.unsynced.remove(old)
                self.unsynced.add(new)
            self._known.add(new)
        elif name.startswith(("unlink", "rmdir")):
            self.unsynced.difference_update(paths)


@contextmanager
def reading(store: Path) -> Iterator[None]:
    """Keep a read transaction open, if the store exists, so that no checkpoint is possible."""
    if not store.exists():
        yield
        return
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM documents").fetchone()
        yield


@needs_strace
def test_the_real_command_syncs_everything_before_it_publishes(
    folder: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    store = index / "store.sqlite"
    command = [sys.executable, str(REINDEX), str(folder), "--index", str(index), "--model", "none"]
    for files in ({"a": NIGHT, "b": RIVER}, {"c": NIGHT * 2}, {"a": RIVER * 2}):
        write_files(folder, **files)
        with reading(store):
            disk = TracedDisk(tmp_path)
            for name, arguments in calls_of(command, tmp_path / "trace"):
                disk.apply(name, arguments)
        ((current, unsynced),) = disk.published
        assert current == str(index / "CURRENT")
        # The lock names the writer, and tantivy's locks are empty. The new entry in the index
        # folder since it was synced is the new file of CURRENT. Everything that SQLite has
        # written into the store is also in its journal, until the store is synced.
        unneeded = {str(index), str(store), str(tmp_path / "trace")}
        left = {path for path in unsynced - unneeded if not path.endswith((".lock", "-shm"))}
        assert left == set()
        assert str(index) in disk.synced_since
        assert str(index / "writer.lock") in unsynced, "no call was seen"
        assert str(index / "store.sqlite-wal") in disk.synced
