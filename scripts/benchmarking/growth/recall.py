"""How many of the nearest passages the vector index finds, compared with an exact search."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.index.snapshot import Snapshot, Vector

__all__ = ["recall_at_10"]

NEAREST = 10
# Candidates that a search takes.
DEPTH = 200
# Vectors that are compared at once.
CHUNK = 20_000
# Sums in another order differ by less than this.
ROUNDING = 1e-5


def recall_at_10(snapshot: Snapshot, queries: Sequence[Vector]) -> float:
    """Return the mean share of the ten nearest passages that the index finds.

    Equally near passages count the same.
    """
    tenth = _tenth_best(snapshot, np.array(queries))
    found = []
    for query, least in zip(queries, tenth, strict=True):
        near = np.count_nonzero(snapshot.search_vectors(query, DEPTH).scores >= least - ROUNDING)
        found.append(min(1.0, near / min(NEAREST, len(snapshot.rows))))
    return float(np.mean(found))


def _tenth_best(snapshot: Snapshot, queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine of the tenth nearest passage, or of the last one, for each query."""
    best = np.empty((len(queries), 0), np.float32)
    for start in range(0, len(snapshot.rows), CHUNK):
        some = snapshot.passage_vectors(snapshot.rows[start : start + CHUNK])
        best = np.concatenate([best, queries @ some.T], axis=1)
        best = -np.sort(-best, axis=1)[:, :NEAREST]
    return best[:, -1]
