"""Fixtures for all tests: a folder, an index, and the embedders."""

import os

# Set before anything reads it, because no test may depend on the answers of a model hub.
os.environ["HF_HUB_OFFLINE"] = "1"
# No test may find the indexes of whoever runs it, or add to them.
os.environ["SPANLIGHT_INDEXES"] = "/nonexistent/spanlight-tests"

import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from indexer.config import DEFAULT_MODEL
from indexer.embedding.embedder import LazyEmbedder
from indexer.index.folder import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.property_examples import PROFILES

# A background process of a shell ignores interrupts, and so would every process of the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Files whose tests run in one process, because they share what takes long to start.
TOGETHER = {
    "Chromium": ("tests/browser/",),
    "torch": (
        *("tests/indexer/embedding/", "tests/api/search/models/", "tests/api/test_main.py"),
        "tests/scripts/test_benchmark.py",
    ),
}

# No test may depend on the speed of a busy machine.
for name, examples in PROFILES.items():
    settings.register_profile(
        name,
        deadline=None,
        max_examples=examples,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("spanlight")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Return a report that can be sent from one process to another, whatever a test logged."""
    report = yield
    report.sections = [(title, _encodable(text)) for title, text in report.sections]
    if report.failed and "\\ud" in ascii(report.longreprtext):
        report.longrepr = _encodable(report.longreprtext)
    return report


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Return what tells several processes which tests to run, where they get a file at a time."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class FileScheduling(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return next((name for name, begin in TOGETHER.items() if file.startswith(begin)), file)

    return FileScheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    # The option is defined here because pytest reads options only from its first conftest.
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden files of these tests with what is found now",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to index."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def index(tmp_path: Path) -> IndexFolder:
    """The place of an index in which nothing has been published yet."""
    return IndexFolder(tmp_path / "index")


@pytest.fixture
def embedder() -> HashedEmbedder:
    return HashedEmbedder()


@pytest.fixture(scope="session")
def model_embedder() -> LazyEmbedder:
    """The default model, loaded once, for tests marked with `model`."""
    return LazyEmbedder(DEFAULT_MODEL)
