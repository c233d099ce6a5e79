from pathlib import Path

import numpy as np
import pytest

from indexer.index.vectors import vector_index
from scripts.benchmarking.recall import recall_at_10
from tests.indexer.index.vectors.test_vector_index import clustered, embeddings, write


def test_an_exact_index_finds_all(tmp_path: Path) -> None:
    passages = clustered(300)
    passages[100:200] = passages[100]  # of which any ten are as good as any others
    index = write(tmp_path, range(300), embeddings(passages))
    assert recall_at_10(index, list(clustered(10, seed=1))) == 1.0
    assert recall_at_10(index, [passages[100]]) == 1.0


def test_fewer_than_ten_passages_can_all_be_found(tmp_path: Path) -> None:
    index = write(tmp_path, range(4), embeddings(clustered(4)))
    assert recall_at_10(index, list(clustered(3, seed=1))) == 1.0


def test_an_index_that_looks_at_few_lists_finds_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "EXACT_PASSAGES", 100)
    monkeypatch.setattr(vector_index, "SCANNED_PASSAGES", 100)
    monkeypatch.setattr(vector_index, "PROBED_SHARE", 0.02)
    passages = np.random.default_rng(3).normal(size=(2_000, 32)).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    index = write(tmp_path, range(2_000), embeddings(passages))
    assert 0.0 < recall_at_10(index, list(clustered(30, seed=2))) < 0.99
