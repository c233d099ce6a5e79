import threading
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.building.backup import back_up
from indexer.building.check import check_index
from indexer.errors import IndexDamaged, IndexNotFound, UsageError
from indexer.index.folder import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import NIGHT, RIVER, build, files_of, write_files
from tests.indexer.index_content import content_of


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    write_files(folder, night=NIGHT, river=RIVER)
    return folder


@pytest.fixture
def index(documents: Path, tmp_path: Path) -> IndexFolder:
    found = IndexFolder(tmp_path / "index")
    build(documents, found, HashedEmbedder())
    return found


def test_a_copy_answers_the_same_and_is_sound(index: IndexFolder, tmp_path: Path) -> None:
    index.save_settings('{"fusion": "rrf"}')
    copy = IndexFolder(tmp_path / "copy")
    manifest = back_up(index, copy)
    assert copy.current() == replace(copy.current(), manifest=manifest)
    assert manifest == index.current().manifest
    assert copy.read_settings() == index.read_settings()
    assert check_index(copy) == []
    assert content_of(copy) == content_of(index)


def test_a_copy_shares_no_file_with_the_index(index: IndexFolder, tmp_path: Path) -> None:
    back_up(index, IndexFolder(tmp_path / "copy"))
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert {path.stat().st_nlink for path in files} == {1}


def test_a_build_continues_from_a_copy_and_embeds_nothing_again(
    documents: Path, index: IndexFolder, tmp_path: Path
) -> None:
    copy = IndexFolder(tmp_path / "copy")
    back_up(index, copy)
    assert build(documents, copy, HashedEmbedder()).published is False
    write_files(documents, sea="The sea was calm that day, and nobody was on it. ")
    report = build(documents, copy, HashedEmbedder())
    assert (report.added, report.unchanged, report.embedded) == (1, 2, 1)
    assert check_index(copy) == []


def test_a_copy_made_during_a_build_is_consistent(
    documents: Path, index: IndexFolder, tmp_path: Path
) -> None:
    built: list[str] = []
    stop = threading.Event()

    def build_again_and_again() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            write_files(documents, **{f"new{number % 4}": f"Number {number} is new. {NIGHT}"})
            build(documents, index, HashedEmbedder())
            # Nothing is kept for slow readers.
            index.prune(keep=1)
            built.append(str(index.current_id()))

    builds = threading.Thread(target=build_again_and_again)
    builds.start()
    try:
        copies = [IndexFolder(tmp_path / f"copy{number}") for number in range(6)]
        copied = [back_up(index, copy).generation for copy in copies]
    finally:
        stop.set()
        builds.join()
    assert len(set(copied)) > 1
    assert all(check_index(copy) == [] for copy in copies)


def test_files_that_builds_delete_meanwhile_are_still_copied(
    documents: Path, index: IndexFolder, tmp_path: Path
) -> None:
    before = index.current()
    content = content_of(index)

    def replace_all(stage: str, done: int, total: int) -> None:
        if index.current_id() == before.folder.id:
            write_files(documents, night="Nothing of the night is left. ", river="Nor a river. ")
            build(documents, index, HashedEmbedder(), full=True)
            index.abandon(before.folder)

    copy = IndexFolder(tmp_path / "copy")
    assert back_up(index, copy, progress=replace_all) == before.manifest
    assert not before.folder.path.exists()
    assert content_of(copy) == content


def test_embeddings_that_no_passage_uses_are_copied_too(
    documents: Path, index: IndexFolder, tmp_path: Path
) -> None:
    (documents / "river.txt").unlink()
    build(documents, index, HashedEmbedder())
    copy = IndexFolder(tmp_path / "copy")
    back_up(index, copy)
    write_files(documents, river=RIVER)
    assert build(documents, copy, HashedEmbedder()).embedded == 0


def test_a_target_that_is_not_empty_is_refused_and_left_alone(
    index: IndexFolder, tmp_path: Path
) -> None:
    target = IndexFolder(tmp_path / "copy")
    target.path.mkdir()
    (target.path / "letter.txt").write_text("Dear Anna")
    with pytest.raises(UsageError, match=r"copy is not empty \(letter.txt is there\)"):
        back_up(index, target)
    assert (target.path / "letter.txt").read_text() == "Dear Anna"
    with pytest.raises(UsageError, match="is inside the index"):
        back_up(index, IndexFolder(index.path / "copy"))


def test_nothing_is_left_of_a_copy_of_damaged_files(index: IndexFolder, tmp_path: Path) -> None:
    rows = index.current().folder.rows
    rows.write_bytes(rows.read_bytes()[:-1])
    with pytest.raises(IndexDamaged, match=r"rows\.npy has changed since it was written"):
        back_up(index, IndexFolder(tmp_path / "copy"))
    assert not any((tmp_path / "copy").iterdir())


def test_nothing_is_left_of_a_copy_of_a_damaged_store(index: IndexFolder, tmp_path: Path) -> None:
    content = index.store.read_bytes()
    assert content.count(b"The moon was full") > 0
    index.store.write_bytes(content.replace(b"The moon was full", b"The moon was half"))
    with pytest.raises(IndexDamaged, match=r"the copy is not sound because .*index is not: "):
        back_up(index, IndexFolder(tmp_path / "copy"))
    assert not any((tmp_path / "copy").iterdir())


def test_where_there_is_no_index_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        back_up(IndexFolder(tmp_path / "index"), IndexFolder(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()


def test_a_copy_leaves_the_index_unchanged(index: IndexFolder, tmp_path: Path) -> None:
    before = files_of(index)
    back_up(index, IndexFolder(tmp_path / "copy"))
    assert files_of(index) == before
