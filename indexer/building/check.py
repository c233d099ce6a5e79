"""Check that the parts of an index agree: manifest, store, rows, signatures, words and vectors.

Nothing is written and no model is needed. A part is opened only if the checksums of its files are
right, because an engine may crash the process otherwise.
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.building.document_check import document_problem
from indexer.building.report import Progress
from indexer.errors import IndexUnusable, StorageError
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.folder import IndexFolder
from indexer.index.generation import PublishedGeneration, checksum
from indexer.index.lexical.reader import LexicalIndex
from indexer.index.manifest import MANIFEST_NAME
from indexer.index.near_duplicates import SIGNATURE_BYTES
from indexer.index.records import StoredDocument, StoredPassage
from indexer.index.store.reader import PassageStore
from indexer.index.vectors.encoding import decode_embedding
from indexer.index.vectors.vector_index import VectorIndex

__all__ = ["check_index"]

Rows = NDArray[np.int64]

# The number of wrong rows that a problem names.
EXAMPLES = 5
EMBEDDINGS_PER_READ = 1_000


def check_index(
    index: IndexFolder, *, progress: Progress = lambda stage, done, total: None
) -> list[str]:
    """Return the problems of the current generation, none if the index is sound.

    Raises IndexNotFound, IndexDamaged or FormatVersionMismatch if there is nothing to check.
    """
    while True:
        generation = index.current()
        problems = list(_problems(index, generation, progress))
        # A build may have pruned the generation during the check.
        if not problems or index.current_id() == generation.folder.id:
            return problems


def _problems(
    index: IndexFolder, generation: PublishedGeneration, progress: Progress
) -> Iterator[str]:
    yield from _manifest_problems(generation)
    damaged: set[str] = set()
    for name, problem in _file_problems(generation, progress):
        damaged.add(name.partition("/")[0])
        yield problem
    try:
        store = PassageStore.open(index.store, generation.manifest.generation)
    except IndexUnusable as error:
        yield str(error)
        return
    try:
        yield from (f"{index.store}: {problem}" for problem in store.integrity_check())
        documents = store.documents(generation.manifest.number)
        yield from _count_problems(generation, documents)
        content = _StoredContent(documents)
        yield from content.read(store, progress)
        for part, problems in _PARTS.items():
            if part not in damaged:
                yield from _of_part(part, problems(generation, store, content))
    except IndexUnusable as error:
        yield str(error)
    finally:
        store.close()


def _manifest_problems(generation: PublishedGeneration) -> Iterator[str]:
    folder, manifest = generation.folder, generation.manifest
    path = folder.path / MANIFEST_NAME
    try:
        if path.read_bytes() != manifest.to_json().encode():
            yield f"{path} has changed since it was written, although its values are the same"
    except OSError as error:
        yield f"{path} cannot be read ({error})"
    says = f"{path} says"
    signs_of_a_model = {
        manifest.config.has_model,
        manifest.model_identity is not None,
        manifest.dimension > 0,
        manifest.vectors is not None,
    }
    if len(signs_of_a_model) > 1:
        yield (
            f"{says} model {manifest.config.model}, but identity {manifest.model_identity}, "
            f"dimension {manifest.dimension} and vectors {manifest.vectors}"
        )


def _file_problems(
    generation: PublishedGeneration, progress: Progress
) -> Iterator[tuple[str, str]]:
    """Yield the name of each file that differs from the published one, and the problem."""
    folder, files = generation.folder, generation.manifest.files
    for done, (name, expected) in enumerate(files.items(), start=1):
        path = folder.path / name
        try:
            found = checksum(path) if path.is_file() else None
        except StorageError as error:
            yield name, str(error)
        else:
            if found is None:
                yield name, f"{path} is missing"
            elif found != expected:
                yield (
                    name,
                    f"{path} has changed since it was written: {found.size:,} bytes instead of "
                    f"{expected.size:,}, sha256 {found.sha256[:12]} instead of "
                    f"{expected.sha256[:12]}",
                )
        progress("checking files", done, len(files))
    for name in sorted(set(folder.files()) - set(files)):
        yield name, f"{folder.path / name} is not part of the generation"


def _count_problems(
    generation: PublishedGeneration, documents: Sequence[StoredDocument]
) -> Iterator[str]:
    manifest = generation.manifest
    if len(documents) != manifest.documents:
        yield f"the manifest counts {manifest.documents} documents, the store {len(documents)}"
    passages = sum(stored.passages for stored in documents)
    if passages != manifest.passages:
        yield f"the manifest counts {manifest.passages} passages, the store {passages}"
    for before, after in pairwise(documents):
        if before.path == after.path:
            yield (
                f"the store contains {after.path!r} twice, as documents {before.document} and "
                f"{after.document}"
            )


class _StoredContent:
    """The passages of a generation in the store, to compare the other parts with.

    `live` are the rows of all passages, sorted. All other values are of the passages that can be
    read, in the order of `rows`.
    """

    def __init__(self, documents: Sequence[StoredDocument]) -> None:
        self._documents = sorted(documents, key=lambda stored: stored.first_row)
        ranges = [range(each.first_row, each.end_row) for each in self._documents]
        self.live: Rows = np.array([row for rows in ranges for row in rows], np.int64)
        self._rows = array("q")
        self._window_counts = array("q")
        self._signatures = bytearray()
        self.keys: list[bytes | None] = []

    @property
    def places(self) -> Rows:
        """The positions of the readable passages among the live ones."""
        return np.searchsorted(self.live, self.rows)

    @property
    def rows(self) -> Rows:
        return np.frombuffer(self._rows, np.int64)

    @property
    def window_counts(self) -> Rows:
        return np.frombuffer(self._window_counts, np.int64)

    @property
    def signatures(self) -> NDArray[np.uint8]:
        return np.frombuffer(self._signatures, np.uint8).reshape(-1, SIGNATURE_BYTES)

    def read(self, store: PassageStore, progress: Progress) -> Iterator[str]:
        """Read all documents, and yield at most one problem of each."""
        for done, stored in enumerate(self._documents, start=1):
            try:
                passages = list(store.passages_of(stored))
            except IndexUnusable as error:
                yield f"document {stored.path!r}: {error}"
            else:
                self._add(passages)
                problem = document_problem(stored, passages, store)
                if problem:
                    yield f"document {stored.path!r}: {problem}"
            progress("checking documents", done, len(self._documents))

    def _add(self, passages: Sequence[StoredPassage]) -> None:
        self._rows.extend(passage.row for passage in passages)
        self._window_counts.extend(len(passage.windows) for passage in passages)
        self._signatures += b"".join(passage.signature for passage in passages)
        self.keys += [passage.embedding for passage in passages]


def _rows_problems(
    generation: PublishedGeneration, _: PassageStore, content: _StoredContent
) -> Iterator[str]:
    found = np.load(generation.folder.rows)
    yield from _row_problems("rows.npy", found, content.live)


def _signatures_problems(
    generation: PublishedGeneration, _: PassageStore, content: _StoredContent
) -> Iterator[str]:
    found = np.load(generation.folder.signatures, mmap_mode="r")
    if found.shape != (len(content.live), SIGNATURE_BYTES):
        yield f"signatures.npy has the shape {found.shape} for {len(content.live)} passages"
        return
    different = (found[content.places] != content.signatures).any(axis=1)
    yield from _wrong_rows("signatures.npy differs from the store in", content.rows[different])


def _lexical_problems(
    generation: PublishedGeneration, _: PassageStore, content: _StoredContent
) -> Iterator[str]:
    analyzer = Analyzer(generation.manifest.config.language)
    lexical = LexicalIndex(generation.folder.lexical, analyzer)
    found = np.sort(np.array(lexical.rows(), np.int64))
    yield from _row_problems("the lexical index", found, content.live)


def _vector_problems(
    generation: PublishedGeneration, store: PassageStore, content: _StoredContent
) -> Iterator[str]:
    manifest = generation.manifest
    if manifest.vectors is None:
        return
    vectors = VectorIndex(
        generation.folder.vectors, content.live, manifest.vectors, manifest.dimension
    )
    yield from _row_problems("the FAISS index", vectors.proposable(), vectors.held)
    rows = content.rows
    held = vectors.has_vectors(rows)
    counts = vectors.stored.window_counts(vectors.stored.numbers(rows))
    other_count = held & (counts != content.window_counts)
    yield from _wrong_rows(
        "the vector index and the store have different numbers of windows in", rows[other_count]
    )
    missing = np.zeros(len(rows), np.bool_)
    unlike = np.zeros(len(rows), np.bool_)
    for start in range(0, len(rows), EMBEDDINGS_PER_READ):
        keys = content.keys[start : start + EMBEDDINGS_PER_READ]
        embeddings = store.embeddings([key for key in keys if key is not None])
        for number, key in enumerate(keys, start=start):
            # A passage without text of its own has a zero vector.
            encoded = bytes(2 * vectors.dimension) if key is None else embeddings.get(key)
            missing[number] = held[number] and encoded is None
            unlike[number] = (
                held[number]
                and encoded is not None
                and not _has_these_vectors(vectors, int(rows[number]), encoded)
            )
    yield from _wrong_rows("the store has no embedding for", rows[missing])
    yield from _wrong_rows(
        "the vector index and the store have different vectors in", rows[unlike & ~other_count]
    )


def _has_these_vectors(vectors: VectorIndex, row: int, encoded: bytes) -> bool:
    """Return whether the vector index has exactly these vectors for the passage."""
    expected, found = decode_embedding(encoded, vectors.dimension), vectors.stored.embedding(row)
    return found is not None and (
        np.array_equal(expected.passage, found.passage)
        and np.array_equal(expected.windows, found.windows)
        and np.array_equal(expected.scales, found.scales)
    )


_PARTS = {
    "rows.npy": _rows_problems,
    "signatures.npy": _signatures_problems,
    "lexical": _lexical_problems,
    "vectors": _vector_problems,
}


def _of_part(part: str, problems: Iterator[str]) -> Iterator[str]:
    """Yield the problems of a part. Failing to open it is one of them."""
    try:
        yield from problems
    except (IndexUnusable, OSError, ValueError) as error:
        yield f"{part}: {error}"


def _row_problems(part: str, found: Rows, live: Rows) -> Iterator[str]:
    """Yield the differences between the rows of a part and the live ones, which ascend."""
    if np.array_equal(found, live):
        return
    differences = [
        ("lacks", np.setdiff1d(live, found)),
        ("has, but the store lacks,", np.setdiff1d(found, live)),
        ("has more than once", np.unique(found[1:][found[1:] == found[:-1]])),
    ]
    for verb, rows in differences:
        yield from _wrong_rows(f"{part} {verb}", rows)
    if not any(len(rows) for _, rows in differences):
        yield f"{part} is not in order"


def _wrong_rows(what: str, rows: Rows) -> Iterator[str]:
    """Yield one sentence about the rows, if there are any."""
    if not len(rows):
        return
    some = ", ".join(map(str, rows[:EXAMPLES].tolist()))
    if len(rows) > EXAMPLES:
        yield f"{what} {len(rows):,} rows: {some}, ..."
    else:
        yield f"{what} row{'s' if len(rows) > 1 else ''} {some}"
