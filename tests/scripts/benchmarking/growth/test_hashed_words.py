import numpy as np
import pytest

from indexer.embedding.embeddings import EmbeddingInput, Vectors
from scripts.benchmarking.growth.hashed_words import HashedWords

EMBEDDER = HashedWords()


def vector(text: str) -> Vectors:
    (found,) = EMBEDDER.embed_queries([text])
    return found


def test_vectors_have_unit_length_and_do_not_depend_on_case() -> None:
    assert np.linalg.norm(vector("Wolves howl")) == pytest.approx(1)
    assert vector("Wolves howl").tolist() == vector("wolves HOWL").tolist()


def test_texts_with_words_in_common_are_near_each_other() -> None:
    text = vector("the wolves howl at night")
    assert text @ vector("wolves at midnight") > 0.25 > abs(text @ vector("harbour bridges closed"))


def test_a_window_has_the_vector_of_its_words() -> None:
    given = EmbeddingInput("Wolves howl. Rivers freeze.", ((0, 12), (13, 27), (27, 27)))
    (found,) = EMBEDDER.embed_passages([given])
    assert found.passage == pytest.approx(vector(given.text))
    assert found.windows[0] == pytest.approx(vector("wolves howl"), abs=1e-6)
    assert found.windows[1] == pytest.approx(vector("rivers freeze"), abs=1e-6)
    assert not found.windows[2].any()


@pytest.mark.parametrize("text", ["", "...", "\n"])
def test_a_text_without_words_has_the_zero_vector(text: str) -> None:
    assert not vector(text).any()
    (found,) = EMBEDDER.embed_passages([EmbeddingInput(text, ((0, len(text)),))])
    assert found.windows.shape == (1, EMBEDDER.dimension)
    assert not found.windows.any()
