from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.embedding.embeddings import PassageEmbedding
from indexer.errors import IndexDamaged, StorageError
from indexer.index.vectors import vector_index
from indexer.index.vectors.encoding import encode_embedding
from indexer.index.vectors.vector_index import VectorIndex, VectorParameters, write_vector_index

DIMENSION = 32
Matrix = NDArray[np.float32]


def unit(matrix: NDArray[np.floating]) -> Matrix:
    return np.asarray(matrix / np.linalg.norm(matrix, axis=-1, keepdims=True), np.float32)


def clustered(count: int, *, seed: int = 0, clusters: int = 40) -> Matrix:
    """Return unit vectors in clusters, like those of texts."""
    random = np.random.default_rng(seed)
    centers = np.random.default_rng(7).normal(size=(clusters, DIMENSION))
    noise = random.normal(size=(count, DIMENSION))
    return unit(centers[random.integers(clusters, size=count)] + 0.7 * noise)


def embedding(passage: Matrix, windows: int) -> PassageEmbedding:
    """Return an embedding with windows around the vector of the passage."""
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
    pending: Sequence[int] = (),
) -> VectorIndex:
    """Write the vectors of the rows; `new` are the positions whose vectors are passed in.

    Those in `pending`, which are also new, are not there yet.
    """
    numbers = np.array(rows, np.int64)
    places = range(len(rows)) if new is None else new
    encoded = iter(
        [
            None if place in pending else encode_embedding(given_embeddings[place])
            for place in places
        ]
    )
    parameters = write_vector_index(directory, numbers, DIMENSION, encoded, previous)
    assert next(encoded, "the end") == "the end"
    return VectorIndex(directory, numbers, parameters, DIMENSION)


def cosines(passages: Matrix, query: Matrix) -> NDArray[np.float64]:
    """Return the score that the index should give, with vectors stored in 16 bits."""
    kept = passages.astype(np.float16).astype(np.float64)
    return np.asarray(kept @ query.astype(np.float64))


def nearest(passages: Matrix, query: Matrix, rows: Sequence[int], depth: int) -> list[int]:
    order = np.argsort(-cosines(passages, query), kind="stable")
    return [rows[place] for place in order[:depth]]


def best(index: VectorIndex, query: Matrix, depth: int) -> list[int]:
    """Return the found rows, best first, with ties in the order of the rows."""
    found = sorted(index.search(query, depth), key=lambda each: (-each.score, each.row))
    return [each.row for each in found[:depth]]


def scores_of(index: VectorIndex, query: Matrix, rows: Sequence[int]) -> list[float]:
    return list(map(float, index.scores(query, np.array(rows, np.int64))))


def windows_of(index: VectorIndex, query: Matrix, row: int) -> list[float]:
    (cosines,) = index.window_scores(query, np.array([row]))
    return list(map(float, cosines))


def kept(index: VectorIndex, row: int) -> tuple[list[float], list[list[int]], list[float]]:
    """Return the stored vectors of a passage."""
    found = index.stored.embedding(row)
    assert found is not None
    return found.passage.tolist(), found.windows.tolist(), found.scales.tolist()


def contents(directory: Path) -> dict[Path, bytes]:
    """Return the content of each file below the folder."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory): path.read_bytes() for path in files}


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make small indexes trained ones."""
    monkeypatch.setattr(vector_index, "EXACT_PASSAGES", 100)


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


def test_a_depth_beyond_the_size_finds_everything(tmp_path: Path) -> None:
    passages = clustered(5)
    index = write(tmp_path, [2, 3, 5, 7, 11], embeddings(passages))
    for depth in (5, 6, 1_000):
        assert sorted(each.row for each in index.search(passages[0], depth)) == [2, 3, 5, 7, 11]


