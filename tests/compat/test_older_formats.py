"""Every part refuses indexes of older formats, and names the command that rebuilds them."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from api.contract.search import SearchRequest
from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.planning.plan import plan_build
from indexer.building.task import BuildTask
from indexer.errors import FormatVersionMismatch
from indexer.index.folder import IndexFolder
from indexer.index.manifest import FORMAT_VERSION
from indexer.index.store.reader import PassageStore
from indexer.index.store.writer import StoreWriter
from tests.api.served_index import search_index, serve
from tests.indexer.builds import LEXICAL, build, files_of, write_files

HERE = Path(__file__).parent
OLDER = sorted({path.name for path in HERE.glob("format_*")} - {f"format_{FORMAT_VERSION}"})


@pytest.fixture(params=OLDER)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> IndexFolder:
    """A copy of an index of an older format."""
    shutil.copytree(HERE / request.param, tmp_path / "index")
    return IndexFolder(tmp_path / "index")


@pytest.fixture
def folder(folder: Path) -> Path:
    write_files(folder, ferry="The ferry sails at noon. " * 5)
    return folder


def test_the_format_before_is_among_them() -> None:
    assert f"format_{FORMAT_VERSION - 1}" in OLDER


ATTEMPTS: dict[str, Callable[[IndexFolder, Path], object]] = {
    "open": lambda index, folder: index.current(),
    "check": lambda index, folder: check_index(index),
    "build": lambda index, folder: build_index(BuildTask(folder, index, LEXICAL)),
    "plan": lambda index, folder: plan_build(BuildTask(folder, index, LEXICAL)),
    "read the store": lambda index, folder: PassageStore.open(index.store).documents(1),
    "write the store": lambda index, folder: StoreWriter(index.store),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_older_index_is_refused_with_the_command_and_left_unchanged(
    older: IndexFolder, folder: Path, attempt: str
) -> None:
    before = files_of(older)
    with pytest.raises(FormatVersionMismatch, match=r"reindex\.py --full") as refused:
        ATTEMPTS[attempt](older, folder)
    assert str(older.path) in str(refused.value)
    assert files_of(older) == before


def test_a_server_refuses_an_older_index(older: IndexFolder) -> None:
    with serve(older, ready=False) as client:
        readiness = client.get("/readyz")
        answer = client.get("/v1/search", params={"q": "ferry"})
    assert (readiness.status_code, readiness.json()["modes"]) == (503, [])
    assert "reindex.py --full" in readiness.json()["problems"][0]
    assert (answer.status_code, answer.json()["code"]) == (503, "format_version_mismatch")


@pytest.mark.parametrize("arguments", [[], ["--dry-run"], ["--check"]])
def test_the_command_refuses_an_older_index(
    older: IndexFolder, folder: Path, arguments: list[str]
) -> None:
    before = files_of(older)
    done = reindex(folder, older, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("reindex.py: ")
    assert "reindex.py --full" in done.stderr
    assert files_of(older) == before


def test_a_full_build_replaces_an_older_index(older: IndexFolder, folder: Path) -> None:
    assert reindex(folder, older, "--full").returncode == 0
    assert check_index(older) == []
    with search_index(older) as searcher:
        (hit,) = searcher.search(SearchRequest(q="ferry")).hits
    assert hit.document.path == "ferry.txt"
    write_files(folder, harbour="The harbour was closed in winter. " * 5)
    assert build_index(BuildTask(folder, older, older.current().manifest.config)).added == 1


def test_nothing_of_an_older_store_can_still_be_read(older: IndexFolder, folder: Path) -> None:
    build(folder, older, full=True)
    with closing(PassageStore.open(older.store)) as store:
        stored = [each.path for each in store.documents(older.current().manifest.number)]
    assert stored == ["ferry.txt"]


def reindex(
    folder: Path, index: IndexFolder, *arguments: str
) -> "subprocess.CompletedProcess[str]":
    script = HERE.parents[1] / "scripts" / "reindex.py"
    options = ["--index", str(index.path), "--model", "none", *arguments]
    return subprocess.run(
        [sys.executable, str(script), str(folder), *options],
        capture_output=True,
        text=True,
        check=False,
    )
