"""A failure of the system that passes is no damage: it is tried again, and the advice fits it."""

import errno
import os
from pathlib import Path

import pytest

from api.contract.search import Mode
from api.serving.reload import Searchers
from api.settings import ServerSettings
from indexer.embedding.embedder import Embedder
from indexer.errors import ModelNotFound, StorageError
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot
from tests.api.served_index import publish, wait_until, write
from tests.api.serving.test_reload import found, generation_of, watching
from tests.file_handles import free_handles
from tests.hashed_embedder import HashedEmbedder


@pytest.fixture
def ferry(folder: Path, index: IndexFolder) -> IndexFolder:
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index, HashedEmbedder())
    return index


@pytest.mark.parametrize("count", range(12))
def test_without_free_file_handles_a_generation_is_not_damaged(
    ferry: IndexFolder, count: int
) -> None:
    with free_handles(count):
        try:
            open_snapshot(ferry, ferry.current()).close()
        except StorageError as error:
            problem = str(error)
        else:
            problem = ""
    assert "--full" not in problem
    if problem:
        assert os.strerror(errno.EMFILE) in problem or "unable to open" in problem
    open_snapshot(ferry, ferry.current()).close()


def test_without_any_file_handle_the_advice_is_about_handles(ferry: IndexFolder) -> None:
    with free_handles(0), pytest.raises(StorageError, match="raise the limit on open files"):
        ferry.current()


def test_a_generation_that_could_not_be_opened_is_opened_once_it_can(
    ferry: IndexFolder, folder: Path
) -> None:
    with watching(ferry, reload_interval_s=60) as searchers:
        write(folder, "b.txt", "Another ferry.\n")
        name = publish(folder, ferry, HashedEmbedder())
        with free_handles(1):
            searchers.refresh()
        (problem,) = searchers.problems()
        assert os.strerror(errno.EMFILE) in problem
        assert "--full" not in problem
        assert found(searchers.current()) == ["a.txt"]
        wait_until(lambda: refreshed(searchers) == name)
        assert searchers.problems() == []


def test_a_server_that_started_without_file_handles_answers_once_it_has_some(
    ferry: IndexFolder,
) -> None:
    settings = ServerSettings(index=ferry.path, reload_interval_s=0.05)
    searchers = Searchers(ferry, settings, lambda name: HashedEmbedder())
    with free_handles(1):
        searchers.refresh()
        with pytest.raises(StorageError, match="raise the limit on open files"):
            searchers.current()
    searchers.start()
    try:
        wait_until(lambda: not searchers.problems())
        assert found(searchers.current()) == ["a.txt"]
    finally:
        searchers.stop()


def refreshed(searchers: Searchers) -> str:
    searchers.refresh()
    return generation_of(searchers)


def test_a_damaged_file_that_was_restored_is_noticed(ferry: IndexFolder, folder: Path) -> None:
    with watching(ferry, reload_interval_s=60) as searchers:
        write(folder, "b.txt", "Another ferry.\n")
        name = publish(folder, ferry, HashedEmbedder())
        rows = ferry.current().folder.rows
        whole = rows.read_bytes()
        rows.write_bytes(whole[:-1])
        searchers.refresh()
        assert str(rows) in searchers.problems()[0]
        rows.write_bytes(whole)
        wait_until(lambda: refreshed(searchers) == name)
        assert searchers.problems() == []


def test_a_model_whose_files_come_back_is_used(ferry: IndexFolder) -> None:
    there = False

    def load(name: str) -> Embedder:
        if not there:
            raise ModelNotFound(f"there is no model folder at {name!r}")
        return HashedEmbedder()

    with watching(ferry, load, reload_interval_s=0.05) as searchers:
        assert searchers.current().modes.answering == [Mode.LEXICAL]
        there = True
        wait_until(lambda: searchers.current().modes.answering == list(Mode))
        assert searchers.problems() == []
        assert found(searchers.current(), mode="semantic") == ["a.txt"]
