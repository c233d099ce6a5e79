"""Writes the files of one generation: boilerplate, lexical index, rows, signatures, vectors.

A first build indexes each passage as it comes. A later one starts from the current generation:
where nothing is removed, tantivy's immutable files are linked and new passages come on top; where
something is, the lexical index is written anew from the store, so that BM25's statistics are those
of a fresh build.
"""

import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from indexer.analyzer import Analyzer
from indexer.boilerplate import Boilerplate
from indexer.documents import Document, Passage
from indexer.errors import IndexDamaged
from indexer.generation import GenerationFolder, IndexFolder, PublishedGeneration, checksum
from indexer.lexical import LexicalIndex, LexicalIndexWriter
from indexer.manifest import Manifest
from indexer.near_duplicates import SIGNATURE_BYTES
from indexer.store import StoredDocument, StoreWriter
from indexer.vectors import VectorIndex, write_vector_index

__all__ = ["GenerationWriter"]

# Up to here the lexical index is written anew when passages were removed: it takes seconds.
# Above, up to a tenth of the passages that BM25 counts may be removed ones.
REWRITTEN_PASSAGES = 100_000
DEAD_SHARE = 0.1
EMBEDDINGS_PER_READ = 1_000

Timed = Callable[[str], AbstractContextManager[None]]


