from collections.abc import Callable
from pathlib import Path

import pytest

from api.search.models.cross_encoder import SentenceTransformersCrossEncoder, load_cross_encoder
from indexer.config import DEFAULT_MODEL
from indexer.errors import ModelNotFound, ModelUnusable
from tests.api.search.models.tiny_cross_encoder import (
    MAX_TOKENS,
    WORDS,
    make_tiny_cross_encoder,
    make_tiny_embedding_model,
)

TEXTS = ["the ferry", "winter at the pier.", "river " * 3 * MAX_TOKENS, ""]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_cross_encoder(tmp_path_factory.mktemp("models") / "tiny")


def test_scores_are_taken_before_the_final_activation(tiny: Path) -> None:
    import torch
    from sentence_transformers import CrossEncoder

    logits = load_cross_encoder(str(tiny)).logits("ferry", TEXTS)
    library = CrossEncoder(str(tiny), device="cpu")
    # The library applies a sigmoid to models with one label.
    expected = library.predict([("ferry", text) for text in TEXTS])
    assert torch.tensor(logits).sigmoid().tolist() == pytest.approx(expected.tolist(), abs=1e-6)
    assert min(logits) < 0


@pytest.mark.parametrize("step", ["Sigmoid", "Identity", "Tanh"])
def test_the_stored_activation_of_a_model_does_not_matter(
    tiny: Path, tmp_path: Path, step: str
) -> None:
    import torch
    from sentence_transformers import CrossEncoder

    library = CrossEncoder(str(tiny), device="cpu", activation_fn=getattr(torch.nn, step)())
    library.save_pretrained(str(tmp_path / "saved"))
    saved = SentenceTransformersCrossEncoder(tmp_path / "saved")
    expected = load_cross_encoder(str(tiny)).logits("ferry", TEXTS)
    assert saved.logits("ferry", TEXTS) == pytest.approx(expected, abs=1e-5)


def test_no_texts_have_no_scores(tiny: Path) -> None:
    assert load_cross_encoder(str(tiny)).logits(WORDS[0], []) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("./nowhere", "there is no model folder at './nowhere'"),
        ("nobody/no-such-model", r"nor reachable on the model hub \(HF_HUB_OFFLINE is set\)"),
    ],
)
def test_a_missing_model_is_named(name: str, told: str) -> None:
    with pytest.raises(ModelNotFound, match=told) as caught:
        load_cross_encoder(name)
    assert str(caught.value).startswith("SPANLIGHT_RERANKER: ")
    assert name in str(caught.value)


def empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def damaged(folder: Path) -> Path:
    weights = make_tiny_cross_encoder(folder) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    return folder


def two_labels(folder: Path) -> Path:
    return make_tiny_cross_encoder(folder, labels=2)


def no_numbers(folder: Path) -> Path:
    from safetensors.torch import load_file, save_file

    weights = make_tiny_cross_encoder(folder) / "model.safetensors"
    tensors = load_file(weights)
    tensors["classifier.bias"] *= float("nan")
    save_file(tensors, weights, {"format": "pt"})
    return folder


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (empty, "contains no model that can be loaded"),
        (damaged, "contains no model that can be loaded"),
        (two_labels, "gives 2 labels, not one score"),
        (make_tiny_embedding_model, r"contains another kind of model \(BertModel\)"),
        (no_numbers, "whose scores are not finite numbers"),
    ],
)
def test_a_folder_without_a_reranker_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], told: str
) -> None:
    folder = make(tmp_path / "model")
    with pytest.raises(ModelNotFound, match=told) as caught:
        load_cross_encoder(str(folder))
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_embedding_model_is_refused_as_a_reranker() -> None:
    with pytest.raises(ModelNotFound, match="another kind of model"):
        load_cross_encoder(DEFAULT_MODEL)


def test_a_reranker_that_fails_in_a_search_is_unusable_for_it(tmp_path: Path) -> None:
    encoder = SentenceTransformersCrossEncoder(make_tiny_cross_encoder(tmp_path / "tiny"))
    with pytest.raises(ModelUnusable, match="the reranker failed"):
        encoder.logits("wolf", [None])  # type: ignore[list-item]
    for weights in encoder._model.parameters():
        weights.data.fill_(float("nan"))
    with pytest.raises(ModelUnusable, match="not finite numbers"):
        encoder.logits("wolf", ["the wolf howls"])
