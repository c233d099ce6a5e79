from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.embedding.embeddings import PassageEmbedding
from indexer.errors import IndexDamaged
from indexer.index.vectors.encoding import decode_embedding, encode_embedding
from indexer.index.vectors.segments import StoredVectors, write_segments

DIMENSION = 4


def encoded(row: int) -> bytes:
    """Return the embedding of a passage with `row % 3` windows, whose values encode the row."""
    numbers = np.full((1 + row % 3, DIMENSION), row, np.float32)
    return encode_embedding(PassageEmbedding(numbers[0], numbers[1:]))


def write(
    directory: Path,
    rows: Sequence[int],
    previous: StoredVectors | None = None,
    *,
    pending: Sequence[int] = (),
) -> StoredVectors:
    """Write the vectors of the rows; only those that `previous` lacks are passed in."""
    numbers = np.array(rows, np.int64)
    known = previous.held.tolist() if previous is not None else []
    new = iter([None if row in pending else encoded(row) for row in rows if row not in known])
    write_segments(directory, numbers, DIMENSION, new, previous)
    assert next(new, "the end") == "the end"
    return StoredVectors(directory, numbers, DIMENSION)


def sizes(stored: StoredVectors) -> list[int]:
    """Return the number of passages in each segment, including removed ones."""
    return [len(segment.rows) for segment in stored.segments]


def assert_holds(stored: StoredVectors, rows: Sequence[int]) -> None:
    assert stored.held.tolist() == list(rows)
    numbers = stored.numbers(stored.held)
    assert stored.passages(numbers)[:, 0].tolist() == list(rows)
    assert stored.window_counts(numbers).tolist() == [row % 3 for row in rows]
    windows, scales = stored.windows(numbers)
    each = [row for row in rows for _ in range(row % 3)]
    assert np.rint(windows[:, 0] * scales).tolist() == each


# Encoding

matrices = st.integers(0, 3).flatmap(
    lambda windows: st.lists(
        st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8).filter(any),
        min_size=windows + 1,
        max_size=windows + 1,
    )
)


@given(matrices)
def test_an_encoded_embedding_is_near_the_original(values: list[list[float]]) -> None:
    matrix = np.array(values, np.float32)
    encoded = encode_embedding(PassageEmbedding(matrix[0], matrix[1:]))
    assert len(encoded) == 2 * 8 + (len(matrix) - 1) * (8 + 4)
    kept = decode_embedding(encoded, 8)
    np.testing.assert_allclose(kept.passage, matrix[0], atol=2**-11)
    # Half of one of the 127 steps to the largest value.
    steps = np.abs(matrix[1:]).max(axis=1, initial=0) / 127
    errors = np.abs(kept.windows * kept.scales[:, None] - matrix[1:])
    assert (errors <= 0.5001 * steps[:, None]).all()


def test_a_zero_vector_stays_zero() -> None:
    nothing = PassageEmbedding(np.zeros(8, np.float32), np.zeros((2, 8), np.float32))
    kept = decode_embedding(encode_embedding(nothing), 8)
    assert not kept.passage.any()
    assert not kept.windows.any()


@pytest.mark.parametrize("length", [0, 1, 15, 17, 27, 29, 100_001])
def test_bytes_of_another_length_are_damage(length: int) -> None:
    with pytest.raises(IndexDamaged, match=f"{length} bytes does not fit 8 .*--full"):
        decode_embedding(bytes(length), 8)


# Reading


def test_stored_vectors_and_windows_are_read_back(tmp_path: Path) -> None:
    stored = write(tmp_path, [3, 5, 8], pending=[5])
    assert stored.held.tolist() == [3, 8]
    assert stored.pending.tolist() == [5]
    assert stored.numbers(np.array([8, 5, 3, 4, 99])).tolist() == [1, -1, 0, -1, -1]
    numbers = stored.numbers(np.array([8, 5, 3]))
    assert stored.passages(numbers)[:, 0].tolist() == [8, 0, 3]
    assert stored.window_counts(numbers).tolist() == [2, 0, 0]
    assert stored.embedding(5) is None
    found = stored.embedding(8)
    assert found is not None
    assert found.passage.tolist() == [8] * DIMENSION
    assert np.rint(found.windows * found.scales[:, None]).tolist() == [[8] * DIMENSION] * 2


def test_vectors_are_mapped_not_read(tmp_path: Path) -> None:
    [segment] = write(tmp_path, [1, 2]).segments
    for array in (segment.passages, segment.windows, segment.window_scales):
        assert not array.flags.owndata
        assert not array.flags.writeable


def test_released_vectors_are_read_again(tmp_path: Path) -> None:
    stored = write(tmp_path, range(2_000))
    for _ in range(2):
        assert_holds(stored, range(2_000))
        stored.release()
    assert_holds(stored, range(2_000))


