"""Fixtures for all tests: a folder, an index, and the embedders."""

import os

# Set before anything reads it, because no test may depend on the answers of a model hub.
os.environ["HF_HUB_OFFLINE"] = "1"

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from indexer.config import DEFAULT_MODEL
from indexer.embedding.embedder import LazyEmbedder
from indexer.index.generation import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.property_examples import PROFILES

# A background process of a shell ignores interrupts, and so would every process of the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test may depend on the speed of a busy machine.
for name, examples in PROFILES.items():
    settings.register_profile(
        name,
        deadline=None,
        max_examples=examples,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("spanlight")


def pytest_addoption(parser: pytest.Parser) -> None:
    # The option is defined here because pytest reads options only from its first conftest.
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden ranks of tests/relevance with those found now",
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
