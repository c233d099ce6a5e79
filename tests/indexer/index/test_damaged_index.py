"""Damaged, missing and swapped files of an index. A build names the file and the command, and loses
nothing; `full` rebuilds the index from the files that are left.
"""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from indexer.building.build import build_index
from indexer.building.planning.plan import plan_build
from indexer.building.task import BuildTask
from indexer.errors import FormatVersionMismatch, IndexDamaged, IndexNotFound
from indexer.index.folder import IndexFolder
from indexer.index.manifest import MANIFEST_NAME
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import NIGHT, RIVER, build, files_of, write_files
from tests.indexer.index_content import SMALL, IndexContent, content_of, open_index

FILES = {"a": NIGHT, "b": RIVER + NIGHT, "c": "Foxes sleep. " * 9}
# The content of fresh indexes, by the names and states of the folder's files.
FRESH: dict[tuple[tuple[str, int, int], ...], IndexContent] = {}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder and its index of two generations, with which each test begins."""
    place = tmp_path_factory.mktemp("damaged")
    folder, index = place / "folder", IndexFolder(place / "kept")
    folder.mkdir()
    write_files(folder, a=NIGHT, b=RIVER)
    build(folder, index, HashedEmbedder())
    write_files(folder, **FILES)
    build(folder, index, HashedEmbedder())
    return place


@pytest.fixture
def folder(place: Path) -> Path:
    """The folder as it was indexed."""
    folder = place / "folder"
    for path in folder.iterdir():
        if path.stem not in FILES:
            path.unlink()
    for name, content in FILES.items():
        path = folder / f"{name}.txt"
        if not path.exists() or path.read_text() != content:
            write_files(folder, **{name: content})
    return folder


@pytest.fixture
def index(place: Path, tmp_path: Path) -> IndexFolder:
    """An index of two generations of the folder."""
    # Generations share files by links, which Python would copy as separate files.
    subprocess.run(["cp", "-a", place / "kept", tmp_path / "index"], check=True)
    return IndexFolder(tmp_path / "index")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def overwrite_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def delete(path: Path) -> None:
    path.unlink()


def own_file(index: IndexFolder, name: str) -> Path:
    """Return the file of the current generation whose relative path equals or ends with this."""
    files = index.current().manifest.files
    (found,) = [name] if name in files else [each for each in files if each.endswith(name)]
    return index.current().folder.path / found


def assert_refused(folder: Path, index: IndexFolder, path: Path) -> None:
    """Check that a build and a plan name the damaged file and the command, and change nothing."""
    write_files(folder, d="A change, so that there is something to do. " * 5)
    before = files_of(index)
    for attempt in (build_index, plan_build):
        with pytest.raises((IndexDamaged, FormatVersionMismatch)) as refused:
            attempt(BuildTask(folder, index, SMALL, HashedEmbedder()))
        assert str(path) in str(refused.value)
        assert "--full" in str(refused.value)
        assert files_of(index) == before


def assert_mended(folder: Path, index: IndexFolder, tmp_path: Path) -> None:
    """Check that a full build repairs the index."""
    assert build(folder, index, HashedEmbedder(), full=True).published
    assert content_of(index) == fresh_content(folder, tmp_path)
    index.current().verify()
    assert not build(folder, index, HashedEmbedder()).published
    write_files(folder, e="And on from there. " * 9)
    assert build(folder, index, HashedEmbedder()).added == 1


def fresh_content(folder: Path, tmp_path: Path) -> IndexContent:
    states = ((path.name, path.stat()) for path in sorted(folder.iterdir()))
    files = tuple((name, state.st_ino, state.st_ctime_ns) for name, state in states)
    if files not in FRESH:
        fresh = IndexFolder(tmp_path / "fresh")
        build(folder, fresh, HashedEmbedder())
        FRESH[files] = content_of(fresh)
    return FRESH[files]


# Files of the generation

GENERATION_FILES = [
    *["lexical/meta.json", ".store", ".term", "rows.npy", "signatures.npy", "boilerplate.json"],
    *["vectors/passages.faiss", "vectors/0000/passages.npy", "vectors/0000/windows.npy"],
]


@pytest.mark.parametrize("name", GENERATION_FILES)
@pytest.mark.parametrize("damage", [delete, empty, cut, alter])
def test_a_damaged_file_of_the_generation(
    folder: Path, index: IndexFolder, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    path = own_file(index, name)
    damage(path)
    assert_refused(folder, index, path)
    assert_mended(folder, index, tmp_path)


@pytest.mark.parametrize("name", ["lexical/meta.json", "rows.npy", "vectors/passages.faiss"])
def test_a_damaged_file_of_the_previous_generation(
    folder: Path, index: IndexFolder, tmp_path: Path, name: str
) -> None:
    older, current = index.published()
    shutil.copy(older.path / name, current.path / name)
    assert_refused(folder, index, current.path / name)
    assert_mended(folder, index, tmp_path)


# The manifest and CURRENT


@pytest.mark.parametrize("damage", [delete, empty, cut, alter, overwrite_with_zeros])
def test_a_damaged_manifest(
    folder: Path, index: IndexFolder, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = index.current().folder.path / MANIFEST_NAME
    damage(path)
    with pytest.raises(IndexDamaged):
        index.current()
    assert_refused(folder, index, path)
    assert_mended(folder, index, tmp_path)


def test_a_damaged_manifest_of_the_previous_generation(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    older, current = index.published()
    shutil.copy(older.path / MANIFEST_NAME, current.path / MANIFEST_NAME)
    assert_refused(folder, index, current.path)
    assert_mended(folder, index, tmp_path)


def test_another_format_version(folder: Path, index: IndexFolder, tmp_path: Path) -> None:
    path = index.current().folder.path / MANIFEST_NAME
    path.write_text(json.dumps({"format_version": 999, "something": "else"}))
    with pytest.raises(FormatVersionMismatch):
        index.current()
    assert_refused(folder, index, path)
    assert_mended(folder, index, tmp_path)


@pytest.mark.parametrize("content", [b"", b"../..\n", b"\xff\n", b"00000009-00000000\n"])
def test_a_damaged_current(
    folder: Path, index: IndexFolder, tmp_path: Path, content: bytes
) -> None:
    (index.path / "CURRENT").write_bytes(content)
    named = "00000009-00000000" if content.startswith(b"0") else "CURRENT"
    with pytest.raises(IndexDamaged):
        index.current()
    write_files(folder, d="A change.")
    before = files_of(index)
    with pytest.raises(IndexDamaged, match=rf"{named}.*--full"):
        build(folder, index, HashedEmbedder())
    assert files_of(index) == before
    assert_mended(folder, index, tmp_path)


def test_without_current_there_is_no_index_and_a_build_creates_one(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    expected = content_of(index)
    (index.path / "CURRENT").unlink()
    with pytest.raises(IndexNotFound, match=r"reindex\.py"):
        index.current()
    embedder = HashedEmbedder()
    build(folder, index, embedder)
    assert content_of(index) == expected
    assert embedder.texts == []  # all embeddings were stored
    assert_mended(folder, index, tmp_path)


def test_without_generations(folder: Path, index: IndexFolder, tmp_path: Path) -> None:
    shutil.rmtree(index.path / "generations")
    with pytest.raises(IndexDamaged, match="--full"):
        build(folder, index, HashedEmbedder())
    assert_mended(folder, index, tmp_path)


# The store


@pytest.mark.parametrize("damage", [delete, empty, cut, overwrite_with_zeros])
def test_a_damaged_store(
    folder: Path, index: IndexFolder, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(index.store)
    assert_refused(folder, index, index.store)
    assert_mended(folder, index, tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9])
def test_a_store_with_a_damaged_page_is_repaired(
    folder: Path, index: IndexFolder, tmp_path: Path, share: float
) -> None:
    with index.store.open("r+b") as file:
        file.seek(int(index.store.stat().st_size * share) // 4096 * 4096)
        file.write(b"\xaa" * 4096)
    assert_mended(folder, index, tmp_path)


def test_the_store_of_another_index(folder: Path, index: IndexFolder, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = IndexFolder(tmp_path / "other-index")
    # The same number of documents and passages, so that no count differs.
    for path in folder.iterdir():
        text = path.read_text().replace("wolf", "bear").replace("moon", "star")
        write_files(tmp_path / "other", **{path.stem: text})
    build(tmp_path / "other", other, HashedEmbedder())
    shutil.copy(other.store, index.store)
    assert_refused(folder, index, index.store)
    assert_mended(folder, index, tmp_path)


def test_an_older_copy_of_the_store(folder: Path, index: IndexFolder, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copy(index.store, copy)
    write_files(folder, a="Bears. " * 30)
    build(folder, index, HashedEmbedder())
    shutil.copy(copy, index.store)
    assert_refused(folder, index, index.store)
    assert_mended(folder, index, tmp_path)


def test_a_damaged_passage_does_not_reach_the_next_generation(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(index.store)) as connection:
        connection.execute("UPDATE passages SET text = replace(text, 'Wolves', 'Bears ')")
        connection.commit()
    with pytest.raises(IndexDamaged, match="--full"):
        content_of(index)
    (folder / "c.txt").unlink()  # so that the lexical index is rewritten from the store
    before = files_of(index)["CURRENT"]
    with pytest.raises(IndexDamaged) as damaged:
        build(folder, index, HashedEmbedder())
    assert str(index.store) in str(damaged.value)
    assert files_of(index)["CURRENT"] == before
    assert_mended(folder, index, tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        "vectors = substr(vectors, 1, 50)",
        "vectors = zeroblob(length(vectors))",
        "vectors = x''",
        "key = substr(key, 2)",
    ],
)
def test_damaged_embeddings_are_not_used(
    folder: Path, index: IndexFolder, tmp_path: Path, damage: str
) -> None:
    with closing(sqlite3.connect(index.store)) as connection:
        connection.execute(f"UPDATE embeddings SET {damage}")
        connection.commit()
    assert_mended(folder, index, tmp_path)


# Leftovers


def test_a_generation_that_was_never_made_current(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    """A build was killed long ago, between its manifest and CURRENT."""
    with open_index(index) as opened:
        current = index.current().folder
        left = current.path.with_name("00000003-deadbeef")
        shutil.copytree(current.path, left)
        for path in (left, current.path):
            os.utime(path / MANIFEST_NAME, (1, 1))
        expected = opened.store.passages(opened.rows.tolist())
        write_files(folder, a="Bears. " * 30)
        build(folder, index, HashedEmbedder())
        # Recent requests on the current generation are still running.
        assert current.path.exists()
        assert opened.store.passages(opened.rows.tolist()) == expected
    assert_mended(folder, index, tmp_path)


def test_foreign_files_in_the_index_folder(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    for place in (index.path, index.path / "generations", index.current().folder.path):
        (place / ".DS_Store").write_text("left by a file manager")
    write_files(folder, a="Bears. " * 30)
    assert build(folder, index, HashedEmbedder()).published
    assert_mended(folder, index, tmp_path)
