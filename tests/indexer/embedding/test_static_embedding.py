import fcntl
import pwd
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.config import DEFAULT_MODEL, STATIC_MODEL
from indexer.embedding import static_embedding
from indexer.embedding.bert import BertEmbedder
from indexer.embedding.embedder import LazyEmbedder
from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding, Vectors
from indexer.embedding.static_embedding import StaticEmbedder
from tests.indexer.embedding.tiny_model import VOCABULARY, make_tiny_model

WOLF, MOON, HOWL, PLURAL = map(VOCABULARY.index, ["wolf", "moon", "howl", "##s"])
WORDS = st.sampled_from(["the", "Wolf", "moon", "river", "howls", "at", "unknown", "."])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny model."""
    return make_tiny_model(tmp_path_factory.mktemp("static"), pooling="mean")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's cache folder, which does not exist yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "spanlight"


@pytest.fixture(scope="module")
def embedder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> StaticEmbedder:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return StaticEmbedder(folder)


def embedded(embedder: StaticEmbedder, text: str, *windows: tuple[int, int]) -> PassageEmbedding:
    [embedding] = embedder.embed_passages([EmbeddingInput(text, windows)])
    return embedding


def unit(vector: Vectors) -> Vectors:
    return vector / np.float32(np.linalg.norm(vector))


def kept_table(cache: Path) -> Path:
    [path] = cache.iterdir()
    return path


def test_a_repeated_token_counts_less_each_time(folder: Path, cache: Path) -> None:
    embedder = StaticEmbedder(folder)
    table = np.load(kept_table(cache))

    found = embedded(embedder, "wolf moon wolf").passage

    assert table.shape == (len(VOCABULARY), embedder.dimension)
    assert found == pytest.approx(unit(table[WOLF] * 2 / 3 + table[MOON] * 1 / 2), abs=1e-6)


def test_words_are_read_in_pieces_and_in_any_case(folder: Path, cache: Path) -> None:
    embedder = StaticEmbedder(folder)
    table = np.load(kept_table(cache))

    found = embedded(embedder, "Howls!").passage

    assert found == pytest.approx(unit(table[HOWL] + table[PLURAL]), abs=1e-6)


@given(words=st.lists(WORDS, min_size=1, max_size=20), data=st.data())
def test_a_window_has_the_vector_of_its_text(
    embedder: StaticEmbedder, words: list[str], data: st.DataObject
) -> None:
    starts = [len(" ".join([*words[:number], ""])) for number in range(len(words))]
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    text, window = " ".join(words), (starts[first], starts[last] + len(words[last]))

    found = embedded(embedder, text, window, (0, len(text)))

    alone = embedded(embedder, text[slice(*window)]).passage
    expected = alone if alone.any() else found.passage
    assert found.windows[0] == pytest.approx(expected, abs=1e-6)
    assert found.windows[1] == pytest.approx(found.passage, abs=1e-6)


@given(texts=st.lists(st.text(max_size=60), max_size=5))
def test_vectors_of_any_text_are_unit_vectors(embedder: StaticEmbedder, texts: list[str]) -> None:
    inputs = [EmbeddingInput(text, ((0, len(text)),)) for text in texts]

    for found in embedder.embed_passages(inputs):
        for vector in [found.passage, *found.windows]:
            assert np.linalg.norm(vector) in (0.0, pytest.approx(1.0, abs=1e-5))


@given(texts=st.lists(st.lists(WORDS).map(" ".join), max_size=5))
def test_a_query_has_the_vector_of_the_same_passage_in_any_batch(
    embedder: StaticEmbedder, texts: list[str]
) -> None:
    alone = [embedded(embedder, text).passage.tobytes() for text in texts]

    assert [each.tobytes() for each in embedder.embed_queries(texts)] == alone


def test_a_text_without_words_has_no_direction(embedder: StaticEmbedder) -> None:
    found = embedded(embedder, "?! ...", (0, 2))

    assert not found.passage.any()
    assert not found.windows.any()
    assert found.windows.shape == (1, embedder.dimension)


def test_a_window_without_words_has_the_vector_of_its_passage(embedder: StaticEmbedder) -> None:
    found = embedded(embedder, "the wolf ...", (9, 12), (4, 8))

    assert found.windows[0].tolist() == found.passage.tolist()
    assert found.windows[1].tolist() != found.passage.tolist()


def test_the_model_reads_every_token_separately(folder: Path) -> None:
    bert = BertEmbedder(folder)

    vectors = bert.token_vectors()

    [found] = bert.embed_passages([EmbeddingInput("wolf", ((0, 4),))])
    assert len(vectors) == len(VOCABULARY)
    # Other shapes round differently, above all in bfloat16.
    assert unit(vectors[WOLF]) @ found.windows[0] > 0.999


def test_the_table_is_built_once_and_reused(folder: Path, cache: Path) -> None:
    StaticEmbedder(folder)
    table = np.load(kept_table(cache))
    table[WOLF] = np.eye(1, table.shape[1])[0]
    np.save(kept_table(cache), table)

    assert embedded(StaticEmbedder(folder), "wolf").passage.tolist() == table[WOLF].tolist()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no table"),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: np.save(path, np.load(path)[:-1]),
        lambda path: np.save(path, np.load(path).ravel()),
        lambda path: np.save(path, np.load(path).astype(np.float64)),
    ],
    ids=["empty", "no table", "cut", "a token too few", "one row", "other numbers"],
)
def test_an_unusable_table_is_rebuilt(
    folder: Path, cache: Path, damage: Callable[[Path], None]
) -> None:
    expected = embedded(StaticEmbedder(folder), "wolf moon").passage
    whole = kept_table(cache).read_bytes()
    damage(kept_table(cache))

    assert embedded(StaticEmbedder(folder), "wolf moon").passage.tolist() == expected.tolist()
    assert kept_table(cache).read_bytes() == whole


def test_the_unfinished_table_of_a_killed_process_is_replaced(folder: Path, cache: Path) -> None:
    StaticEmbedder(folder)
    path = kept_table(cache)
    whole = path.read_bytes()
    path.unlink()
    path.with_suffix(".new").write_bytes(whole[:1_000] + b"and something else" * 1_000)
    StaticEmbedder(folder)
    assert kept_table(cache).read_bytes() == whole


def test_if_two_processes_build_a_table_one_keeps_it(folder: Path, cache: Path) -> None:
    StaticEmbedder(folder)
    path = kept_table(cache)
    path.unlink()
    with path.with_suffix(".new").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        embedder = StaticEmbedder(folder)
    assert embedder.dimension > 0
    assert list(cache.iterdir()) == [path.with_suffix(".new")]
    assert path.with_suffix(".new").read_bytes() == b""


def test_a_table_that_cannot_be_stored_is_rebuilt_each_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert embedded(StaticEmbedder(folder), "wolf").passage.any()


def test_a_user_without_a_home_has_no_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: int) -> NoReturn:
        raise KeyError

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    assert embedded(StaticEmbedder(folder), "wolf").passage.any()


def test_words_dropped_from_the_cache_are_computed_again(
    embedder: StaticEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["wolf moon", "river", "the wolf howls", "moon"]
    expected = [each.tolist() for each in embedder.embed_queries(texts)]
    monkeypatch.setattr(static_embedding, "REMEMBERED_WORDS", 1)

    with ThreadPoolExecutor(4) as executor:
        found = executor.map(lambda text: embedder.embed_queries([text])[0].tolist(), texts * 20)

    assert list(found) == expected * 20


def test_the_identity_depends_on_model_and_recipe(
    folder: Path, tmp_path: Path, embedder: StaticEmbedder
) -> None:
    other = make_tiny_model(tmp_path, pooling="mean", seed=2)

    assert embedder.identity == StaticEmbedder.identity_of(folder)
    assert embedder.identity != StaticEmbedder.identity_of(other)
    assert embedder.identity != BertEmbedder(folder).identity
    assert embedder.computed_by == f"numpy {np.__version__} f32"


@pytest.mark.model
def test_words_of_similar_meaning_are_near_each_other(cache: Path) -> None:
    embedder = LazyEmbedder(STATIC_MODEL)
    passages = embedder.embed_passages(
        [
            EmbeddingInput("A physician treated the patients of the clinic."),
            EmbeddingInput("The locomotive pulled nine carriages over the bridge."),
        ]
    )

    [query] = embedder.embed_queries(["which doctor works in the hospital?"])

    doctor, train = (float(query @ each.passage) for each in passages)
    assert doctor > train + 0.2
    assert embedder.identity != LazyEmbedder(DEFAULT_MODEL).identity
    assert kept_table(cache).stat().st_size > 384 * 30_000
