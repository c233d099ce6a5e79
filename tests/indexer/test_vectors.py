from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer import vectors
from indexer.embeddings import PassageEmbedding
from indexer.errors import IndexDamaged, StorageError
from indexer.vectors import (
    VectorIndex,
    VectorParameters,
    decode_embedding,
    encode_embedding,
    write_vector_index,
)

DIMENSION = 32
Matrix = NDArray[np.float32]


def unit(matrix: NDArray[np.floating]) -> Matrix:
    return np.asarray(matrix / np.linalg.norm(matrix, axis=-1, keepdims=True), np.float32)


def clustered(count: int, *, seed: int = 0, clusters: int = 40) -> Matrix:
    """Return unit vectors that lie in clusters, as those of texts do."""
    random = np.random.default_rng(seed)
    centers = np.random.default_rng(7).normal(size=(clusters, DIMENSION))
    noise = random.normal(size=(count, DIMENSION))
    return unit(centers[random.integers(clusters, size=count)] + 0.7 * noise)


def embedding(passage: Matrix, windows: int) -> PassageEmbedding:
    """Return an embedding whose windows lie around the passage."""
    seed = int(np.abs(passage[:4]).sum() * 1e6)
    noise = np.random.default_rng(seed).normal(size=(windows, DIMENSION)) / 8
    return PassageEmbedding(passage, unit(passage + noise).reshape(windows, DIMENSION))


def embeddings(passages: Matrix) -> list[PassageEmbedding]:
    return [embedding(passage, windows=place % 4) for place, passage in enumerate(passages)]


def write(
    directory: Path,
    rows: Sequence[int],
    given_embeddings: Sequence[PassageEmbedding],
    previous: VectorIndex | None = None,
    *,
    new: Sequence[int] | None = None,
) -> VectorIndex:
    """Write the vectors of the rows; `new` are the places whose vectors are handed over."""
    numbers = np.array(rows, np.int64)
    counts = np.array([len(each.windows) for each in given_embeddings], np.int64)
    places = range(len(rows)) if new is None else new
    encoded = iter([encode_embedding(given_embeddings[place]) for place in places])
    parameters = write_vector_index(directory, numbers, counts, DIMENSION, encoded, previous)
    assert next(encoded, None) is None
    return VectorIndex(directory, numbers, parameters, DIMENSION)


def cosines(passages: Matrix, query: Matrix) -> NDArray[np.float64]:
    """Return what the index should say: vectors are kept in 16 bits."""
    kept = passages.astype(np.float16).astype(np.float64)
    return np.asarray(kept @ query.astype(np.float64))


def nearest(passages: Matrix, query: Matrix, rows: Sequence[int], depth: int) -> list[int]:
    order = np.argsort(-cosines(passages, query), kind="stable")
    return [rows[place] for place in order[:depth]]


def best(index: VectorIndex, query: Matrix, depth: int) -> list[int]:
    """Return the rows found, best first, ties in the order of the rows."""
    found = sorted(index.search(query, depth), key=lambda each: (-each.score, each.row))
    return [each.row for each in found[:depth]]


def scores_of(index: VectorIndex, query: Matrix, rows: Sequence[int]) -> list[float]:
    return list(map(float, index.scores(query, np.array(rows, np.int64))))


