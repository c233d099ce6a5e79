"""Write the files of one generation: boilerplate, lexical index, rows, signatures, vectors.

A first build indexes each passage as it arrives. A later build starts from the current generation.
If no passage is removed, tantivy's immutable files are linked and new passages are added. If any
is, the lexical index is written again from the store, so that BM25's statistics are those of a
fresh build. Passages without vectors are pending: a later generation will have their vectors.
"""

import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from indexer.documents import SkippedFile
from indexer.errors import IndexDamaged
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.folder import IndexFolder
from indexer.index.generation import GenerationFolder, PublishedGeneration, checksums
from indexer.index.lexical.entries import LexicalEntry, document_entries
from indexer.index.lexical.reader import LexicalIndex
from indexer.index.lexical.writer import LexicalIndexWriter
from indexer.index.manifest import Manifest
from indexer.index.near_duplicates import SIGNATURE_BYTES
from indexer.index.records import StoredDocument, StoredPassage
from indexer.index.store.skipped import read_skipped, write_skipped
from indexer.index.store.writer import StoreWriter
from indexer.index.vectors.vector_index import VectorIndex, write_vector_index
from indexer.splitting.boilerplate import Boilerplate

__all__ = ["BuildTarget", "GenerationWriter", "Timed"]

# Up to here the lexical index is written again when passages were removed, which takes seconds.
# Above that, removed passages may amount to a tenth of the live ones in BM25's statistics.
REWRITTEN_PASSAGES = 100_000
DEAD_SHARE = 0.1
EMBEDDINGS_PER_READ = 1_000

Timed = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class BuildTarget:
    """The index that a build writes, with its store and its analysis of words."""

    index: IndexFolder
    store: StoreWriter
    analyzer: Analyzer


