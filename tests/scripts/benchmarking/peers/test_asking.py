"""The processes of engines: always Spanlight, and another one if it is installed."""

import json
from pathlib import Path

import pytest

from indexer.command.reindex_process import reindex_report, start_reindex
from indexer.config import DEFAULT_MODEL, NO_MODEL
from indexer.embedding.model_files import model_folder
from scripts.benchmarking.peers.asking import EngineFailed, first_answer, running
from scripts.benchmarking.peers.building import build_index
from scripts.benchmarking.peers.engines.known import ENGINES, SPANLIGHT, Engine
from scripts.benchmarking.peers.engines.peer import MODES
from scripts.benchmarking.peers.serving import serving_engine
from scripts.benchmarking.serving.server import get_body

TEXTS = {
    "whale.txt": "Whales sing under water.",
    "bridge.txt": "The bridge was closed after the storm.",
    "bread.txt": "Bread is baked from flour and water.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def passages(tmp_path: Path) -> Path:
    path = tmp_path / "passages.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in TEXTS.items()))
    return path


def test_a_process_answers_in_order_and_says_how_long_it_took(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    with start_reindex(folder, index, NO_MODEL) as process:
        reindex_report(process)
    with running(Engine(SPANLIGHT), index, tmp_path) as asked:
        found = asked.ask(["flour", "storms", "nothing of this"], "lexical")
        assert found.paths == [["bread.txt"], ["bridge.txt"], []]
        assert len(found.milliseconds) == 3
        assert min(found.milliseconds) > 0
        assert asked.ask(["singing"], "lexical").paths == [["whale.txt"]]
    assert asked.process.poll() is not None
    assert first_answer(Engine(SPANLIGHT), index, tmp_path, "flour", "lexical") > 0


def test_a_process_that_fails_is_quoted(tmp_path: Path) -> None:
    with (
        running(Engine(SPANLIGHT), tmp_path / "nothing", tmp_path) as asked,
        pytest.raises(EngineFailed, match=r"(?s)Spanlight failed: .*there is no index at"),
    ):
        asked.ask(["flour"], "lexical")


@pytest.mark.model
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_an_engine_finds_its_passages_in_every_mode(
    engine: Engine, folder: Path, passages: Path, tmp_path: Path
) -> None:
    if not engine.is_installed:
        pytest.skip(f"{engine.name} needs the group peers, which scripts/test leaves out")
    index, model = tmp_path / "index", model_folder(DEFAULT_MODEL)
    cost = build_index(engine, index, model, folder=folder, passages=passages)
    assert cost.seconds > 0
    assert cost.peak.resident > cost.peak.anonymous > 0
    assert cost.megabytes > 0
    with running(engine, index, model) as asked:
        for mode in MODES:
            assert asked.ask(["a bridge closed by storm"], mode).paths[0][0] == "bridge.txt"
    with serving_engine(engine, index, model) as served:
        for mode in MODES:
            found = get_body(served.server.port, served.target("bread of flour", mode))
            assert b"Bread is baked" in found