def windows_of(index: VectorIndex, query: Matrix, row: int) -> list[float]:
    (cosines,) = index.window_scores(query, np.array([row]))
    return list(map(float, cosines))


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small indexes be trained ones."""
    monkeypatch.setattr(vectors, "EXACT_PASSAGES", 100)


# Encoding

matrices = st.integers(0, 3).flatmap(
    lambda windows: st.lists(
        st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8).filter(any),
        min_size=windows + 1,
        max_size=windows + 1,
    )
)


@given(matrices)
def test_what_is_kept_of_an_embedding_is_near_it(values: list[list[float]]) -> None:
    matrix = unit(np.array(values))
    encoded = encode_embedding(PassageEmbedding(matrix[0], matrix[1:]))
    assert len(encoded) == 2 * 8 + (len(matrix) - 1) * (8 + 4)
    kept = decode_embedding(encoded, 8)
    np.testing.assert_allclose(kept.passage, matrix[0], atol=2**-11)
    # Half a step of 127 to the largest value.
    steps = np.abs(matrix[1:]).max(axis=1, initial=0) / 127
    errors = np.abs(kept.windows * kept.scales[:, None] - matrix[1:])
    assert (errors <= 0.5001 * steps[:, None]).all()


def test_a_vector_of_nothing_stays_nothing() -> None:
    nothing = PassageEmbedding(np.zeros(8, np.float32), np.zeros((2, 8), np.float32))
    kept = decode_embedding(encode_embedding(nothing), 8)
    assert not kept.passage.any()
    assert not kept.windows.any()


@pytest.mark.parametrize("length", [0, 1, 15, 17, 27, 29, 100_001])
def test_bytes_of_another_length_are_damage(length: int) -> None:
    with pytest.raises(IndexDamaged, match=f"{length} bytes does not fit 8 .*--full"):
        decode_embedding(bytes(length), 8)


# Exact search


@pytest.mark.parametrize("depth", [1, 10, 200])
def test_exact_search_is_brute_force(tmp_path: Path, depth: int) -> None:
    passages, rows = clustered(600), list(range(3, 1803, 3))
    index = write(tmp_path, rows, embeddings(passages))
    assert index.parameters == VectorParameters("exact", 600)
    for query in clustered(20, seed=1):
        expected = nearest(passages, query, rows, depth)
        assert best(index, query, depth) == expected
        assert [each.score for each in index.search(query, depth) if each.row == expected[0]] == [
            pytest.approx(cosines(passages, query).max(), abs=1e-6)
        ]


def test_more_than_there_is_finds_everything(tmp_path: Path) -> None:
    passages = clustered(5)
    index = write(tmp_path, [2, 3, 5, 7, 11], embeddings(passages))
    for depth in (5, 6, 1_000):
        assert sorted(each.row for each in index.search(passages[0], depth)) == [2, 3, 5, 7, 11]


@pytest.mark.parametrize("kind", ["exact", "ivf-sq8"])
def test_ties_at_the_cut_are_all_returned(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "ivf-sq8":
        monkeypatch.setattr(vectors, "EXACT_PASSAGES", 100)
    passages = clustered(400)
    passages[50:350:3] = passages[50]  # a hundred passages with the same vector
    rows = list(range(400))
    index = write(tmp_path, rows, [embedding(passage, 1) for passage in passages])
    assert index.parameters.kind == kind
    equal = set(rows[50:350:3])
    found = {each.row: each.score for each in index.search(passages[50], 10)}
    assert equal <= found.keys()
    assert len({found[row] for row in equal}) == 1
    assert len(set(scores_of(index, passages[50], sorted(equal)))) == 1


@pytest.mark.parametrize("depth", [1, 2, 4, 5, 100])
def test_a_passage_of_which_nothing_is_searched_is_never_proposed(
    tmp_path: Path, depth: int
) -> None:
    e = np.eye(DIMENSION, dtype=np.float32)
    nothing = PassageEmbedding(np.zeros_like(e[0]), e[:0])
    # Its cosine would be 0, which is more than that of those on the other side.
    passages = [
        PassageEmbedding(vector, e[:0]) for vector in (e[0], e[1], -e[0], unit(e[1] - e[0]))
    ]
    index = write(tmp_path, [1, 2, 3, 4, 5], [*passages[:2], nothing, *passages[2:]])
    found = {each.row for each in index.search(e[0], depth)}
    assert found == {1, 2, 4, 5} if depth >= 4 else 1 in found <= {1, 2, 4, 5}


# Filters


@pytest.mark.parametrize("kind", ["exact", "ivf-sq8"])
@pytest.mark.parametrize("scored_directly", [0, vectors.SCORED_DIRECTLY])
@pytest.mark.parametrize("kept", [1, 3, 40, 399])
def test_a_filter_returns_its_rows_alone_and_is_never_short(
    tmp_path: Path, kind: str, scored_directly: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "SCORED_DIRECTLY", scored_directly)
    if kind == "ivf-sq8":
        monkeypatch.setattr(vectors, "EXACT_PASSAGES", 100)
    passages, rows = clustered(400), list(range(1_000, 1_400))
    index = write(tmp_path, rows, embeddings(passages))
    assert index.parameters.kind == kind
    for query in clustered(10, seed=2):
        # The farthest ones: an index that looks around the query first finds none of them.
        order = np.argsort(cosines(passages, query))
        allowed = np.sort(order[:kept]) + 1_000
        nearest_first = [int(place) + 1_000 for place in order[:kept][::-1]]
        for depth in (1, 10, 200):
            found = [each.row for each in index.search(query, depth, rows=allowed)]
            assert set(found) <= set(allowed.tolist())
            assert len(set(found)) == len(found) >= min(kept, depth)
            if kind == "exact" or scored_directly:
                assert set(nearest_first[:depth]) <= set(found)


def test_a_filter_of_nothing_finds_nothing(tmp_path: Path) -> None:
    index = write(tmp_path, [1, 2, 3], embeddings(clustered(3)))
    assert index.search(clustered(1)[0], 2, rows=np.empty(0, np.int64)) == []


# Scores


def test_a_score_is_the_mean_of_passage_and_best_window(tmp_path: Path) -> None:
    e = np.eye(DIMENSION, dtype=np.float32)
    passage = unit(e[0] + e[1])
    index = write(tmp_path, [5], [PassageEmbedding(passage, np.stack([e[2], e[0], e[1]]))])
    # cosine with the passage 1 / sqrt(2), with its second window 1
    assert scores_of(index, e[0], [5]) == pytest.approx([(0.5**0.5 + 1) / 2], abs=1e-3)
    assert windows_of(index, e[0], 5) == pytest.approx([0, 1, 0], abs=1e-3)
    # On the other side of the origin nothing is alike: scores are cut to 0..1.
    assert scores_of(index, -passage, [5]) == [0.0]


def test_a_passage_without_windows_scores_by_itself(tmp_path: Path) -> None:
    e = np.eye(DIMENSION, dtype=np.float32)
    index = write(tmp_path, [5], [PassageEmbedding(e[0], e[:0])])
    assert scores_of(index, e[0], [5]) == [1.0]
    assert windows_of(index, e[0], 5) == []


def test_scores_come_in_the_order_of_the_rows_and_depend_on_nothing_else(tmp_path: Path) -> None:
    passages, rows = clustered(60), list(range(60))
    index = write(tmp_path / "all", rows, embeddings(passages))
    query = clustered(1, seed=3)[0]
    all_scores = scores_of(index, query, rows)
    assert scores_of(index, query, [7, 3, 59]) == [all_scores[row] for row in (7, 3, 59)]
    few = write(tmp_path / "few", [3, 7], [embeddings(passages)[row] for row in (3, 7)])
    assert scores_of(few, query, [3, 7]) == [all_scores[row] for row in (3, 7)]
    for row, score in zip(rows, all_scores, strict=True):
        windows = windows_of(index, query, row)
        assert len(windows) == row % 4
        passage = float(index.passage_vectors(np.array([row]))[0] @ query)
        best = max(windows, default=passage)
        assert score == pytest.approx(min(1.0, max(0.0, (passage + best) / 2)), abs=1e-6)


def test_holds_and_positions(tmp_path: Path) -> None:
    index = write(tmp_path, [2, 3, 5], embeddings(clustered(3)))
    assert index.holds(np.array([1, 2, 4, 5, 9])).tolist() == [False, True, False, True, False]
    assert index.positions(np.array([5, 2])).tolist() == [2, 0]


def test_vectors_are_mapped_not_read(tmp_path: Path) -> None:
    index = write(tmp_path, [1, 2], embeddings(clustered(2)))
    for array in (index.passages, index.windows, index.window_scales):
        assert isinstance(array.base, np.memmap)
        assert not array.flags.writeable


# Trained indexes


@pytest.mark.usefixtures("trained")
def test_a_trained_index_recalls_what_an_exact_one_finds(tmp_path: Path) -> None:
    passages, rows = clustered(3_000), list(range(3_000))
    index = write(tmp_path, rows, [embedding(passage, 0) for passage in passages])
    assert index.parameters.kind == "ivf-sq8"
    assert (index.parameters.passages, index.parameters.trained_passages) == (3_000, 3_000)
    queries = clustered(100, seed=4)
    overlaps = [
        len(set(best(index, query, 10)) & set(nearest(passages, query, rows, 10))) / 10
        for query in queries
    ]
    assert np.mean(overlaps) >= 0.95
    # A proposal is approximate, its score never.
    for query in queries[:5]:
        exact = cosines(passages, query)
        for row, score in index.search(query, 10):
            assert score == pytest.approx(exact[row], abs=1e-6)


@pytest.mark.usefixtures("trained")
def test_training_is_deterministic(tmp_path: Path) -> None:
    passages = clustered(500)
    for name in ("one", "other"):
        write(tmp_path / name, range(500), embeddings(passages))
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes(), path.name


@pytest.mark.usefixtures("trained")
def test_a_trained_index_is_added_to_and_removed_from(tmp_path: Path) -> None:
    passages = clustered(600)
    every = embeddings(passages)
    first = write(tmp_path / "first", range(400), every[:400])
    before = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    # Every third one goes; two hundred come.
    rows = [row for row in range(600) if row % 3 or row >= 400]
    new = [place for place, row in enumerate(rows) if row >= 400]
    second = write(tmp_path / "second", rows, [every[row] for row in rows], first, new=new)
    expected = first.parameters._replace(passages=len(rows))
    assert second.parameters == expected
    assert {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()} == before
    fresh = write(tmp_path / "fresh", rows, [every[row] for row in rows])
    for name in ("passages", "windows", "window_scales", "window_starts"):
        np.testing.assert_array_equal(getattr(second, name), getattr(fresh, name))
    for row in rows:
        found = [each.row for each in second.search(passages[row], 3)]
        assert row in found
        assert set(found) <= set(rows)
    query = passages[0]  # itself removed
    assert 0 not in [each.row for each in second.search(query, 300)]


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(("count", "trained_anew"), [(399, False), (400, False), (401, True)])
def test_it_is_trained_anew_when_the_passages_have_doubled(
    tmp_path: Path, count: int, trained_anew: bool
) -> None:
    every = [embedding(passage, 0) for passage in clustered(count)]
    first = write(tmp_path / "first", range(200), every[:200])
    second = write(tmp_path / "second", range(count), every, first, new=range(200, count))
    assert second.parameters.trained_passages == (count if trained_anew else 200)
    assert second.parameters.passages == count


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(("count", "trained_anew"), [(201, False), (200, False), (199, True)])
def test_it_is_trained_anew_when_the_passages_have_halved(
    tmp_path: Path, count: int, trained_anew: bool
) -> None:
    every = [embedding(passage, 0) for passage in clustered(400)]
    first = write(tmp_path / "first", range(400), every)
    second = write(tmp_path / "second", range(count), every[:count], first, new=[])
    assert second.parameters.trained_passages == (count if trained_anew else 400)


@pytest.mark.usefixtures("trained")
def test_an_index_becomes_exact_and_trained_with_its_size(tmp_path: Path) -> None:
    every = [embedding(passage, 1) for passage in clustered(150)]
    kinds, previous = [], None
    for step, (count, known) in enumerate([(100, 0), (101, 100), (150, 101), (100, 100)]):
        previous = write(
            tmp_path / str(step), range(count), every[:count], previous, new=range(known, count)
        )
        kinds.append(previous.parameters.kind)
    assert kinds == ["exact", "ivf-sq8", "ivf-sq8", "exact"]


# Incremental files


@given(st.data())
def test_vectors_are_carried_over_wherever_they_stood(data: st.DataObject) -> None:
    every = embeddings(clustered(24))
    kept = st.sets(st.integers(0, 23))
    with TemporaryDirectory() as name:
        place = Path(name)
        rows = sorted(data.draw(kept))
        index = write(place / "0", rows, [every[row] for row in rows])
        for step in range(1, 3):
            known, rows = set(rows), sorted(data.draw(kept))
            new = [at for at, row in enumerate(rows) if row not in known]
            index = write(place / str(step), rows, [every[row] for row in rows], index, new=new)
        fresh = write(place / "fresh", rows, [every[row] for row in rows])
        for name in ("rows", "passages", "windows", "window_scales", "window_starts"):
            np.testing.assert_array_equal(getattr(index, name), getattr(fresh, name))
        query = clustered(1, seed=5)[0]
        assert scores_of(index, query, rows) == scores_of(fresh, query, rows)
        assert best(index, query, 5) == best(fresh, query, 5)


def test_an_open_index_answers_though_its_files_are_deleted(tmp_path: Path) -> None:
    passages = clustered(50)
    index = write(tmp_path, range(50), embeddings(passages))
    before = (best(index, passages[0], 10), scores_of(index, passages[0], range(50)))
    for path in tmp_path.iterdir():
        path.unlink()
    assert (best(index, passages[0], 10), scores_of(index, passages[0], range(50))) == before


def test_threads_search_at_once(tmp_path: Path) -> None:
    passages = clustered(300)
    index = write(tmp_path, range(300), embeddings(passages))
    queries = list(clustered(8, seed=6))
    expected = [best(index, query, 10) for query in queries]
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(best, index, query, 10) for _ in range(20) for query in queries]
    assert [answer.result() for answer in answers] == expected * 20


def test_no_passages(tmp_path: Path) -> None:
    index = write(tmp_path, [], [])
    query = clustered(1)[0]
    assert index.search(query, 10) == []
    assert scores_of(index, query, []) == []


# Damage

FILES = ["passages.faiss", "passages.npy", "window_scales.npy", "window_starts.npy", "windows.npy"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "half", "other"])
def test_damaged_files_are_a_named_error(tmp_path: Path, name: str, damage: str) -> None:
    index = write(tmp_path / "vectors", range(40), embeddings(clustered(40)))
    path = tmp_path / "vectors" / name
    if damage == "missing":
        path.unlink()
    elif damage == "other":
        write(tmp_path / "other", range(30), embeddings(clustered(30)))
        path.write_bytes((tmp_path / "other" / name).read_bytes())
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 if damage == "half" else 0])
    with pytest.raises((IndexDamaged, StorageError), match=r"reindex\.py --full") as damaged:
        VectorIndex(tmp_path / "vectors", index.rows, index.parameters, DIMENSION)
    assert str(tmp_path / "vectors") in str(damaged.value)


@pytest.mark.parametrize(
    ("rows", "parameters", "dimension"),
    [
        (39, VectorParameters("exact", 40), DIMENSION),
        (40, VectorParameters("exact", 41), DIMENSION),
        (40, VectorParameters("exact", 40), DIMENSION + 1),
    ],
)
def test_what_the_manifest_says_must_fit(
    tmp_path: Path, rows: int, parameters: VectorParameters, dimension: int
) -> None:
    write(tmp_path, range(40), embeddings(clustered(40)))
    with pytest.raises(IndexDamaged, match=r"do not fit.*reindex\.py --full"):
        VectorIndex(tmp_path, np.arange(rows), parameters, dimension)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        write(tmp_path / "file", [1], embeddings(clustered(1)))
