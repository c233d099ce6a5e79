"""The registry: one folder, one index, which every command finds by itself."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.command.registry import KnownIndex, Registry, registry
from indexer.errors import IndexNotFound
from indexer.index.folder import IndexFolder
from indexer.index.manifest import MANIFEST_NAME
from tests.indexer.builds import NIGHT, build, write_files


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "indexes"


@pytest.fixture
def known(place: Path) -> Registry:
    return Registry([place])


def documents(path: Path) -> Path:
    path.mkdir(parents=True)
    write_files(path, night=NIGHT)
    return path


def test_every_folder_has_an_index_of_its_own(tmp_path: Path, known: Registry, place: Path) -> None:
    first, second = documents(tmp_path / "first"), documents(tmp_path / "second")
    index = known.index_of(first)
    assert index.parent == place
    assert index != known.index_of(second)
    build(first, IndexFolder(index))
    assert known.index_of(first) == index
    assert known.index_of(tmp_path / "second" / ".." / "first") == index
    assert known.known() == [KnownIndex(index, first)]


def test_an_index_of_another_name_is_found_by_what_it_was_built_from(
    tmp_path: Path, known: Registry, place: Path
) -> None:
    first, second = documents(tmp_path / "first"), documents(tmp_path / "second")
    build(first, IndexFolder(place / "index"))
    assert known.index_of(first) == place / "index"
    assert known.index_of(second) != place / "index"


def test_an_index_of_another_format_still_tells_its_folder(
    tmp_path: Path, known: Registry, place: Path
) -> None:
    first = documents(tmp_path / "first")
    index = IndexFolder(place / "index")
    build(first, index)
    manifest = index.current().folder.path / MANIFEST_NAME
    manifest.write_text(manifest.read_text("utf-8").replace('"format_version": ', '"other": '))
    assert known.index_of(first) == index.path


def test_an_index_that_tells_no_folder_is_nobodys(
    tmp_path: Path, known: Registry, place: Path
) -> None:
    first = documents(tmp_path / "first")
    index = IndexFolder(place / "index")
    build(first, index)
    (index.current().folder.path / MANIFEST_NAME).write_text("{")
    assert known.known() == []
    assert known.index_of(first) != index.path


def test_the_nearest_indexed_folder_above_is_asked(tmp_path: Path, known: Registry) -> None:
    outer, inner = documents(tmp_path / "outer"), documents(tmp_path / "outer" / "inner")
    for folder in (outer, inner):
        build(folder, IndexFolder(known.index_of(folder)))
    (inner / "deep").mkdir()
    assert known.index_for(inner / "deep") == known.index_of(inner)
    assert known.index_for(outer) == known.index_of(outer)
    assert known.around(tmp_path) is None
    with pytest.raises(IndexNotFound, match=f"{outer}\n.*{inner}"):
        known.index_for(tmp_path)


def test_the_only_index_is_asked_from_anywhere(tmp_path: Path, known: Registry) -> None:
    with pytest.raises(IndexNotFound, match="spanlight index FOLDER"):
        known.index_for(tmp_path)
    folder = documents(tmp_path / "folder")
    build(folder, IndexFolder(known.index_of(folder)))
    assert known.index_for(Path("/")) == known.index_of(folder)


def test_indexes_are_where_a_variable_says(tmp_path: Path) -> None:
    assert registry({"SPANLIGHT_INDEXES": str(tmp_path)}).places == [tmp_path]


def test_a_checkout_keeps_its_indexes_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    checkout = Path(__file__).parents[3]
    assert registry({}).places == [checkout / ".spanlight"]
    (tmp_path / ".spanlight").mkdir()
    assert registry({}).places == [Path(".spanlight"), checkout / ".spanlight"]


def test_the_command_prints_the_index_of_a_folder(tmp_path: Path, place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "indexer.command.registry", str(tmp_path)],
        env={"SPANLIGHT_INDEXES": str(place)},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{Registry([place]).index_of(tmp_path)}\n"


def test_an_installed_spanlight_uses_the_data_folder_of_its_user(tmp_path: Path) -> None:
    """The package is copied to where no checkout is around it, as an installation does."""
    shutil.copytree(Path(__file__).parents[3] / "indexer", tmp_path / "indexer")
    command = [sys.executable, "-P", "-m", "indexer.command.registry", "/"]
    for variable, data in [("HOME", ".local/share"), ("XDG_DATA_HOME", ".")]:
        done = subprocess.run(
            command,
            env={"PYTHONPATH": str(tmp_path), "HOME": "/nowhere", variable: str(tmp_path / "data")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert Path(done.stdout).parent == tmp_path / "data" / data / "spanlight"
