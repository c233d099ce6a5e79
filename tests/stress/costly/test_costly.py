"""A short run of `stress.py costly`, and tests of what it counts as an error."""

from pathlib import Path

import pytest

from indexer.config import NO_MODEL
from tests.stress.costly.command import try_folders, try_queries
from tests.stress.costly.files import CostlyFolder, costly_folders, index_folder
from tests.stress.sample import SAMPLE_CORPUS

# One for each kind of limit; all of them would take a minute.
TRIED = [
    "one line of 60 MB",
    "one word of 60 MB",
    "100,000 quotations, nested",
    "a million headings",
    "a million combining marks",
    "60 MB of NULs",
    "30,000 nested folders",
    "files that never end",
    "a sparse file of 10 GB",
    "a costly ignore file",
]


def test_costly_requests_are_answered_soon() -> None:
    # Ten times the limit, because the machine may be busy.
    outcome = try_queries(SAMPLE_CORPUS, NO_MODEL, most_ms=10_000, step=7)
    assert outcome.errors == []
    assert float(outcome.figures["costly requests"]) > 30


@pytest.mark.parametrize("name", TRIED)
def test_a_costly_folder_is_indexed_or_refused(name: str) -> None:
    (folder,) = (each for each in costly_folders(scale=0.01) if each.name == name)
    outcome = try_folders([folder], limit_s=120)
    assert outcome.errors == []


def test_each_folder_has_a_unique_name() -> None:
    names = [folder.name for folder in costly_folders()]
    assert len(names) == len(set(names))
    assert set(TRIED) <= set(names)


def write_small(root: Path) -> None:
    (root / "a.txt").write_text("A ferry.")


def test_a_folder_that_was_not_refused_is_an_error() -> None:
    outcome = try_folders([CostlyFolder("small", write_small, "too large")])
    assert outcome.errors == ["small: 1 passages of 1 files"]


def test_indexing_that_takes_too_long_is_ended() -> None:
    indexed = index_folder(CostlyFolder("small", write_small), limit_s=0.01)
    assert indexed.error == indexed.outcome == "not done after 0 s"
