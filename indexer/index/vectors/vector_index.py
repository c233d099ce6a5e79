"""The vector index: FAISS over passage vectors, and the stored vectors for exact scores.

Writer and reader are neighbours. FAISS proposes passages. The score of a candidate always comes
from the stored vectors, row by row, so it does not depend on the rest of the index:

    score = (cosine with the passage + cosine with its best window) / 2, clipped to 0..1

A passage that has no embedding yet is pending: it is never proposed and has no score.

Files: passages.faiss, the index of FAISS, and a folder for each segment of the stored vectors.
FAISS compares vectors exactly up to EXACT_PASSAGES. Above that it compares codes of two bits per
dimension, laid out so that a processor compares 32 at once (https://arxiv.org/abs/1704.07355). Up
to SCANNED_PASSAGES it compares all codes; above that, only the nearest lists of an inverted file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.documents import ScoredRows
from indexer.errors import IndexDamaged, StorageError
from indexer.index.vectors.segments import StoredVectors, write_segments

__all__ = [
    "VectorIndex",
    "VectorParameters",
    "write_vector_index",
]

# Up to here an exact search takes about 1 ms.
EXACT_PASSAGES = 10_000
# Up to here comparing all codes takes about 3 ms and finds the same as comparing all vectors.
SCANNED_PASSAGES = 500_000
# Lists of the inverted file: 4 sqrt(n), each trained on 40 vectors.
LISTS_PER_ROOT = 4
TRAINING_VECTORS_PER_LIST = 40
# Training the codes needs no more vectors than this, whatever the number of lists.
TRAINING_VECTORS = 20_000
TRAINING_ROUNDS = 8
# The share of the lists that a search visits. With 2,800 lists or more, recall@10 stays above 0.98
# on embeddings of the default model.
PROBED_SHARE = 1 / 4
# If a filter keeps no more passages than this, all are scored. FAISS would search among all the
# others too.
SCORED_DIRECTLY = 1_000
# Candidates taken beyond the depth, because codes give only nearly the right order.
RESCORING_MARGIN = 32
RESCORED_SHARE = 2.5
# The order of summation in an exact search depends on the position in the index, so scores that are
# closer than this count as ties.
FAISS_NOISE = 1e-4
ADD_BATCH = 50_000
CODES_PER_BLOCK = 32
FAISS_NAME = "passages.faiss"


class VectorParameters(NamedTuple):
    """How the FAISS index was made, as recorded in the manifest.

    `passages` is the number of passages that are not pending.
    """

    kind: str  # "exact" or "codes"
    passages: int
    lists: int = 0
    probes: int = 0
    trained_passages: int = 0


def write_vector_index(
    directory: Path,
    rows: NDArray[np.int64],
    dimension: int,
    embeddings: Iterator[bytes | None],
    previous: "VectorIndex | None",
) -> VectorParameters:
    """Write the index of the given rows, which ascend.

    Rows that have vectors in `previous` keep them. `embeddings` yields those of all other rows, in
    order, including rows that were pending there. None makes a row pending.
    """
    with _named_errors(directory):
        stored_before = previous.stored if previous is not None else None
        write_segments(directory, rows, dimension, embeddings, stored_before)
        stored = StoredVectors(directory, rows, dimension)
        index, parameters = _build_faiss(stored, previous)
        try:
            _faiss().write_index(index, str(directory / FAISS_NAME))
        except RuntimeError as error:
            raise StorageError(
                f"{directory}: {error}; nothing that was published is lost"
            ) from error
        return parameters


def _build_faiss(
    stored: StoredVectors, previous: "VectorIndex | None"
) -> tuple[Any, VectorParameters]:
    """Return the index over the rows that have vectors."""
    faiss = _faiss()
    held = stored.held
    count = len(held)
    if count <= EXACT_PASSAGES:
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(stored.dimension))
        _add(index, stored, held)
        return index, VectorParameters("exact", count)
    trained = previous.parameters.trained_passages if previous is not None else 0
    if previous is not None and trained and count / 2 <= trained <= count * 2:
        index = faiss.read_index(str(previous.directory / FAISS_NAME))
        before = previous.stored.held
        _remove(index, stored, np.setdiff1d(before, held, assume_unique=True))
        _add(index, stored, np.setdiff1d(held, before, assume_unique=True))
        return index, previous.parameters._replace(passages=count)
    lists = int(LISTS_PER_ROOT * np.sqrt(count)) if count > SCANNED_PASSAGES else 1
    index = _trained(stored, lists)
    _add(index, stored, held)
    probes = max(1, int(lists * PROBED_SHARE))
    return index, VectorParameters("codes", count, lists, probes, count)


def _trained(stored: StoredVectors, lists: int) -> Any:
    """Return an empty inverted file, trained on passages taken evenly from all."""
    faiss = _faiss()
    # Each pair of dimensions has a code of 4 bits. If their number is odd, each has one of 8 bits.
    code = "SQ8" if stored.dimension % 2 else f"PQ{stored.dimension // 2}x4fs"
    index = faiss.index_factory(stored.dimension, f"IVF{lists},{code}", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = TRAINING_ROUNDS
    if lists == 1:
        # The work is too little to be worth sharing between threads.
        faiss.omp_set_num_threads(1)
    wanted = max(TRAINING_VECTORS, lists * TRAINING_VECTORS_PER_LIST)
    index.train(_vectors(stored, stored.held[:: max(1, len(stored.held) // wanted)]))
    return index


def _add(index: Any, stored: StoredVectors, rows: NDArray[np.int64]) -> None:
    for start in range(0, len(rows), ADD_BATCH):
        some = rows[start : start + ADD_BATCH]
        index.add_with_ids(_vectors(stored, some), some)
        stored.release()


def _remove(index: Any, stored: StoredVectors, gone: NDArray[np.int64]) -> None:
    """Remove rows from an inverted file.

    FAISS keeps codes in blocks of 32. It does not clear the unused rest of a list's last block, and
    mixes it into codes that are added there. So last blocks are emptied and filled again.
    """
    if not len(gone):
        return
    faiss, lists = _faiss(), index.invlists
    sizes = [lists.list_size(number) for number in range(lists.nlist)]
    index.remove_ids(faiss.IDSelectorBatch(gone))
    in_last_blocks = [
        _ids(lists, number)[-rest:]
        for number, size in enumerate(sizes)
        if lists.list_size(number) != size and (rest := lists.list_size(number) % CODES_PER_BLOCK)
    ]
    again = np.concatenate([np.empty(0, np.int64), *in_last_blocks])
    index.remove_ids(faiss.IDSelectorBatch(again))
    _add(index, stored, again)


def _ids(lists: Any, number: int) -> NDArray[np.int64]:
    """Return the rows in a list of an inverted file, in its order."""
    size = lists.list_size(number)
    ids = _faiss().rev_swig_ptr(lists.get_ids(number), size).copy() if size else []
    return np.array(ids, np.int64)


def _vectors(stored: StoredVectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    return stored.passages(stored.numbers(rows)).astype(np.float32)


class VectorIndex:
    """Reads one vector index. Safe to share between threads: no search changes it.

    `rows` are all rows of the generation, `pending` are those without a vector, and `held` are the
    others. Each ascends.
    """

    def __init__(
        self,
        directory: Path,
        rows: NDArray[np.int64],
        parameters: VectorParameters,
        dimension: int,
    ) -> None:
        self.directory = directory
        self.parameters = parameters
        self.dimension = dimension
        with _named_errors(directory):
            self.stored = StoredVectors(directory, rows, dimension)
            self._index = _faiss().read_index(str(directory / FAISS_NAME))
        self.held = self.stored.held
        self.pending = self.stored.pending
        self._require_fit()

    @property
    def rows(self) -> NDArray[np.int64]:
        return self.stored.rows

    def _require_fit(self) -> None:
        """Raise IndexDamaged if the files do not belong to the same index."""
        held = self.parameters.passages
        known = len(self.held) + len(self.pending)
        found = (known, len(self.held), self._index.ntotal, self._index.d)
        expected = (len(self.rows), held, held, self.dimension)
        if found != expected:
            raise IndexDamaged.with_remedy(
                f"{self.directory}: the files do not match each other: {found}, expected {expected}"
            )

    def has_vectors(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return for each of the rows whether it has a vector here."""
        return self.stored.numbers(rows) >= 0

    def proposable(self) -> NDArray[np.int64]:
        """Return the rows that FAISS can propose, sorted. A duplicate row appears twice."""
        faiss = _faiss()
        if self.parameters.kind == "exact":
            return np.sort(faiss.vector_to_array(self._index.id_map))
        lists = self._index.invlists
        return np.sort(np.concatenate([_ids(lists, number) for number in range(lists.nlist)]))

    def search(
        self,
        query: NDArray[np.float32],
        depth: int,
        *,
        rows: NDArray[np.int64] | None = None,
    ) -> ScoredRows:
        """Return the passages nearest to the query with their exact cosines, unordered.

        More than `depth` are returned if several are about equally near, so that the caller can
        break the tie. `rows`, if given, restricts the search to these passages.
        """
        if rows is not None and len(self.pending):
            rows = rows[self.has_vectors(rows)]
        available = len(self.held) if rows is None else len(rows)
        if available <= depth or (rows is not None and available <= SCORED_DIRECTLY):
            return self._rescored(query, self.held if rows is None else rows)
        reach = depth if self.parameters.kind == "exact" else int(RESCORED_SHARE * depth)
        limit = min(available, reach + RESCORING_MARGIN)
        while True:
            found, cosines = self._nearest(query, limit, rows)
            if limit >= available or cosines[-1] < cosines[depth - 1] - FAISS_NOISE:
                return self._rescored(query, found)
            limit = min(available, limit * 4)

    def _rescored(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> ScoredRows:
        vectors = self.stored.passages(self.stored.numbers(rows))
        # A passage without text that the model can read has a zero vector and is not a candidate.
        searched = vectors.any(axis=1)
        cosines = _cosines(vectors[searched], query)
        return ScoredRows(rows[searched], cosines.astype(np.float64))

    def scores(
        self,
        query: NDArray[np.float32],
        rows: NDArray[np.int64],
        vectors: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float64]:
        """Return the scores of the passages, 0 to 1: the mean cosine of passage and best window.

        The score is NaN for a passage that is pending, and for one without text that the model can
        read. `vectors` are the vectors of the passages, if the caller has them already.
        """
        numbers = self.stored.numbers(rows)
        given = self.stored.passages(numbers) if vectors is None else vectors
        passages = _cosines(given, query)
        windows, counts = self._window_cosines(query, numbers)
        starts = np.cumsum(counts) - counts
        best = passages.copy()
        has_windows = counts > 0
        if has_windows.any():
            best[has_windows] = np.maximum.reduceat(windows, starts[has_windows])
        scores = np.clip((passages.astype(np.float64) + best) / 2, 0.0, 1.0)
        return np.where(given.any(axis=1), scores, np.nan)

    def passage_vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of the passages, shape (len(rows), dimension), zeros if pending."""
        return _vectors(self.stored, rows)

    def window_scores(
        self, query: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> list[NDArray[np.float32]]:
        """Return the cosine of every window of each of the passages."""
        windows, counts = self._window_cosines(query, self.stored.numbers(rows))
        return np.split(windows, np.cumsum(counts)[:-1]) if len(rows) else []

    def _window_cosines(
        self, query: NDArray[np.float32], numbers: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the cosines of all windows of some passages, and how many each has."""
        windows, scales = self.stored.windows(numbers)
        return _cosines(windows, query) * scales, self.stored.window_counts(numbers)

    def _nearest(
        self, query: NDArray[np.float32], limit: int, rows: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        faiss = _faiss()
        # FAISS's threads compete with torch's, and one is enough for one query.
        faiss.omp_set_num_threads(1)
        # The selector refers to the bits without keeping them alive.
        bits = None if rows is None else _bits(rows)
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)
        probes = self.parameters.probes
        while True:
            cosines, found = self._index.search(
                query[None, :], limit, params=self._search_parameters(selector, probes)
            )
            real = found[0] >= 0
            if real.all() or probes >= self.parameters.lists:
                return found[0][real], cosines[0][real]
            # Perhaps all passages that the filter keeps are in lists that were not visited.
            probes = min(self.parameters.lists, probes * 4)

    def _search_parameters(self, selector: Any, probes: int) -> Any:
        faiss = _faiss()
        if self.parameters.kind == "exact":
            return faiss.SearchParameters(sel=selector)
        return faiss.SearchParametersIVF(sel=selector, nprobe=probes)


def _cosines(vectors: NDArray[Any], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the dot products, each summed in the same order at any position.

    The rounding of a matrix product depends on the shape of its operands, so equal passages would
    get different scores.
    """
    products: NDArray[np.float32] = np.einsum(
        "ij,j->i", vectors.astype(np.float32, copy=False), query
    )
    return products


def _bits(rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return a bit for every row up to the last one, set for the given rows."""
    flags = np.zeros(int(rows.max(initial=-1)) + 1, np.bool_)
    flags[rows] = True
    return np.packbits(flags, bitorder="little")


def _faiss() -> Any:
    import faiss  # takes 0.7 s; an index without vectors never needs it

    return faiss


@contextmanager
def _named_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise IndexDamaged.missing(error.filename) from error
    except OSError as error:
        raise StorageError(f"{directory}: {error}") from error
    except (RuntimeError, ValueError, AssertionError, EOFError) as error:
        raise IndexDamaged.with_remedy(
            f"{directory}: the vector index cannot be read ({error})"
        ) from error