@pytest.mark.parametrize("pending", [(), (1, 2)])
def test_an_index_without_vectors_can_be_read(tmp_path: Path, pending: Sequence[int]) -> None:
    stored = write(tmp_path, pending, pending=pending)
    assert_holds(stored, [])
    assert stored.pending.tolist() == list(pending)
    assert stored.numbers(np.array([1, 7])).tolist() == [-1, -1]


# Segments


def test_a_large_segment_is_linked_unchanged(tmp_path: Path) -> None:
    first = write(tmp_path / "1", range(100))
    second = write(tmp_path / "2", [*range(1, 100), 200, 201], first)
    assert sizes(second) == [100, 2]
    for name in ("rows", "passages", "windows", "window_scales", "window_starts"):
        linked = tmp_path / "2" / "0000" / f"{name}.npy"
        assert linked.samefile(tmp_path / "1" / "0000" / f"{name}.npy")
    assert_holds(second, [*range(1, 100), 200, 201])
    # Row 0 is still in the segment, but no longer in this generation.
    assert second.numbers(np.array([0])).tolist() == [-1]


def test_without_new_vectors_nothing_is_written(tmp_path: Path) -> None:
    first = write(tmp_path / "1", range(10))
    second = write(tmp_path / "2", range(9), first)
    assert sizes(second) == [10]
    assert_holds(second, range(9))


def test_a_half_dead_segment_is_rewritten(tmp_path: Path) -> None:
    first = write(tmp_path / "1", range(10))
    assert sizes(write(tmp_path / "2", range(6), first)) == [10]
    second = write(tmp_path / "3", range(5), first)
    assert sizes(second) == [5]
    assert_holds(second, range(5))


def test_small_segments_are_merged_into_the_new_one(tmp_path: Path) -> None:
    stored, found = None, []
    for number in range(1, 9):
        stored = write(tmp_path / str(number), range(number * 10), stored)
        assert_holds(stored, range(number * 10))
        found.append(sizes(stored))
    # A segment stays while it has at least twice as many passages as the later ones together.
    assert found[:5] == [[10], [20], [20, 10], [40], [40, 10]]
    assert max(map(len, found)) <= 3


def test_pending_vectors_are_written_into_a_new_segment(tmp_path: Path) -> None:
    first = write(tmp_path / "1", range(40), pending=range(0, 40, 10))
    assert sizes(first) == [36]
    second = write(tmp_path / "2", range(40), first, pending=[30])
    assert sizes(second) == [36, 3]
    assert_holds(second, [row for row in range(40) if row != 30])


def test_the_number_of_a_removed_row_may_be_reused(tmp_path: Path) -> None:
    first = write(tmp_path / "1", range(10))
    second = write(tmp_path / "2", range(9), first)
    # The new row 9 has the vectors of row 7.
    rows = np.arange(10)
    write_segments(tmp_path / "3", rows, DIMENSION, iter([None]), second)
    third = StoredVectors(tmp_path / "3", rows, DIMENSION)
    assert_holds(third, range(9))
    assert third.pending.tolist() == [9]
    write_segments(tmp_path / "4", rows, DIMENSION, iter([encoded(7)]), third)
    fourth = StoredVectors(tmp_path / "4", rows, DIMENSION)
    assert fourth.passages(fourth.numbers(rows))[:, 0].tolist() == [*range(9), 7]
    # This stays true whether its segment is linked or merged.
    for step, last in enumerate([12, 30]):
        more = write(tmp_path / f"{step + 5}", range(last), fourth)
        assert more.passages(more.numbers(rows))[:, 0].tolist() == [*range(9), 7]


@given(st.data())
def test_vectors_are_the_same_after_any_earlier_builds(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("segments")
    some = st.sets(st.integers(0, 30), max_size=31)
    stored = write(place / "first", sorted(data.draw(some)))
    for step in range(4):
        rows = sorted(data.draw(some))
        pending = sorted(data.draw(some).intersection(rows).difference(stored.held.tolist()))
        stored = write(place / str(step), rows, stored, pending=pending)
        assert_holds(stored, [row for row in rows if row not in pending])
        assert all(len(segment.rows) for segment in stored.segments[:-1])


# Damage


def test_files_of_different_segments(tmp_path: Path) -> None:
    write(tmp_path / "1", range(3))
    write(tmp_path / "2", range(5))
    (tmp_path / "1" / "0000" / "windows.npy").write_bytes(
        (tmp_path / "2" / "0000" / "windows.npy").read_bytes()
    )
    with pytest.raises(IndexDamaged, match=r"0000: the files do not match .*--full"):
        StoredVectors(tmp_path / "1", np.arange(3), DIMENSION)
