from pathlib import Path

import pytest

from indexer.building.check import check_index
from indexer.command.backup import main
from indexer.index.folder import IndexFolder
from tests.indexer.builds import NIGHT, build, write_files


@pytest.fixture
def index(tmp_path: Path) -> IndexFolder:
    (tmp_path / "documents").mkdir()
    write_files(tmp_path / "documents", night=NIGHT)
    found = IndexFolder(tmp_path / "index")
    build(tmp_path / "documents", found)
    return found


def test_a_copy_can_be_copied_back(
    index: IndexFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, restored = tmp_path / "copy", tmp_path / "restored"
    assert main([str(index.path), str(copy)]) == 0
    assert main([str(copy), str(restored)]) == 0
    generation = index.current_id()
    assert f"Copied {generation}, 2 passages, to {restored}: sound" in capsys.readouterr().out
    assert check_index(IndexFolder(restored)) == []


def test_errors_are_reported(
    index: IndexFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(index.path), str(tmp_path / "documents")]) == 2
    assert "documents is not empty (night.txt is there)" in capsys.readouterr().err
    assert main([str(tmp_path / "nowhere"), str(tmp_path / "copy")]) == 1
    assert "there is no index at" in capsys.readouterr().err
    assert main([str(index.path)]) == 2
    assert "required: TARGET" in capsys.readouterr().err
