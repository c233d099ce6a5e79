"""Write the passage store: documents with their passages, and embeddings."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from indexer.documents import SourceFile
from indexer.index.records import (
    DOCUMENTS,
    EMBEDDINGS,
    GENERATIONS,
    MAPS,
    PASSAGES,
    StoredDocument,
    StoredEmbedding,
    StoredGeneration,
    StoredMap,
    StoredPassage,
)
from indexer.index.store.connections import Connection, Connections
from indexer.index.store.file import (
    BUSY_TIMEOUT_S,
    make_tables,
    named_errors,
)
from indexer.index.store.new_records import placed_passages
from indexer.index.store.reader import ANY, PassageStore
from indexer.index.store.tables import to_sqlite

__all__ = ["StoreWriter"]

# Keys of embeddings arrive in random order. This keeps the index of a million of them in memory.
CACHE_KIB = 64 * 1_024
# Passages are committed in parts of this size. The journal, which never shrinks, holds all that is
# uncommitted.
COMMITTED_PASSAGES = 20_000


class StoreWriter(PassageStore):
    """Writes the store, from one thread. The caller holds the writer's lock."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it."""
        with named_errors(path):
            self._writing = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            # In WAL mode readers never wait for the writer. FULL syncs at every commit. Commits are
            # few, and a checkpoint, which also syncs, is skipped while readers block it.
            self._writing.execute("PRAGMA journal_mode = WAL")
            self._writing.execute("PRAGMA synchronous = FULL")
            self._writing.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            make_tables(self._writing, path)
            self._writing.execute("BEGIN")
        # What it reads includes what it has not committed yet.
        super().__init__(path, Connections(path, [Connection(self._writing, path)]))
        self._next_row = self._next_number("passages", "row")
        self._next_document = self._next_number("documents", "document")
        self._uncommitted = 0

    def _next_number(self, table: str, key: str) -> int:
        highest = self._select(f"SELECT max({key}) FROM {table}")[0][0]
        return 1 if highest is None else int(highest) + 1

    def discard_unpublished(self, current: int) -> None:
        """Undo what a build that never published has written, but keep its embeddings."""
        self._delete_documents("first_generation > ?", current)
        self._execute(
            "UPDATE documents SET last_generation = NULL WHERE last_generation >= ?", (current,)
        )
        self._execute("DELETE FROM generations WHERE number > ?", (current,))
        self.commit()
        self._next_row = self._next_number("passages", "row")
        self._next_document = self._next_number("documents", "document")

    def list_generation(self, generation: StoredGeneration) -> None:
        """Record that the store contains the passages of the generation."""
        self._execute(GENERATIONS.replaced, generation)

    def add_document(
        self,
        document: StoredDocument,
        passages: Sequence[StoredPassage],
        *,
        generation: int,
        packed_map: bytes | None = None,
    ) -> StoredDocument:
        """Write a new document with its passages, and return it with its numbers in the store.

        Its rows are consecutive, in the order of the text. An extracted document has a map.
        """
        stored = document.placed(self._next_document, self._next_row, generation)
        self._execute(DOCUMENTS.inserted, [to_sqlite(value) for value in stored])
        with named_errors(self._path):
            self._writing.executemany(
                PASSAGES.inserted,
                placed_passages(passages, document=stored.document, first_row=stored.first_row),
            )
        if packed_map is not None:
            self._execute(MAPS.inserted, StoredMap.of(stored.document, packed_map))
        self._next_document += 1
        self._next_row += len(passages)
        self._uncommitted += len(passages)
        if self._uncommitted >= COMMITTED_PASSAGES:
            self.commit()
        return stored

    def remove_all(self, *, generation: int) -> None:
        """Mark every document as removed from this generation on."""
        self._execute(
            "UPDATE documents SET last_generation = ? WHERE last_generation IS NULL",
            (generation - 1,),
        )

    def remove_documents(self, documents: Iterable[int], *, generation: int) -> None:
        """Mark the documents as removed from this generation on."""
        with named_errors(self._path):
            self._writing.executemany(
                "UPDATE documents SET last_generation = ? WHERE document = ?",
                [(generation - 1, document) for document in documents],
            )

    def update_source(self, stored: StoredDocument, source: SourceFile, *, read_ns: int) -> None:
        """Record the new directory entry of a file whose content has not changed."""
        changed = stored._replace(
            mtime_ns=source.mtime_ns,
            ctime_ns=source.ctime_ns,
            inode=source.inode,
            read_ns=read_ns,
        ).sealed()
        self._execute(
            "UPDATE documents SET mtime_ns = :mtime_ns, ctime_ns = :ctime_ns, inode = :inode,"
            " read_ns = :read_ns, checksum = :checksum WHERE document = :document",
            {name: to_sqlite(value) for name, value in changed._asdict().items()},
        )

    def embedding_keys(self, rows: Sequence[int]) -> dict[int, bytes]:
        """Return the keys of the rows' vectors. Rows that have nothing to embed are left out."""
        return dict(
            self._select_any(
                f"SELECT row, embedding FROM passages WHERE row IN {ANY} AND embedding IS NOT NULL",
                rows,
            )
        )

    def has_embeddings(self) -> bool:
        """Return whether any text was ever embedded."""
        return bool(self._select("SELECT 1 FROM embeddings LIMIT 1"))

    def add_embeddings(self, embeddings: Iterable[tuple[bytes, bytes]]) -> None:
        with named_errors(self._path):
            self._writing.executemany(
                EMBEDDINGS.replaced,
                [StoredEmbedding.of(key, vectors) for key, vectors in embeddings],
            )

    def commit(self) -> None:
        """Make everything written so far survive a crash and power loss."""
        with named_errors(self._path):
            self._writing.execute("COMMIT")
            self._writing.execute("BEGIN")
        self._uncommitted = 0

    def sync(self) -> None:
        """Commit, and write the journal into the file as far as readers allow it."""
        with named_errors(self._path):
            self._writing.execute("COMMIT")
            self._writing.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._writing.execute("BEGIN")

    def prune(self, oldest: int) -> None:
        """Delete everything that no generation from `oldest` on needs."""
        self._execute("DELETE FROM generations WHERE number < ?", (oldest,))
        if self._delete_documents("last_generation < ?", oldest):
            # This compares two indexes and reads neither text nor vectors.
            self._execute(
                "DELETE FROM embeddings WHERE key IN (SELECT key FROM embeddings WHERE NOT EXISTS"
                " (SELECT 1 FROM passages WHERE embedding = key))"
            )
        self.commit()

    def _delete_documents(self, condition: str, generation: int) -> int:
        """Delete documents with their passages; return the number of documents."""
        ranges = self._select(
            f"SELECT first_row, first_row + passages FROM documents WHERE {condition}",
            (generation,),
        )
        with named_errors(self._path):
            # By row, because the table has no index by document.
            self._writing.executemany("DELETE FROM passages WHERE row >= ? AND row < ?", ranges)
        chosen = f"SELECT document FROM documents WHERE {condition}"
        self._execute(f"DELETE FROM maps WHERE document IN ({chosen})", (generation,))
        self._execute(f"DELETE FROM documents WHERE {condition}", (generation,))
        return len(ranges)

    def close(self) -> None:
        with named_errors(self._path):
            # A disk error has already ended the transaction.
            if self._writing.in_transaction:
                self._writing.execute("ROLLBACK")
        super().close()

    def _execute(self, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        with named_errors(self._path):
            self._writing.execute(statement, parameters)
