"""The vector index: FAISS over passage vectors, and the stored vectors for exact scores.

Writer and reader are neighbours. FAISS proposes passages; the score of a candidate always comes
from the stored vectors, row by row, so it does not depend on what else is in the index:

    score = (cosine with the passage + cosine with its best window) / 2, cut to 0..1

Files, all in the order of the generation's rows, which ascend:
passages.npy        float16 (n, d), unit vectors
window_starts.npy   int64 (n + 1,): passage i has windows [starts[i], starts[i + 1])
windows.npy         int8 (m, d), and window_scales.npy float32 (m,): vector = int8 * scale
passages.faiss      the index that proposes: exact up to EXACT_PASSAGES, IVF with 8-bit codes above
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from indexer.documents import Candidate
from indexer.embeddings import PassageEmbedding
from indexer.errors import IndexDamaged, StorageError

__all__ = [
    "EncodedEmbedding",
    "VectorIndex",
    "VectorParameters",
    "decode_embedding",
    "encode_embedding",
    "write_vector_index",
]

# Up to here an exact search takes about 4 ms; above, a trained index is ten times as fast.
EXACT_PASSAGES = 50_000
# Lists of the inverted file: about 4 sqrt(n), each trained on 40 vectors or more.
LISTS_PER_ROOT = 4
TRAINING_VECTORS_PER_LIST = 64
# Share of the lists that a search visits; with it recall@10 stays above 0.98 (see the README).
PROBED_SHARE = 1 / 24
# Of so few passages all scores are computed: FAISS would look for them among all the others.
SCORED_DIRECTLY = 1_000
# Candidates taken beyond the depth, since codes of 8 bits order them only nearly right.
RESCORING_MARGIN = 32
# Exact searches sum in another order for another place in the index; closer scores are ties.
FAISS_NOISE = 1e-4
ADD_BATCH = 50_000


class VectorParameters(NamedTuple):
    """How the index that proposes was made; recorded in the manifest."""

    kind: str  # "exact" or "ivf-sq8"
    passages: int
    lists: int = 0
    probes: int = 0
    trained_passages: int = 0


@dataclass(frozen=True, slots=True)
class EncodedEmbedding:
    """What is kept of an embedding: 16 bits for the passage, 8 for its windows."""

    passage: NDArray[np.float16]
    windows: NDArray[np.int8]
    scales: NDArray[np.float32]


def encode_embedding(embedding: PassageEmbedding) -> bytes:
    """Return the embedding as bytes: passage, scales, windows."""
    largest = np.abs(embedding.windows).max(axis=1, initial=1e-12)
    scales = (largest / 127).astype(np.float32)
    windows = np.rint(embedding.windows / scales[:, None]).astype(np.int8)
    passage = embedding.passage.astype(np.float16)
    return b"".join([passage.tobytes(), scales.tobytes(), windows.tobytes()])


def decode_embedding(encoded: bytes, dimension: int) -> EncodedEmbedding:
    """Return the parts of `encode_embedding`'s bytes."""
    windows = (len(encoded) - 2 * dimension) // (dimension + 4)
    scales_end = 2 * dimension + 4 * windows
    if windows < 0 or scales_end + windows * dimension != len(encoded):
        raise IndexDamaged(
            f"an embedding of {len(encoded)} bytes does not fit {dimension} dimensions; "
            "run reindex.py --full"
        )
    return EncodedEmbedding(
        np.frombuffer(encoded[: 2 * dimension], np.float16),
        np.frombuffer(encoded[scales_end:], np.int8).reshape(windows, dimension),
        np.frombuffer(encoded[2 * dimension : scales_end], np.float32),
    )


def write_vector_index(
    directory: Path,
    rows: NDArray[np.int64],
    window_counts: NDArray[np.int64],
    dimension: int,
    embeddings: Iterator[bytes],
    previous: "VectorIndex | None",
) -> VectorParameters:
    """Write the index of the given rows, which ascend; `embeddings` come in their order.

    Vectors of rows that `previous` holds are copied from it; `embeddings` yields the others.
    """
    with _named_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
        starts = np.concatenate([[0], np.cumsum(window_counts)]).astype(np.int64)
        np.save(directory / "window_starts.npy", starts)
        files = _create_files(directory, len(rows), int(starts[-1]), dimension)
        known = previous.holds(rows) if previous is not None else np.zeros(len(rows), np.bool_)
        if previous is not None:
            _copy_known(files, starts, rows, known, previous)
        for position in np.flatnonzero(~known):
            part = decode_embedding(next(embeddings), dimension)
            windows = slice(int(starts[position]), int(starts[position + 1]))
            files.passages[position] = part.passage
            files.windows[windows] = part.windows
            files.scales[windows] = part.scales
        for array in files:
            array.flush()
        index, parameters = _build_faiss(files.passages, rows, dimension, previous)
        try:
            _faiss().write_index(index, str(directory / "passages.faiss"))
        except RuntimeError as error:
            raise StorageError(
                f"{directory}: {error}; nothing that was published is lost"
            ) from error
        return parameters


