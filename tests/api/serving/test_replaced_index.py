"""No answer ever mixes two indexes, even if one takes the place of the other under a server."""

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.building.backup import back_up
from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.planning.plan import plan_build
from indexer.building.task import BuildTask
from indexer.errors import IndexDamaged
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, serve, wait_until, write
from tests.indexer.builds import files_of

OLD = "The ferry sails at noon.\n"
# As long as the old one, so that the stores differ in nothing but their texts.
NEW = "The ferry sails at nine.\n"
REQUESTS = 60


@pytest.fixture
def old(tmp_path: Path) -> IndexFolder:
    return indexed(tmp_path / "old", OLD)


@pytest.fixture
def new(tmp_path: Path) -> IndexFolder:
    return indexed(tmp_path / "new", NEW)


def indexed(place: Path, text: str) -> IndexFolder:
    """Return an index of one file. Its folder always has the same path while it is indexed."""
    folder = place.with_name("folder")
    write(folder, "a.txt", text)
    index = IndexFolder(place)
    publish(folder, index)
    return index


def put_store(source: IndexFolder, target: IndexFolder) -> None:
    """Replace the store of an index with that of another one."""
    target.discard_store()
    shutil.copy(source.store, target.store)


def answer(client: TestClient) -> str:
    """Return the generation and the text of a hit, or the code of the error."""
    found = client.get("/v1/search", params={"q": "ferry"}).json()
    return found.get("code") or f"{found['generation']} {found['hits'][0]['text']}"


def texts(ask: Callable[[], str]) -> set[str]:
    """Return what many threads are told. Most of them have never asked before."""
    together = threading.Barrier(REQUESTS)

    def wait_and_ask(_: int) -> str:
        together.wait()
        return ask()

    with ThreadPoolExecutor(REQUESTS) as threads:
        return set(threads.map(wait_and_ask, range(REQUESTS)))


def test_threads_that_read_later_still_read_the_store_that_was_opened(
    old: IndexFolder, new: IndexFolder
) -> None:
    with search_index(old) as searcher:
        put_store(new, old)
        assert texts(lambda: searcher.snapshot.passages([1])[0].text) == {OLD.strip()}


def test_the_store_of_another_index_is_refused_when_it_is_opened(
    old: IndexFolder, new: IndexFolder
) -> None:
    put_store(new, old)
    with (
        pytest.raises(IndexDamaged, match=r"the store of another index.*reindex\.py --full"),
        search_index(old),
    ):
        pass


@pytest.mark.parametrize("attempt", ["check", "build", "plan", "back up"])
def test_nothing_else_reads_the_store_of_another_index(
    old: IndexFolder, new: IndexFolder, tmp_path: Path, attempt: str
) -> None:
    put_store(new, old)
    task = BuildTask(tmp_path / "folder", old, old.current().manifest.config)
    attempts: dict[str, Callable[[], object]] = {
        "build": lambda: build_index(task),
        "plan": lambda: plan_build(task),
        "back up": lambda: back_up(old, IndexFolder(tmp_path / "copy")),
    }
    before = files_of(old)
    if attempt == "check":
        assert "the store of another index" in check_index(old)[0]
    else:
        with pytest.raises(IndexDamaged, match="the store of another index"):
            attempts[attempt]()
    assert files_of(old) == before


def test_a_full_build_over_a_damaged_store_is_taken_up_whole(
    old: IndexFolder, tmp_path: Path
) -> None:
    with serve(old) as client:

        def ask() -> str:
            return answer(client)

        before = texts(ask)
        old.store.write_bytes(b"nothing that SQLite knows")
        write(tmp_path / "folder", "a.txt", NEW)
        name = publish(tmp_path / "folder", old, full=True)
        during = texts(ask)
        wait_until(lambda: ask().startswith(name))
        after = texts(ask)
    assert after == {f"{name} {NEW.strip()}"}
    assert len(before) == 1
    assert during <= before | after | {"index_damaged"}


def test_a_link_to_an_index_can_be_switched_under_a_server(
    old: IndexFolder, new: IndexFolder, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(old.path)
    told = set()
    with serve(IndexFolder(link)) as client:

        def ask() -> str:
            return answer(client)

        told |= texts(ask)
        other = tmp_path / "other"
        other.symlink_to(new.path)
        other.replace(link)
        wait_until(lambda: ask().startswith(new.current().folder.id))
        told |= texts(ask)
    assert told == {
        f"{old.current().folder.id} {OLD.strip()}",
        f"{new.current().folder.id} {NEW.strip()}",
    }


@pytest.fixture
def copies(tmp_path: Path) -> tuple[IndexFolder, IndexFolder]:
    """Two indexes that began as one, and have differed since only in a text of equal length."""
    folder = tmp_path / "folder"
    write(folder, "a.txt", "The ferry sails at dusk.\n")
    first, second = IndexFolder(tmp_path / "first"), IndexFolder(tmp_path / "second")
    publish(folder, first)
    back_up(first, second)
    write(folder, "a.txt", OLD)
    publish(folder, first)
    write(folder, "a.txt", NEW)
    publish(folder, second)
    return first, second


def test_the_store_of_a_copy_that_was_built_on_is_refused(
    copies: tuple[IndexFolder, IndexFolder],
) -> None:
    first, second = copies
    put_store(second, first)
    with pytest.raises(IndexDamaged, match="the store of another index"), search_index(first):
        pass
    assert "the store of another index" in check_index(first)[0]


def test_copies_can_be_exchanged_under_a_server(
    copies: tuple[IndexFolder, IndexFolder], tmp_path: Path
) -> None:
    first, second = copies
    expected = {
        f"{first.current().folder.id} {OLD.strip()}",
        f"{second.current().folder.id} {NEW.strip()}",
    }
    told = set()
    with serve(first) as client:
        for _ in range(10):
            first.path.rename(tmp_path / "between")
            second.path.rename(first.path)
            (tmp_path / "between").rename(second.path)
            told |= texts(lambda: answer(client))
        wanted = first.current().folder.id
        wait_until(lambda: answer(client).startswith(wanted))
        told |= texts(lambda: answer(client))
    assert told <= expected
    assert len(told) == 2
