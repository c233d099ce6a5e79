"""A folder that changes while it is walked and read: skipped files are reported, and the index has
one state of each file, even if it was replaced, grew, shrank or vanished meanwhile.
"""

import os
import random
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.task import BuildTask
from indexer.documents import SkippedFile, SkipReason, SourceFile
from indexer.errors import FolderNotFound
from indexer.index.folder import IndexFolder
from indexer.reading.sources import read_source, walk
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import LEXICAL, NIGHT, RIVER, build, write_files
from tests.indexer.index_content import SMALL, content_of, open_index
from tests.other_user import place_for_everyone, without_privileges

LIMIT = 1_000_000
BUILDS = 8


# While the folder is walked


@pytest.fixture
def walked(folder: Path) -> Iterator[SourceFile | SkippedFile]:
    """A walk of a/1.txt, b/c/2.txt and d/3.txt that has reached the first of them."""
    for path in ("a/1.txt", "b/c/2.txt", "d/3.txt"):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(NIGHT)
    entries = walk(folder, max_file_bytes=LIMIT)
    assert next(entries).path == "a/1.txt"
    return entries


def paths(entries: Iterator[SourceFile | SkippedFile]) -> list[tuple[str, str]]:
    return [
        (entry.path, entry.detail if isinstance(entry, SkippedFile) else "") for entry in entries
    ]


def test_a_folder_that_vanishes_is_reported(
    walked: Iterator[SourceFile | SkippedFile], folder: Path
) -> None:
    shutil.rmtree(folder / "b")
    assert paths(walked) == [("b/", "it vanished"), ("d/3.txt", "")]


def test_a_folder_that_becomes_a_file_is_reported(
    walked: Iterator[SourceFile | SkippedFile], folder: Path
) -> None:
    shutil.rmtree(folder / "b")
    (folder / "b").write_text(RIVER)
    assert paths(walked) == [("b/", "Not a directory"), ("d/3.txt", "")]


def test_a_folder_that_becomes_a_link_reveals_no_other_files(
    walked: Iterator[SourceFile | SkippedFile], folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.txt").write_text("A secret.")
    shutil.rmtree(folder / "b")
    (folder / "b").symlink_to(tmp_path / "secret")
    for path, _ in paths(walked):
        if path != "d/3.txt":
            assert isinstance(read_source(folder, path, max_file_bytes=LIMIT), SkippedFile)


def test_a_file_that_vanishes_before_it_is_examined_is_reported(folder: Path) -> None:
    write_files(folder, a=NIGHT, b=RIVER)
    entries = walk(folder, max_file_bytes=LIMIT)
    assert next(entries).path == "a.txt"
    (folder / "b.txt").unlink()
    assert paths(entries) == [("b.txt", "it vanished")]


def test_a_removed_permission_is_reported() -> None:
    with place_for_everyone() as place:
        for path in ("a/1.txt", "b/2.txt", "c/3.txt"):
            (place / path).parent.mkdir()
            (place / path).write_text(NIGHT)
        with without_privileges():
            entries = walk(place, max_file_bytes=LIMIT)
            assert next(entries).path == "a/1.txt"
            os.seteuid(0)
            (place / "b").chmod(0)
            (place / "c" / "3.txt").chmod(0)
            os.seteuid(65534)
            assert paths(entries) == [("b/", "Permission denied"), ("c/3.txt", "")]
            found = read_source(place, "c/3.txt", max_file_bytes=LIMIT)
        assert found == SkippedFile("c/3.txt", SkipReason.UNREADABLE, "Permission denied")


def test_a_folder_that_vanishes_before_it_is_listed_removes_nothing_from_the_index(
    folder: Path, index: IndexFolder
) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index)
    before = content_of(index, LEXICAL)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(FolderNotFound):
        build(folder, index)
    assert content_of(index, LEXICAL) == before


# While its files are read


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Let a thread keep changing the folder, each time in another way."""
    stopped = threading.Event()

    def change() -> None:
        drawn = random.Random("changes")
        number = 0
        while not stopped.wait(0.000_5):
            number += 1
            change_once(folder, drawn, number)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def change_once(folder: Path, drawn: random.Random, number: int) -> None:
    path = folder / drawn.choice("ab") / f"{drawn.randrange(8)}.txt"
    path.parent.mkdir(exist_ok=True)
    text = f"Wolf {number} howled at the moon. " * drawn.randrange(1, 400)
    match drawn.choice(["replace", "rewrite", "grow", "shrink", "remove", "remove all", "chmod"]):
        case "replace":
            new = path.with_name(".new")
            new.write_text(text)
            new.replace(path)
        case "rewrite":
            path.write_text(text)
        case "grow":
            with path.open("a") as file:
                file.write(text)
        case "shrink" if path.exists():
            os.truncate(path, path.stat().st_size // 2)
        case "remove":
            path.unlink(missing_ok=True)
        case "remove all" if not drawn.randrange(10):
            shutil.rmtree(path.parent)
        case "chmod" if path.exists():
            path.chmod(0o600)


def test_builds_of_a_constantly_changing_folder_succeed(folder: Path, index: IndexFolder) -> None:
    with changing(folder):
        for number in range(BUILDS):
            report = build_index(BuildTask(folder, index, LEXICAL), full=number == BUILDS // 2)
            assert check_index(index) == []
            reasons = {skipped.reason for skipped in report.skipped}
            assert reasons <= {SkipReason.UNREADABLE, SkipReason.EMPTY}
    with open_index(index, LEXICAL) as opened:
        texts = [opened.store.text(stored) for stored in opened.documents()]
        assert len(texts) > 1
    build(folder, index)
    fresh = IndexFolder(index.path.with_name("fresh"))
    build(folder, fresh)
    assert content_of(index, LEXICAL) == content_of(fresh, LEXICAL)


def test_a_file_that_changes_between_walk_and_reading_is_read_in_its_new_state(
    folder: Path, index: IndexFolder
) -> None:
    """The next build finds the file changed and indexes its new text."""
    write_files(folder, a=NIGHT, b=NIGHT, c=NIGHT)

    def progress(stage: str, done: int, total: int) -> None:
        del total
        if (stage, done) == ("reading", 1):
            write_files(folder, b=RIVER)
            (folder / "c.txt").unlink()

    report = build_index(BuildTask(folder, index, LEXICAL), progress=progress)
    assert report.added + len(report.skipped) == 3
    assert check_index(index) == []
    build(folder, index)
    fresh = IndexFolder(index.path.with_name("fresh"))
    build(folder, fresh)
    assert content_of(index, LEXICAL) == content_of(fresh, LEXICAL)


def test_the_embedded_text_is_the_text_that_was_read(folder: Path, index: IndexFolder) -> None:
    """The embedded text comes from the store, even if the file has changed by then."""
    write_files(folder, a=NIGHT)

    def change(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("reading", total):
            write_files(folder, a=RIVER)

    build_index(BuildTask(folder, index, SMALL, HashedEmbedder()), progress=change)
    assert check_index(index) == []
    with open_index(index) as opened:
        assert "".join(map(opened.store.text, opened.documents())) == NIGHT
