from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import Snapshot, open_snapshot
from indexer.index.vectors import vector_index
from scripts.benchmarking.growth.recall import recall_at_10
from tests.api.served_index import publish, write
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.index.vectors.test_vector_index import DIMENSION, Matrix, clustered


class GivenVectors(HashedEmbedder):
    """Gives the passage of the file `N.txt`, whose text is `passage N`, the vector N."""

    dimension = DIMENSION

    def __init__(self, given: Matrix) -> None:
        super().__init__()
        self._given = given

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        numbers = [int(each.text.split()[-1]) for each in inputs]
        windows = np.empty((0, DIMENSION), np.float32)
        return [PassageEmbedding(self._given[number], windows) for number in numbers]


def snapshot_of(folder: Path, index: IndexFolder, given: Matrix) -> Snapshot:
    for number in range(len(given)):
        write(folder, f"{number}.txt", f"passage {number}")
    publish(folder, index, GivenVectors(given))
    return open_snapshot(index, index.current())


def test_an_exact_index_has_full_recall(folder: Path, index: IndexFolder) -> None:
    passages = clustered(300)
    passages[100:200] = passages[100]  # any ten of these are equally good
    snapshot = snapshot_of(folder, index, passages)
    assert recall_at_10(snapshot, list(clustered(10, seed=1))) == 1.0
    assert recall_at_10(snapshot, [passages[100]]) == 1.0
    snapshot.close()


def test_fewer_than_ten_passages_can_all_be_found(folder: Path, index: IndexFolder) -> None:
    snapshot = snapshot_of(folder, index, clustered(4))
    assert recall_at_10(snapshot, list(clustered(3, seed=1))) == 1.0
    snapshot.close()


def test_an_index_that_probes_few_lists_finds_less(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "EXACT_PASSAGES", 100)
    monkeypatch.setattr(vector_index, "SCANNED_PASSAGES", 100)
    monkeypatch.setattr(vector_index, "PROBED_SHARE", 0.02)
    passages = np.random.default_rng(3).normal(size=(2_000, DIMENSION)).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    snapshot = snapshot_of(folder, index, passages)
    assert 0.0 < recall_at_10(snapshot, list(clustered(30, seed=2))) < 0.99
    snapshot.close()