@pytest.mark.parametrize("kind", ["exact", "codes"])
def test_ties_at_the_cut_are_all_returned(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "codes":
        monkeypatch.setattr(vector_index, "EXACT_PASSAGES", 100)
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
def test_a_passage_without_searched_text_is_never_proposed(tmp_path: Path, depth: int) -> None:
    e = np.eye(DIMENSION, dtype=np.float32)
    nothing = PassageEmbedding(np.zeros_like(e[0]), e[:0])
    # Its cosine would be 0, which is more than that of passages on the other side.
    passages = [
        PassageEmbedding(vector, e[:0]) for vector in (e[0], e[1], -e[0], unit(e[1] - e[0]))
    ]
    index = write(tmp_path, [1, 2, 3, 4, 5], [*passages[:2], nothing, *passages[2:]])
    found = {each.row for each in index.search(e[0], depth)}
    assert found == {1, 2, 4, 5} if depth >= 4 else 1 in found <= {1, 2, 4, 5}


# Filters


@pytest.mark.parametrize("kind", ["exact", "codes"])
@pytest.mark.parametrize("scored_directly", [0, vector_index.SCORED_DIRECTLY])
@pytest.mark.parametrize("kept", [1, 3, 40, 399])
def test_a_filter_returns_only_its_rows_and_all_of_them(
    tmp_path: Path, kind: str, scored_directly: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "SCORED_DIRECTLY", scored_directly)
    if kind == "codes":
        monkeypatch.setattr(vector_index, "EXACT_PASSAGES", 100)
    passages, rows = clustered(400), list(range(1_000, 1_400))
    index = write(tmp_path, rows, embeddings(passages))
    assert index.parameters.kind == kind
    for query in clustered(10, seed=2):
        # The farthest rows, which a search around the query would not find.
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
    assert not list(index.search(clustered(1)[0], 2, rows=np.empty(0, np.int64)))


# Scores


def test_a_score_is_the_mean_of_passage_and_best_window(tmp_path: Path) -> None:
    e = np.eye(DIMENSION, dtype=np.float32)
    passage = unit(e[0] + e[1])
    index = write(tmp_path, [5], [PassageEmbedding(passage, np.stack([e[2], e[0], e[1]]))])
    # cosine with the passage 1 / sqrt(2), with its second window 1
    assert scores_of(index, e[0], [5]) == pytest.approx([(0.5**0.5 + 1) / 2], abs=1e-3)
    assert windows_of(index, e[0], 5) == pytest.approx([0, 1, 0], abs=1e-3)
    # On the other side of the origin the score is 0, because scores are clipped to 0..1.
    assert scores_of(index, -passage, [5]) == [0.0]


def test_a_passage_without_windows_scores_alone(tmp_path: Path) -> None:
    e = np.eye(DIMENSION, dtype=np.float32)
    index = write(tmp_path, [5], [PassageEmbedding(e[0], e[:0])])
    assert scores_of(index, e[0], [5]) == [1.0]
    assert windows_of(index, e[0], 5) == []


def test_scores_follow_the_order_of_the_rows_and_depend_on_nothing_else(tmp_path: Path) -> None:
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


def test_holds(tmp_path: Path) -> None:
    index = write(tmp_path, [2, 3, 5], embeddings(clustered(3)))
    assert index.has_vectors(np.array([1, 2, 4, 5, 9])).tolist() == [
        False,
        True,
        False,
        True,
        False,
    ]


# Pending passages


@pytest.mark.parametrize("kind", ["exact", "codes"])
def test_a_pending_passage_is_never_proposed_and_has_no_score(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "codes":
        monkeypatch.setattr(vector_index, "EXACT_PASSAGES", 100)
    passages, rows = clustered(400), list(range(1_000, 1_400))
    pending = list(range(0, 400, 3))
    index = write(tmp_path, rows, embeddings(passages), pending=pending)
    assert (index.parameters.kind, index.parameters.passages) == (kind, 400 - len(pending))
    assert index.pending.tolist() == [rows[place] for place in pending]
    assert np.isin(rows, index.held).tolist() == [place % 3 != 0 for place in range(400)]
    assert index.has_vectors(np.array(rows)).tolist() == [place % 3 != 0 for place in range(400)]
    for depth, allowed in [(10, None), (300, None), (10, rows[:60]), (50, rows[:60]), (9, [1_000])]:
        of = None if allowed is None else np.array(allowed, np.int64)
        found = {each.row for each in index.search(passages[0], depth, rows=of)}
        assert found <= set(index.held.tolist()) & set(allowed or rows)
        assert len(found) >= min(depth, len(set(index.held.tolist()) & set(allowed or rows)))
    assert np.isnan(scores_of(index, passages[0], rows)).tolist() == [
        place % 3 == 0 for place in range(400)
    ]


def test_all_passages_may_be_pending(tmp_path: Path) -> None:
    every = embeddings(clustered(5))
    index = write(tmp_path / "first", range(5), every, pending=range(5))
    assert index.parameters == VectorParameters("exact", 0)
    assert index.pending.tolist() == [0, 1, 2, 3, 4]
    query = clustered(1, seed=3)[0]
    assert not list(index.search(query, 3))
    assert not list(index.search(query, 3, rows=np.array([1, 2])))
    assert np.isnan(scores_of(index, query, range(5))).all()
    assert not index.passage_vectors(np.array([2])).any()


def test_nothing_to_search_is_not_pending(tmp_path: Path) -> None:
    nothing = PassageEmbedding(
        np.zeros(DIMENSION, np.float32), np.zeros((0, DIMENSION), np.float32)
    )
    index = write(tmp_path, [1, 2], [nothing, embeddings(clustered(1))[0]])
    assert index.parameters.passages == 2
    assert index.pending.tolist() == []
    assert np.isnan(scores_of(index, clustered(1)[0], [1])).all()


@pytest.mark.parametrize("kind", ["exact", "codes"])
def test_pending_passages_become_searchable(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "codes":
        monkeypatch.setattr(vector_index, "EXACT_PASSAGES", 100)
    passages = clustered(300)
    every = embeddings(passages)
    first = write(tmp_path / "first", range(300), every, pending=range(0, 300, 2))
    # Some pending rows stay pending, and some rows are removed, pending or not.
    rows = [row for row in range(300) if row % 5]
    new = [place for place, row in enumerate(rows) if row % 2 == 0]
    still = [place for place in new if rows[place] % 3 == 0]
    rest = [every[row] for row in rows]
    second = write(tmp_path / "second", rows, rest, first, new=new, pending=still)
    assert second.parameters.kind == kind
    assert second.pending.tolist() == [rows[place] for place in still]
    third = write(tmp_path / "third", rows, rest, second, new=still)
    fresh = write(tmp_path / "fresh", rows, rest)
    assert third.pending.tolist() == []
    assert third.proposable().tolist() == rows
    for query in clustered(5, seed=8):
        assert scores_of(third, query, rows) == scores_of(fresh, query, rows)
        for row in rows:
            assert windows_of(third, query, row) == windows_of(fresh, query, row)
        if kind == "exact":
            assert best(third, query, 20) == best(fresh, query, 20)


# Trained indexes


@pytest.mark.usefixtures("trained")
def test_a_trained_index_recalls_what_an_exact_one_finds(tmp_path: Path) -> None:
    passages, rows = clustered(3_000), list(range(3_000))
    index = write(tmp_path, rows, [embedding(passage, 0) for passage in passages])
    assert index.parameters.kind == "codes"
    assert (index.parameters.passages, index.parameters.trained_passages) == (3_000, 3_000)
    queries = clustered(100, seed=4)
    overlaps = [
        len(set(best(index, query, 10)) & set(nearest(passages, query, rows, 10))) / 10
        for query in queries
    ]
    assert np.mean(overlaps) >= 0.95
    # Proposals are approximate, but scores are exact.
    for query in queries[:5]:
        exact = cosines(passages, query)
        for row, score in index.search(query, 10):
            assert score == pytest.approx(exact[row], abs=1e-6)


@pytest.mark.usefixtures("trained")
def test_training_is_deterministic(tmp_path: Path) -> None:
    passages = clustered(500)
    for name in ("one", "other"):
        write(tmp_path / name, range(500), embeddings(passages))
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


@pytest.mark.usefixtures("trained")
def test_a_trained_index_supports_additions_and_removals(tmp_path: Path) -> None:
    passages = clustered(600)
    every = embeddings(passages)
    first = write(tmp_path / "first", range(400), every[:400])
    before = contents(tmp_path / "first")
    # Every third row is removed, and two hundred are added.
    rows = [row for row in range(600) if row % 3 or row >= 400]
    new = [place for place, row in enumerate(rows) if row >= 400]
    second = write(tmp_path / "second", rows, [every[row] for row in rows], first, new=new)
    expected = first.parameters._replace(passages=len(rows))
    assert second.parameters == expected
    assert contents(tmp_path / "first") == before
    fresh = write(tmp_path / "fresh", rows, [every[row] for row in rows])
    for row in rows:
        assert kept(second, row) == kept(fresh, row)
        found = [each.row for each in second.search(passages[row], 3)]
        assert row in found
        assert set(found) <= set(rows)
    query = passages[0]  # itself removed
    assert 0 not in [each.row for each in second.search(query, 300)]


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("scanned", [0, 1_000])
def test_a_trained_index_proposes_what_a_fresh_one_does_after_many_changes(
    tmp_path: Path, scanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "SCANNED_PASSAGES", scanned)
    every = embeddings(clustered(900))
    random = np.random.default_rng(11)
    rows = list(range(500))
    index = write(tmp_path / "0", rows, every[:500])
    assert (index.parameters.lists > 1) == (scanned == 0)
    for step in range(1, 9):
        known = rows
        rows = [row for row in rows if random.random() > 0.05] + list(range(len(every)))[
            450 + step * 50 : 500 + step * 50
        ]
        new = [place for place, row in enumerate(rows) if row not in known]
        index = write(tmp_path / str(step), rows, [every[row] for row in rows], index, new=new)
        assert index.proposable().tolist() == rows
        # A passage is nearest to itself, so a passage with the wrong codes would not be found.
        for row in rows:
            assert row in [each.row for each in index.search(every[row].passage, 3)]


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(("count", "trained_anew"), [(399, False), (400, False), (401, True)])
def test_it_is_retrained_when_the_passages_have_doubled(
    tmp_path: Path, count: int, trained_anew: bool
) -> None:
    every = [embedding(passage, 0) for passage in clustered(count)]
    first = write(tmp_path / "first", range(200), every[:200])
    second = write(tmp_path / "second", range(count), every, first, new=range(200, count))
    assert second.parameters.trained_passages == (count if trained_anew else 200)
    assert second.parameters.passages == count


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(("count", "trained_anew"), [(201, False), (200, False), (199, True)])
def test_it_is_retrained_when_the_passages_have_halved(
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
    assert kinds == ["exact", "codes", "codes", "exact"]


# Incremental files


@given(st.data())
def test_vectors_are_carried_over_from_any_position(data: st.DataObject) -> None:
    every = embeddings(clustered(24))
    some = st.sets(st.integers(0, 23))
    with TemporaryDirectory() as name:
        place = Path(name)
        rows = sorted(data.draw(some))
        index = write(place / "0", rows, [every[row] for row in rows])
        for step in range(1, 3):
            known, rows = set(rows), sorted(data.draw(some))
            new = [at for at, row in enumerate(rows) if row not in known]
            index = write(place / str(step), rows, [every[row] for row in rows], index, new=new)
        fresh = write(place / "fresh", rows, [every[row] for row in rows])
        assert [kept(index, row) for row in rows] == [kept(fresh, row) for row in rows]
        query = clustered(1, seed=5)[0]
        assert scores_of(index, query, rows) == scores_of(fresh, query, rows)
        assert best(index, query, 5) == best(fresh, query, 5)


def test_an_open_index_answers_after_its_files_are_deleted(tmp_path: Path) -> None:
    passages = clustered(50)
    index = write(tmp_path, range(50), embeddings(passages))
    before = (best(index, passages[0], 10), scores_of(index, passages[0], range(50)))
    rmtree(tmp_path)
    assert (best(index, passages[0], 10), scores_of(index, passages[0], range(50))) == before


def test_threads_search_at_once(tmp_path: Path) -> None:
    passages = clustered(300)
    index = write(tmp_path, range(300), embeddings(passages))
    queries = list(clustered(8, seed=6))
    expected = [best(index, query, 10) for query in queries]
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(best, index, query, 10) for _ in range(20) for query in queries]
    assert [answer.result() for answer in answers] == expected * 20


def test_an_index_without_passages_finds_nothing(tmp_path: Path) -> None:
    index = write(tmp_path, [], [])
    query = clustered(1)[0]
    assert not list(index.search(query, 10))
    assert scores_of(index, query, []) == []


# Damage

FILES = [
    *[
        "pending.npy",
        "passages.faiss",
        "0000/rows.npy",
        "0000/passages.npy",
        "0000/window_scales.npy",
    ],
    *["0000/window_starts.npy", "0000/windows.npy"],
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "half", "other"])
def test_damaged_files_are_a_named_error(tmp_path: Path, name: str, damage: str) -> None:
    index = write(tmp_path / "vectors", range(40), embeddings(clustered(40)))
    path = tmp_path / "vectors" / name
    if damage == "missing":
        path.unlink()
    elif damage == "other":
        write(tmp_path / "other", range(30), embeddings(clustered(30)), pending=[7])
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
def test_the_parameters_of_the_manifest_must_fit(
    tmp_path: Path, rows: int, parameters: VectorParameters, dimension: int
) -> None:
    write(tmp_path, range(40), embeddings(clustered(40)))
    with pytest.raises(IndexDamaged, match=r"do not match.*reindex\.py --full"):
        VectorIndex(tmp_path, np.arange(rows), parameters, dimension)


def test_an_unwritable_folder_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        write(tmp_path / "file", [1], embeddings(clustered(1)))