class _Files(NamedTuple):
    passages: "np.memmap[Any, np.dtype[np.float16]]"
    windows: "np.memmap[Any, np.dtype[np.int8]]"
    scales: "np.memmap[Any, np.dtype[np.float32]]"


def _create_files(directory: Path, passages: int, windows: int, dimension: int) -> _Files:
    def create(name: str, dtype: type, shape: tuple[int, ...]) -> Any:
        array = open_memmap(directory / name, mode="w+", dtype=dtype, shape=shape)
        with (directory / name).open("r+b") as file:
            # Writing into a map that the disk has no room for kills the process; ask first.
            size = os.fstat(file.fileno()).st_size
            os.posix_fallocate(file.fileno(), 0, size)
        return array

    return _Files(
        create("passages.npy", np.float16, (passages, dimension)),
        create("windows.npy", np.int8, (windows, dimension)),
        create("window_scales.npy", np.float32, (windows,)),
    )


def _copy_known(
    files: _Files,
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    known: NDArray[np.bool_],
    previous: "VectorIndex",
) -> None:
    """Copy what the previous index holds, in runs that follow each other in both."""
    positions = np.flatnonzero(known)
    if not len(positions):
        return
    sources = previous.positions(rows[positions])
    breaks = np.flatnonzero((np.diff(positions) != 1) | (np.diff(sources) != 1)) + 1
    for run, source in zip(np.split(positions, breaks), np.split(sources, breaks), strict=True):
        to, of = slice(run[0], run[-1] + 1), slice(source[0], source[-1] + 1)
        files.passages[to] = previous.passages[of]
        to = slice(starts[to.start], starts[to.stop])
        of = slice(previous.window_starts[of.start], previous.window_starts[of.stop])
        files.windows[to] = previous.windows[of]
        files.scales[to] = previous.window_scales[of]


