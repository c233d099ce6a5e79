"""What windows cost, with an embedder whose time is known."""

import time
from collections.abc import Sequence

import pytest

from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding
from scripts.benchmarking.windows import SAMPLE, HybridCost, measure_window_cost
from tests.hashed_embedder import HashedEmbedder


class SlowEmbedder(HashedEmbedder):
    """Takes as long again for the windows of a passage as for the passage."""

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        time.sleep(sum(2 if each.windows else 1 for each in inputs) / 2_000)
        return super().embed_passages(inputs)


def test_windows_are_held_against_the_same_texts_without_them() -> None:
    embedder = SlowEmbedder()
    inputs = [EmbeddingInput(f"text {number}", ((0, 4),)) for number in range(100)]
    cost = measure_window_cost(embedder, inputs)
    assert cost.passages == 100
    assert sorted(embedder.texts) == sorted(2 * [each.text for each in inputs])
    assert 0.05 <= cost.seconds_without < cost.seconds
    assert cost.as_json()["ratio"] == cost.ratio == cost.seconds / cost.seconds_without


def test_of_many_passages_a_sample_from_all_over_is_embedded() -> None:
    embedder = HashedEmbedder()
    inputs = [EmbeddingInput(f"{number}", ((0, 1),)) for number in range(5 * SAMPLE)]
    assert measure_window_cost(embedder, inputs).passages == SAMPLE
    assert set(embedder.texts) == {f"{5 * number}" for number in range(SAMPLE)}


def test_the_ratio_is_that_of_the_whole_to_what_would_be_left() -> None:
    cost = HybridCost(queries=1, whole=12.0, windows=1.5, feedback=0.5)
    assert cost.ratio == pytest.approx(12 / 10)
    assert cost.as_json()["ratio"] == cost.ratio
