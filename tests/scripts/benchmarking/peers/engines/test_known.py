"""The engines that are compared."""

from pathlib import Path

import pytest

from indexer.errors import UsageError
from scripts.benchmarking.peers.engines.known import ENGINES, Engine, choose_engines
from scripts.benchmarking.peers.serving import ServedEngine
from scripts.benchmarking.serving.server import Server

SERVER = Server(pid=1, port=8000, lexical_ready_seconds=0.5, ready_seconds=1.0)


def test_all_engines_are_compared_by_default() -> None:
    assert choose_engines([]) == ENGINES


def test_spanlight_is_always_compared() -> None:
    names = [engine.name for engine in choose_engines(["LANCEDB"])]
    assert names == ["Spanlight", "LanceDB"]


def test_an_unknown_engine_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no engine 'lucene'; choose from Spanlight, txtai, Lan"):
        choose_engines(["txtai", "lucene"])


def test_an_engine_is_installed_when_all_that_it_needs_is() -> None:
    assert Engine("two of the standard library", ("json", "sqlite3")).is_installed
    assert not Engine("nobody", ("json", "a_module_that_nobody_has")).is_installed


@pytest.mark.parametrize(
    ("name", "mode", "target"),
    [
        ("Spanlight", "hybrid", "/v1/search?q=a+whale&mode=hybrid&limit=10"),
        ("LanceDB", "lexical", "/search?q=a+whale&mode=lexical"),
        ("txtai", "lexical", "/search?query=a+whale&limit=10&index=words"),
        ("txtai", "semantic", "/search?query=a+whale&limit=10&weights=1.0"),
        ("txtai", "hybrid", "/search?query=a+whale&limit=10&weights=0.5"),
    ],
)
def test_each_server_gets_its_own_request_format(name: str, mode: str, target: str) -> None:
    (engine,) = (each for each in ENGINES if each.name == name)
    assert ServedEngine(engine, SERVER).target("a whale", mode) == target


def test_every_package_that_is_compared_with_is_in_the_group() -> None:
    project = (Path(__file__).parents[5] / "pyproject.toml").read_text(encoding="utf-8")
    (group,) = (line for line in project.splitlines() if line.startswith("peers = "))
    wanted = {package for engine in ENGINES for package in engine.packages} - {"faiss-cpu"}
    assert wanted == {package for package in wanted if f'"{package}' in group}