class GenerationWriter:
    """Collects the passages of a build and writes them as a generation."""

    def __init__(
        self, target: BuildTarget, number: int, current: PublishedGeneration | None
    ) -> None:
        self.number = number
        self.folder: GenerationFolder = target.index.begin(number)
        self.current = current
        self.skipped: Sequence[SkippedFile] | None = None
        """The files that are not in the generation; None for those of the current one."""
        self._index = target.index
        self._store = target.store
        self._analyzer = target.analyzer
        self._documents: list[StoredDocument] = []
        # Data of each new passage that is needed at the end, 136 bytes each.
        self._rows = array("q")
        self._signatures = bytearray()
        self._fresh: LexicalIndexWriter | None = None
        if current is None:
            self._fresh = LexicalIndexWriter(self.folder.lexical, target.analyzer)

    def add_document(
        self,
        stored: StoredDocument,
        passages: Sequence[StoredPassage],
        entries: Sequence[LexicalEntry],
    ) -> None:
        """Add a document that was just stored, with the lexical entry of each passage."""
        self._documents.append(stored)
        self._rows.extend(range(stored.first_row, stored.end_row))
        self._signatures += b"".join([passage.signature for passage in passages])
        if self._fresh is not None:
            for row, entry in enumerate(entries, start=stored.first_row):
                self._fresh.add_passage(row, stored.document, entry)

    def without_vectors(self, gone: Sequence[StoredDocument]) -> NDArray[np.int64]:
        """Return the rows, ascending, that have no vectors in the current generation."""
        new = np.frombuffer(self._rows, np.int64)
        if self.current is None or not self.current.manifest.pending:
            return new
        assert self._previous_vectors is not None
        kept = np.intersect1d(self._previous_vectors.pending, self._kept_rows(gone))
        return np.concatenate([kept, new])

    def abandon(self) -> None:
        self._index.abandon(self.folder)

    def finish(
        self,
        gone: Sequence[StoredDocument],
        boilerplate: Boilerplate,
        description: Manifest,
        timed: Timed,
        *,
        words_alone: bool = False,
    ) -> Manifest:
        """Write all files and return the manifest that describes them, which is not written yet.

        With `words_alone`, all passages are pending, even those that have nothing to embed.
        """
        self._write_skipped()
        self.folder.boilerplate.write_text(boilerplate.to_json(), "utf-8")
        kept = self._kept_rows(gone)
        rows = np.concatenate([kept, np.frombuffer(self._rows, np.int64)])
        with timed("lexical index"):
            dead = self._write_lexical(gone, len(rows))
        with timed("vectors"):
            np.save(self.folder.rows, rows)
            np.save(self.folder.signatures, self._all_signatures(kept))
            vectors = None
            if description.dimension:
                previous = self._previous_vectors
                unknown = rows if previous is None else rows[~previous.has_vectors(rows)]
                vectors = write_vector_index(
                    self.folder.vectors,
                    rows,
                    description.dimension,
                    self._embeddings(unknown, description.dimension)
                    if not words_alone
                    else repeat(None),
                    previous,
                )
        self._verify(len(rows))
        documents = self.current.manifest.documents if self.current else 0
        with timed("checksums"):
            files = checksums(self.folder, self.current)
        return replace(
            description,
            generation=self.folder.id,
            number=self.number,
            documents=documents - len(gone) + len(self._documents),
            passages=len(rows),
            dead_passages=dead,
            vectors=vectors,
            files=files,
        )

    def _write_skipped(self) -> None:
        skipped = self.skipped
        if skipped is None:
            skipped = read_skipped(self.current.folder.skipped) if self.current else []
        write_skipped(self.folder.skipped, skipped)

    def _kept_rows(self, gone: Sequence[StoredDocument]) -> NDArray[np.int64]:
        rows = self._current_rows
        keep = np.ones(len(rows), np.bool_)
        for stored in gone:
            first, end = np.searchsorted(rows, [stored.first_row, stored.end_row])
            keep[first:end] = False
        return rows[keep]

    def _write_lexical(self, gone: Sequence[StoredDocument], passages: int) -> int:
        """Write the lexical index; return the number of removed passages in its statistics."""
        if self._fresh is not None:
            self._fresh.commit()
            return 0
        assert self.current is not None
        if not gone and not self._documents:
            self._link_lexical(self.current.folder)
            return self.current.manifest.dead_passages
        dead = self.current.manifest.dead_passages + sum(stored.passages for stored in gone)
        few_dead = passages > REWRITTEN_PASSAGES and dead <= DEAD_SHARE * passages
        if dead and not few_dead:
            writer = LexicalIndexWriter(self.folder.lexical, self._analyzer)
            self._index_stored(writer, self._store.documents(self.number))
            dead = 0
        else:
            self._link_lexical(self.current.folder)
            writer = LexicalIndexWriter(self.folder.lexical, self._analyzer)
            writer.delete_documents(stored.document for stored in gone)
            self._index_stored(writer, self._documents)
        writer.commit()
        return dead

    def _index_stored(
        self, writer: LexicalIndexWriter, documents: Sequence[StoredDocument]
    ) -> None:
        for stored in documents:
            passages = list(self._store.passages_of(stored))
            entries = document_entries(stored, passages, self._analyzer)
            for passage, entry in zip(passages, entries, strict=True):
                writer.add_passage(passage.row, stored.document, entry)

    def _link_lexical(self, current: GenerationFolder) -> None:
        """Link tantivy's files. tantivy adds and replaces files but never changes one."""
        self.folder.lexical.mkdir()
        for path in current.lexical.iterdir():
            if not path.name.endswith(".lock"):
                os.link(path, self.folder.lexical / path.name)

    @cached_property
    def _current_rows(self) -> NDArray[np.int64]:
        """The rows of the current generation, ascending; none if there is no such generation."""
        if self.current is None:
            return np.empty(0, np.int64)
        rows: NDArray[np.int64] = np.load(self.current.folder.rows)
        return rows

    @cached_property
    def _previous_vectors(self) -> VectorIndex | None:
        if self.current is None or self.current.manifest.vectors is None:
            return None
        return VectorIndex(
            self.current.folder.vectors,
            self._current_rows,
            self.current.manifest.vectors,
            self.current.manifest.dimension,
        )

    def _all_signatures(self, kept: NDArray[np.int64]) -> NDArray[np.uint8]:
        new = np.frombuffer(self._signatures, np.uint8).reshape(-1, SIGNATURE_BYTES)
        if self.current is None:
            return new
        old = np.load(self.current.folder.signatures, mmap_mode="r")
        return np.concatenate([old[np.searchsorted(self._current_rows, kept)], new])

    def _embeddings(self, rows: NDArray[np.int64], dimension: int) -> Iterator[bytes | None]:
        """Yield the vectors of the rows, None if they do not exist yet.

        A passage without text of its own gets a zero vector.
        """
        nothing = bytes(2 * dimension)
        for start in range(0, len(rows), EMBEDDINGS_PER_READ):
            some = rows[start : start + EMBEDDINGS_PER_READ].tolist()
            keys = self._store.embedding_keys(some)
            found = self._store.embeddings(list(set(keys.values())))
            for row in some:
                yield found.get(keys[row]) if row in keys else nothing

    def _verify(self, passages: int) -> None:
        """Open the lexical index again, because one that cannot be opened must not be published."""
        found = LexicalIndex(self.folder.lexical, self._analyzer).passages
        if found != passages:
            raise IndexDamaged.with_remedy(
                f"{self.folder.lexical} has {found} passages instead of {passages}; it was not "
                "published"
            )