class GenerationWriter:
    """Collects the passages of a build and writes them out as a generation."""

    def __init__(
        self,
        index: IndexFolder,
        number: int,
        current: PublishedGeneration | None,
        store: StoreWriter,
        analyzer: Analyzer,
    ) -> None:
        self.number = number
        self.folder: GenerationFolder = index.begin(number)
        self._index = index
        self._current = current
        self._store = store
        self._analyzer = analyzer
        self._documents: list[StoredDocument] = []
        # What is needed of each new passage at the end; 150 bytes each.
        self._rows = array("q")
        self._window_counts = array("q")
        self._keys: list[bytes | None] = []
        self._signatures = bytearray()
        self._fresh = LexicalIndexWriter(self.folder.lexical, analyzer) if not current else None

    def add_document(
        self,
        stored: StoredDocument,
        document: Document,
        passages: Sequence[Passage],
        keys: Sequence[bytes | None],
        signatures: Sequence[bytes],
    ) -> None:
        """Take a document that was just stored."""
        self._documents.append(stored)
        self._rows.extend(range(stored.first_row, stored.first_row + stored.passages))
        self._window_counts.extend(len(passage.windows) for passage in passages)
        self._keys.extend(keys)
        self._signatures += b"".join(signatures)
        if self._fresh is not None:
            for row, passage in enumerate(passages, start=stored.first_row):
                content = passage.content(document.text)
                _add(self._fresh, row, stored, passage.heading, content)

    def abandon(self) -> None:
        self._index.abandon(self.folder)

    def finish(
        self,
        gone: Sequence[StoredDocument],
        boilerplate: Boilerplate,
        description: Manifest,
        timed: Timed,
    ) -> Manifest:
        """Write all files and return the manifest that describes them; it is not written yet."""
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
                vectors = write_vector_index(
                    self.folder.vectors,
                    rows,
                    self._all_window_counts(kept, description.dimension),
                    description.dimension,
                    self._new_embeddings(description.dimension),
                    self._previous_vectors(),
                )
        self._verify(len(rows))
        documents = self._current.manifest.documents if self._current else 0
        with timed("checksums"):
            files = {name: checksum(self.folder.path / name) for name in self.folder.files()}
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

    def _kept_rows(self, gone: Sequence[StoredDocument]) -> NDArray[np.int64]:
        if self._current is None:
            return np.empty(0, np.int64)
        rows: NDArray[np.int64] = np.load(self._current.folder.rows)
        keep = np.ones(len(rows), np.bool_)
        for stored in gone:
            first, end = np.searchsorted(
                rows, [stored.first_row, stored.first_row + stored.passages]
            )
            keep[first:end] = False
        return rows[keep]

    def _write_lexical(self, gone: Sequence[StoredDocument], passages: int) -> int:
        """Write the lexical index; return how many removed passages its statistics count."""
        if self._fresh is not None:
            self._fresh.commit()
            return 0
        assert self._current is not None
        dead = self._current.manifest.dead_passages + sum(stored.passages for stored in gone)
        few_dead = passages > REWRITTEN_PASSAGES and dead <= DEAD_SHARE * passages
        if dead and not few_dead:
            writer = LexicalIndexWriter(self.folder.lexical, self._analyzer)
            self._index_stored(writer, self._store.documents(self.number))
            dead = 0
        else:
            self._link_lexical(self._current.folder)
            writer = LexicalIndexWriter(self.folder.lexical, self._analyzer)
            writer.delete_documents(stored.document for stored in gone)
            self._index_stored(writer, self._documents)
        writer.commit()
        return dead

    def _index_stored(
        self, writer: LexicalIndexWriter, documents: Sequence[StoredDocument]
    ) -> None:
        for stored in documents:
            end_row = stored.first_row + stored.passages
            for passage in self._store.passages_between(stored.first_row, end_row):
                _add(writer, passage.row, stored, passage.heading, passage.content)

    def _link_lexical(self, current: GenerationFolder) -> None:
        """Link tantivy's files, which it replaces or adds to but never changes."""
        self.folder.lexical.mkdir()
        for path in current.lexical.iterdir():
            if not path.name.endswith(".lock"):
                os.link(path, self.folder.lexical / path.name)

    def _previous_vectors(self) -> VectorIndex | None:
        if self._current is None or self._current.manifest.vectors is None:
            return None
        return VectorIndex(
            self._current.folder.vectors,
            np.load(self._current.folder.rows),
            self._current.manifest.vectors,
            self._current.manifest.dimension,
        )

    def _all_signatures(self, kept: NDArray[np.int64]) -> NDArray[np.uint8]:
        new = np.frombuffer(bytes(self._signatures), np.uint8).reshape(-1, SIGNATURE_BYTES)
        if self._current is None:
            return new
        rows = np.load(self._current.folder.rows)
        old = np.load(self._current.folder.signatures, mmap_mode="r")
        return np.concatenate([old[np.searchsorted(rows, kept)], new])

    def _all_window_counts(self, kept: NDArray[np.int64], dimension: int) -> NDArray[np.int64]:
        new = np.frombuffer(self._window_counts, np.int64)
        previous = self._previous_vectors()
        if previous is None:
            return new
        places = previous.positions(kept)
        return np.concatenate([np.diff(previous.window_starts)[places], new])

    def _new_embeddings(self, dimension: int) -> Iterator[bytes]:
        """Yield the vectors of the new passages, in their order.

        A passage of which nothing is searched has none, and stands at the origin.
        """
        nothing = bytes(2 * dimension)
        for start in range(0, len(self._keys), EMBEDDINGS_PER_READ):
            keys = self._keys[start : start + EMBEDDINGS_PER_READ]
            found = self._store.embeddings([key for key in keys if key is not None])
            for key in keys:
                yield nothing if key is None else found[key]

    def _verify(self, passages: int) -> None:
        """Read the lexical index back: what does not open must not be published."""
        found = LexicalIndex(self.folder.lexical, self._analyzer).passages
        if found != passages:
            raise IndexDamaged(
                f"{self.folder.lexical} holds {found} passages instead of {passages}; it was not "
                "published; run reindex.py --full"
            )


def _add(
    writer: LexicalIndexWriter, row: int, stored: StoredDocument, heading: str, content: str
) -> None:
    # Of a passage that only repeats, nothing is left but blanks; its title must not find it.
    if content.isspace():
        content = ""
    title = stored.title if content else ""
    writer.add_passage(
        row, stored.document, title=title, heading=heading if content else "", text=content
    )