def _build_faiss(
    passages: NDArray[np.float16],
    rows: NDArray[np.int64],
    dimension: int,
    previous: "VectorIndex | None",
) -> tuple[Any, VectorParameters]:
    faiss = _faiss()
    count = len(rows)
    if count <= EXACT_PASSAGES:
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        _add(index, passages, rows)
        return index, VectorParameters("exact", count)
    trained = previous.parameters.trained_passages if previous is not None else 0
    if previous is not None and trained and count / 2 <= trained <= count * 2:
        index = faiss.read_index(str(previous.directory / "passages.faiss"))
        gone = np.setdiff1d(previous.rows, rows, assume_unique=True)
        if len(gone):
            index.remove_ids(faiss.IDSelectorBatch(gone))
        new = ~previous.holds(rows)
        _add(index, passages[new], rows[new])
        return index, previous.parameters._replace(passages=count)
    lists = int(LISTS_PER_ROOT * np.sqrt(count))
    index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    step = max(1, count // (lists * TRAINING_VECTORS_PER_LIST))
    index.train(passages[::step].astype(np.float32))
    _add(index, passages, rows)
    probes = max(8, int(lists * PROBED_SHARE))
    return index, VectorParameters("ivf-sq8", count, lists, probes, count)


def _add(index: Any, passages: NDArray[np.float16], rows: NDArray[np.int64]) -> None:
    for start in range(0, len(rows), ADD_BATCH):
        part = slice(start, start + ADD_BATCH)
        index.add_with_ids(passages[part].astype(np.float32), rows[part])


class VectorIndex:
    """Reads one vector index. Safe to share between threads: no search changes it."""

    def __init__(
        self,
        directory: Path,
        rows: NDArray[np.int64],
        parameters: VectorParameters,
        dimension: int,
    ) -> None:
        self.directory = directory
        self.rows = rows
        self.parameters = parameters
        with _named_errors(directory):
            self.window_starts: NDArray[np.int64] = np.load(directory / "window_starts.npy")
            self.passages: NDArray[np.float16] = _mapped(directory / "passages.npy")
            self.windows: NDArray[np.int8] = _mapped(directory / "windows.npy")
            self.window_scales: NDArray[np.float32] = _mapped(directory / "window_scales.npy")
            self._index = _faiss().read_index(str(directory / "passages.faiss"))
        self.dimension = dimension
        self._require_fit()

    def _require_fit(self) -> None:
        """Raise IndexDamaged where the files are of different indexes."""
        count, windows = self.parameters.passages, int(self.window_starts[-1])
        found = (
            *(len(self.rows), self._index.ntotal, self._index.d, self.passages.shape),
            *(self.window_starts.shape, self.windows.shape, self.window_scales.shape),
        )
        fitting = (
            *(count, count, self.dimension, (count, self.dimension)),
            *((count + 1,), (windows, self.dimension), (windows,)),
        )
        if found != fitting:
            raise IndexDamaged(
                f"{self.directory}: the files do not fit each other: {found}, expected {fitting}; "
                "run reindex.py --full"
            )

    def holds(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of the rows have a vector here."""
        return np.isin(rows, self.rows, assume_unique=True)

    def positions(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where the rows, all of them held, stand in the files."""
        return np.searchsorted(self.rows, rows)

    def proposable(self) -> NDArray[np.int64]:
        """Return the rows that FAISS can propose, sorted; a row that it holds twice, twice."""
        faiss = _faiss()
        if self.parameters.kind == "exact":
            return np.sort(faiss.vector_to_array(self._index.id_map))
        lists = self._index.invlists
        parts = [
            faiss.rev_swig_ptr(lists.get_ids(number), size).copy()
            for number in range(lists.nlist)
            if (size := lists.list_size(number))
        ]
        return np.sort(np.concatenate([np.empty(0, np.int64), *parts]))

    def search(
        self,
        query: NDArray[np.float32],
        depth: int,
        *,
        rows: NDArray[np.int64] | None = None,
    ) -> list[Candidate]:
        """Return the passages nearest to the query with their exact cosines, in no order.

        More than `depth` are returned where several are about equally far, so that the caller can
        choose among them in its own order. `rows` keeps only passages of these.
        """
        available = len(self.rows) if rows is None else len(rows)
        if available <= depth or (rows is not None and available <= SCORED_DIRECTLY):
            return self._rescored(query, self.rows if rows is None else rows)
        limit = min(available, depth + RESCORING_MARGIN)
        while True:
            found, cosines = self._nearest(query, limit, rows)
            if limit >= available or cosines[-1] < cosines[depth - 1] - FAISS_NOISE:
                return self._rescored(query, found)
            limit = min(available, limit * 4)

    def _rescored(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> list[Candidate]:
        vectors = self.passages[self.positions(rows)]
        # A passage of which nothing is searched stands at the origin, and is no candidate.
        searched = vectors.any(axis=1)
        cosines = _cosines(vectors[searched], query)
        return list(map(Candidate, rows[searched].tolist(), cosines.tolist()))

    def scores(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the scores of the passages, 0 to 1: the mean cosine of passage and best window."""
        positions = self.positions(rows)
        passages = _cosines(self.passages[positions], query)
        windows, starts = self._window_cosines(query, positions)
        best = passages.copy()
        has_windows = self.window_starts[positions + 1] > self.window_starts[positions]
        if has_windows.any():
            best[has_windows] = np.maximum.reduceat(windows, starts[has_windows])
        return np.clip((passages.astype(np.float64) + best) / 2, 0.0, 1.0)

    def passage_vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of the passages, shape (len(rows), dimension)."""
        vectors: NDArray[np.float32] = self.passages[self.positions(rows)].astype(np.float32)
        return vectors

    def window_scores(
        self, query: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> list[NDArray[np.float32]]:
        """Return the cosine of every window of each of the passages."""
        windows, starts = self._window_cosines(query, self.positions(rows))
        return np.split(windows, starts[1:]) if len(rows) else []

    def _window_cosines(
        self, query: NDArray[np.float32], positions: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the cosines of all windows of some passages, and where those of each begin."""
        first = self.window_starts[positions]
        counts = self.window_starts[positions + 1] - first
        starts = np.cumsum(counts) - counts
        which = np.arange(counts.sum()) + np.repeat(first - starts, counts)
        return _cosines(self.windows[which], query) * self.window_scales[which], starts

    def _nearest(
        self, query: NDArray[np.float32], limit: int, rows: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        faiss = _faiss()
        # FAISS's threads fight with torch's; one is enough for one query.
        faiss.omp_set_num_threads(1)
        selector = faiss.IDSelectorBatch(rows) if rows is not None else None
        probes = self.parameters.probes
        while True:
            cosines, found = self._index.search(
                query[None, :], limit, params=self._search_parameters(selector, probes)
            )
            real = found[0] >= 0
            if real.all() or probes >= self.parameters.lists:
                return found[0][real], cosines[0][real]
            # A filter may keep only passages of lists that were not visited.
            probes = min(self.parameters.lists, probes * 4)

    def _search_parameters(self, selector: Any, probes: int) -> Any:
        faiss = _faiss()
        if self.parameters.kind == "exact":
            return faiss.SearchParameters(sel=selector)
        return faiss.SearchParametersIVF(sel=selector, nprobe=probes)


def _cosines(vectors: NDArray[Any], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the dot products, each summed in the same order wherever its row stands.

    A matrix product rounds by the shape of its operands, and equal passages would differ.
    """
    products: NDArray[np.float32] = np.einsum("ij,j->i", vectors.astype(np.float32), query)
    return products


def _mapped(path: Path) -> NDArray[Any]:
    """Return the array in the file, read as it is needed; a plain array is faster than a memmap."""
    return np.asarray(np.load(path, mmap_mode="r"))


def _faiss() -> Any:
    import faiss  # takes 0.7 s; an index without vectors never needs it

    return faiss


@contextmanager
def _named_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise IndexDamaged(f"{error.filename} is missing; run reindex.py --full") from error
    except OSError as error:
        raise StorageError(f"{directory}: {error}") from error
    except (RuntimeError, ValueError, AssertionError, EOFError) as error:
        raise IndexDamaged(
            f"{directory}: the vector index cannot be read ({error}); run reindex.py --full"
        ) from error
