"""The read side: one published generation with all its parts open."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.errors import IndexDamaged, SpanlightError, is_failure
from indexer.index.analyzer import Analyzer
from indexer.index.catalog import Catalog
from indexer.index.generation import IndexFolder, PublishedGeneration, require_same_rows
from indexer.index.lexical import LexicalIndex
from indexer.index.manifest import Manifest
from indexer.index.store import PassageStore
from indexer.index.vectors import VectorIndex

__all__ = ["OpenGeneration", "open_generation"]


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """What a search needs. Nothing in it changes; threads share it.

    `rows` are all rows of the generation, ascending, int64 of shape (n,); `signatures` are theirs,
    uint8 of shape (n, SIGNATURE_BYTES). `vectors` is None in a lexical-only index.
    """

    manifest: Manifest
    analyzer: Analyzer
    store: PassageStore
    catalog: Catalog
    rows: NDArray[np.int64]
    signatures: NDArray[np.uint8]
    lexical: LexicalIndex
    vectors: VectorIndex | None

    @property
    def folder(self) -> Path:
        """The folder that was indexed."""
        return Path(self.manifest.folder)

    def signatures_of(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Return the signatures of the passages, in the order of the rows."""
        return self.signatures[np.searchsorted(self.rows, np.array(rows, np.int64))]

    def close(self) -> None:
        self.store.close()


def open_generation(index: IndexFolder, generation: PublishedGeneration) -> OpenGeneration:
    """Check every file of the generation whole, then open it.

    Raises IndexDamaged, StorageError or FormatVersionMismatch, naming the file.
    """
    store = PassageStore(index.store)
    try:
        with _named_errors(generation):
            return _open(index, generation, store)
    except BaseException:
        store.close()
        raise


def _open(
    index: IndexFolder, generation: PublishedGeneration, store: PassageStore
) -> OpenGeneration:
    generation.verify()
    manifest, folder = generation.manifest, generation.folder
    analyzer = Analyzer(manifest.config.language)
    catalog = store.catalog(manifest.number)
    rows: NDArray[np.int64] = np.load(folder.rows)
    require_same_rows(index, generation, catalog)
    vectors = None
    if manifest.vectors is not None:
        vectors = VectorIndex(folder.vectors, rows, manifest.vectors, manifest.dimension)
    return OpenGeneration(
        manifest=manifest,
        analyzer=analyzer,
        store=store,
        catalog=catalog,
        rows=rows,
        signatures=np.load(folder.signatures, mmap_mode="r"),
        lexical=LexicalIndex(folder.lexical, analyzer),
        vectors=vectors,
    )


@contextmanager
def _named_errors(generation: PublishedGeneration) -> Iterator[None]:
    """Let whatever goes wrong inside be an error that names the generation and the way out.

    The checksums fit, so that a bug has written such a file, or something has replaced it since.
    """
    try:
        yield
    except SpanlightError:
        raise
    except BaseException as error:
        if not is_failure(error):
            raise
        raise IndexDamaged(
            f"{generation.folder.path} cannot be opened ({error}); run reindex.py --full"
        ) from error
