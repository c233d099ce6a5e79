from pathlib import Path

import numpy as np
import pytest

from indexer.errors import UsageError
from indexer.index.near_duplicates import repetitions, signature
from scripts.benchmarking.growth.growing_corpus import GrowingCorpus

WORDS = ["wolf", "river", "night", "forest", "bridge", "stone", "market", "pod", "lantern", "tide"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six files of a hundred words each, no two of which have a sentence in common."""
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(6):
        words = (f"{WORDS[(place * number) % 10]}{place}x{number}" for place in range(100))
        (folder / f"{number}.md").write_text(" ".join(words) + ".\n")
    return folder


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_the_first_copy_is_the_data_and_others_are_altered(data: Path, tmp_path: Path) -> None:
    corpus = GrowingCorpus(data, tmp_path / "corpus")
    assert len(corpus.add(12)) == corpus.files == 12
    found, originals = contents(tmp_path / "corpus"), contents(data)
    for name, text in originals.items():
        assert found[f"copy-000/{name}"] == text
        altered = found[f"copy-001/{name}"].split()
        assert len(altered) == len(text.split())
        assert sum(map(str.__eq__, altered, text.split())) == pytest.approx(70, abs=3)
    assert corpus.bytes == sum(len(text) for text in found.values())


def test_copies_are_not_duplicates_of_each_other(data: Path, tmp_path: Path) -> None:
    GrowingCorpus(data, tmp_path / "corpus").add(18)
    signatures = [signature(text) for text in contents(tmp_path / "corpus").values()]
    stacked = np.array([np.frombuffer(each, np.uint8) for each in signatures])
    assert list(repetitions(stacked, threshold=0.6)) == []


def test_it_is_the_same_in_every_run_with_any_steps(data: Path, tmp_path: Path) -> None:
    one, other = GrowingCorpus(data, tmp_path / "one"), GrowingCorpus(data, tmp_path / "other")
    one.add(9)
    for _ in range(3):
        other.add(3)
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_it_grows_to_about_the_requested_number_of_passages(data: Path, tmp_path: Path) -> None:
    corpus = GrowingCorpus(data, tmp_path / "corpus")
    # A file of 900 characters is one passage.
    corpus.grow_to(4)
    assert corpus.files == pytest.approx(4, abs=1)
    corpus.grow_to(10)
    assert corpus.files == pytest.approx(10, abs=1)


def test_data_that_cannot_grow_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing is not a folder"):
        GrowingCorpus(tmp_path / "missing", tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="empty contains no files"):
        GrowingCorpus(tmp_path / "empty", tmp_path)
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "file").write_bytes(bytes(100))
    with pytest.raises(UsageError, match="have no passages; choose another --data"):
        GrowingCorpus(tmp_path / "binary", tmp_path)
