"""The place where ./scripts/run puts the index of a folder."""

import subprocess
import sys
from pathlib import Path

from indexer.command.default_index import default_index
from indexer.index.folder import IndexFolder
from tests.indexer.builds import NIGHT, build, write_files


def test_the_second_folder_gets_its_own_index(tmp_path: Path) -> None:
    first, second, indexes = tmp_path / "first", tmp_path / "second", tmp_path / "indexes"
    first.mkdir()
    write_files(first, night=NIGHT)
    assert default_index(first, indexes) == default_index(second, indexes) == indexes / "index"
    build(first, IndexFolder(indexes / "index"))
    assert default_index(first, indexes) == indexes / "index"
    other = default_index(second, indexes)
    assert other.parent == indexes
    assert other.name.startswith("index-")
    assert other == default_index(second, indexes) != default_index(tmp_path, indexes)


def test_the_command_prints_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "indexer.command.default_index", str(tmp_path), str(tmp_path / "x")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{tmp_path / 'x' / 'index'}\n"
