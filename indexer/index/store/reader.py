"""The passage store: documents, passages with their text, and embeddings already paid for.

One SQLite file beside the generations. A document carries the first and the last generation that
it belongs to; a build only adds documents and marks old ones as gone, so a reader keeps seeing the
generation that it opened. `prune` deletes what no kept generation needs.

The text of a document is stored once, in pieces: each passage holds the text from its own start to
the start of the next one (the first one from the start of the document), so the pieces in order are
the whole text, and a hit is read with one row.
"""

import sqlite3
import threading
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from indexer.documents import SourceFile
from indexer.errors import IndexDamaged
from indexer.index.catalog import Catalog, CatalogEntry
from indexer.index.records import (
    DOCUMENT_FIELDS,
    PASSAGE_FIELDS,
    SearchedPassage,
    StoredDocument,
    StoredPassage,
    damaged,
    piece_of,
    searched_passage,
    sound_document,
    sound_passage,
    stored_document,
    stored_passage,
)
from indexer.index.store.file import FileState, file_state, named_errors, open_read_only
from indexer.spans import Span

__all__ = ["ROWS_PER_STATEMENT", "PassageStore"]

# Of the columns of a document those that the catalog keeps: its key, path, media type, mtime_ns,
# first row and passages.
CATALOGED = itemgetter(0, 2, 6, 8, 13, 14)
IN_GENERATION = "first_generation <= ? AND (last_generation IS NULL OR last_generation >= ?)"
# SQLite's limit on parameters of one statement is far higher; short statements stay readable.
ROWS_PER_STATEMENT = 500


class PassageStore:
    """Reads the store. Safe to share between threads: each has a connection of its own.

    Nothing is returned that does not fit its checksum, and nothing is missed in silence: SQLite
    finds its way through a damaged tree without noticing, so what it finds must be what was asked
    for, and all of it. Where it is not, IndexDamaged is raised.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def documents(self, generation: int) -> list[StoredDocument]:
        """Return the documents of the generation, sorted by path."""
        return [StoredDocument(*values) for values in self._document_rows(generation)]

    def sources(self, generation: int) -> Iterator[SourceFile]:
        """Yield the files of the documents as they were when they were read, sorted by path."""
        with named_errors(self._path):
            for row in self._connection().execute(
                "SELECT path, size_bytes, mtime_ns, ctime_ns, inode FROM documents"
                f" WHERE {IN_GENERATION} ORDER BY path",
                (generation, generation),
            ):
                yield SourceFile(*row)

    def catalog(self, generation: int) -> Catalog:
        """Return the documents of the generation as they are kept in memory."""
        return Catalog(
            [CatalogEntry(*CATALOGED(values)) for values in self._document_rows(generation)]
        )

    def titles(self, generation: int) -> list[tuple[int, str]]:
        """Return the key and the title of each document that has passages, sorted by path."""
        return [
            (stored.document, stored.title)
            for stored in self.documents(generation)
            if stored.passages
        ]

    def _document_rows(self, generation: int) -> Iterator[tuple[Any, ...]]:
        """Yield the columns of each document of the generation, sorted by path."""
        for row in self._select(
            f"SELECT {DOCUMENT_FIELDS} FROM documents WHERE {IN_GENERATION} ORDER BY path",
            (generation, generation),
        ):
            yield sound_document(row, self._path)

    def document_with_id(self, document_id: str, generation: int) -> StoredDocument | None:
        """Return the document of the generation with this public id, if there is one."""
        wanted = (document_id, generation, generation)
        found = self._select(
            f"SELECT {DOCUMENT_FIELDS} FROM documents WHERE id = ? AND {IN_GENERATION}", wanted
        )
        if found:
            return stored_document(found[0], self._path)
        if self._select(
            f"SELECT 1 FROM documents NOT INDEXED WHERE id = ? AND {IN_GENERATION}", wanted
        ):
            raise IndexDamaged(
                f"{self._path} is damaged (document {document_id} is missing from the index by "
                "id); run reindex.py --full"
            )
        return None

    def places(self, rows: Sequence[int]) -> dict[int, tuple[int, Span]]:
        """Return of each row its document and span."""
        return {
            row: (document, Span(start, end))
            for row, (_, document, start, end, *_) in self._records(rows).items()
        }

    def documents_with_keys(self, keys: Collection[int]) -> dict[int, StoredDocument]:
        """Return the documents by their keys. Raises IndexDamaged where one is missing."""
        wanted = list(keys)
        found: dict[int, StoredDocument] = {}
        for start in range(0, len(wanted), ROWS_PER_STATEMENT):
            some = wanted[start : start + ROWS_PER_STATEMENT]
            marks = ",".join("?" * len(some))
            for row in self._select(
                f"SELECT {DOCUMENT_FIELDS} FROM documents WHERE document IN ({marks})", some
            ):
                found[row[0]] = stored_document(row, self._path)
        for key in wanted:
            if key not in found:
                raise IndexDamaged(f"{self._path} lacks document {key}; run reindex.py --full")
        return found

    def document(self, document: int) -> StoredDocument:
        return self.documents_with_keys([document])[document]

    def passages(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return the passages in the order of the rows."""
        found = {row: stored_passage(values) for row, values in self._records(rows).items()}
        return [found[row] for row in rows]

    def _records(self, rows: Sequence[int]) -> dict[int, tuple[Any, ...]]:
        """Return the columns of the passages, by their rows, in any order."""
        found: dict[int, tuple[Any, ...]] = {}
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            some = rows[start : start + ROWS_PER_STATEMENT]
            marks = ",".join("?" * len(some))
            for record in self._select(
                f"SELECT {PASSAGE_FIELDS} FROM passages WHERE row IN ({marks})", some
            ):
                found[record[0]] = sound_passage(record, self._path)
        for row in rows:
            if row not in found:
                raise self._lacking(row)
        return found

    def passages_between(self, first_row: int, end_row: int) -> Iterator[StoredPassage]:
        """Yield the passages of rows `[first_row, end_row)`, in order."""
        return map(stored_passage, self._records_between(first_row, end_row))

    def searched_passages(self, document: StoredDocument) -> Iterator[SearchedPassage]:
        """Yield what the lexical index holds of the passages of the document, in order."""
        return map(searched_passage, self._records_of(document))

    def text(self, document: StoredDocument) -> str:
        """Return the text of the document as it was indexed."""
        return "".join(map(piece_of, self._records_of(document)))

    def _records_of(self, document: StoredDocument) -> Iterator[tuple[Any, ...]]:
        end_row = document.first_row + document.passages
        return self._records_between(document.first_row, end_row)

    def _records_between(self, first_row: int, end_row: int) -> Iterator[tuple[Any, ...]]:
        """Yield the columns of the passages of rows `[first_row, end_row)`, in order."""
        statement = f"SELECT {PASSAGE_FIELDS} FROM passages WHERE row >= ? AND row < ? ORDER BY row"
        expected = first_row
        for row in self._select(statement, (first_row, end_row)):
            if row[0] != expected:
                raise self._lacking(expected)
            expected += 1
            yield sound_passage(row, self._path)
        if expected < end_row:
            raise self._lacking(expected)

    def row_of(self, document: StoredDocument, is_wanted: Callable[[Span], bool]) -> int | None:
        """Return the row of the first passage of the document whose span is wanted, if any is.

        Texts are not read, unless none is wanted: then all are checked.
        """
        end_row = document.first_row + document.passages
        for row, start, end in self._select(
            "SELECT row, start, end FROM passages WHERE row >= ? AND row < ? ORDER BY row",
            (document.first_row, end_row),
        ):
            if is_wanted(Span(start, end)):
                return int(row)
        for _ in self._records_of(document):
            pass
        return None

    def pieces(self, document: StoredDocument, span: Span) -> list[StoredPassage]:
        """Return the passages whose pieces hold the span's text, in order."""
        if not document.passages:
            return []
        found = list(self.passages_between(*self._rows_overlapping(document, span)))
        place = found[0].piece_start if found else 0
        # Which rows they are was read without checking those before and behind.
        for passage in found:
            if passage.document != document.document or passage.piece_start != place:
                raise damaged(self._path, "passage", passage.row)
            place += len(passage.piece)
        begin = found[0].piece_start if found else 0
        if not begin <= span.start <= span.end <= place:
            raise IndexDamaged(
                f"{self._path} lacks a part of document {document.document}; run reindex.py --full"
            )
        return found

    def _rows_overlapping(self, document: StoredDocument, span: Span) -> tuple[int, int]:
        """Return the range of rows `[first, end)` whose pieces hold the span's text."""
        end_row = document.first_row + document.passages
        of_document = "FROM passages WHERE row >= ?1 AND row < ?2"
        [(first, last)] = self._select(
            f"SELECT (SELECT max(row) {of_document} AND text_start <= ?3),"
            f" (SELECT max(row) {of_document} AND text_start < ?4)",
            (document.first_row, end_row, span.start, max(span.end, 1)),
        )
        if first is None or last is None:
            return document.first_row, document.first_row
        # An empty span at the start of a piece belongs to that piece.
        return first, max(first, last) + 1

    def embeddings(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the encoded vectors of those keys that are paid for."""
        found: dict[bytes, bytes] = {}
        for key, vectors, sound in self._stored_embeddings(keys):
            if not sound:
                raise damaged(self._path, "embedding", key.hex())
            found[key] = vectors
        return found

    def paid_for(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return those of the keys whose embedding is stored, and undamaged."""
        return {key for key, _, sound in self._stored_embeddings(keys) if sound}

    def _stored_embeddings(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes, bool]]:
        """Yield the keys that are there, what is stored under each, and whether that is sound."""
        for start in range(0, len(keys), ROWS_PER_STATEMENT):
            some = keys[start : start + ROWS_PER_STATEMENT]
            marks = ",".join("?" * len(some))
            # By their rowids, so that a key is read where its vectors are, and not in the index.
            for key, vectors, checksum in self._select(
                "SELECT key, vectors, checksum FROM embeddings WHERE rowid IN"
                f" (SELECT rowid FROM embeddings WHERE key IN ({marks}))",
                some,
            ):
                yield key, vectors, isinstance(vectors, bytes) and checksum == zlib.crc32(vectors)

    def integrity_check(self) -> list[str]:
        """Return what SQLite finds wrong with the file, nothing where it is sound."""
        found = [problem for (problem,) in self._select("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def _lacking(self, row: int) -> IndexDamaged:
        return IndexDamaged(f"{self._path} lacks passage {row}; run reindex.py --full")

    def _select(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with named_errors(self._path):
            while True:
                connection = self._connection()
                try:
                    found = connection.execute(statement, parameters).fetchall()
                except sqlite3.Error:
                    if not self._was_written():
                        raise
                else:
                    if not self._was_written():
                        return found

    def _was_written(self) -> bool:
        """Return whether a file that was read as it is, without locks, is another one by now.

        What is read-only here may be written elsewhere: from another container, for instance.
        """
        unlocked: FileState | None = getattr(self._local, "unlocked", None)
        try:
            return unlocked is not None and unlocked != file_state(self._path)
        except FileNotFoundError:
            return True

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None or self._was_written():
            with named_errors(self._path):
                connection, self._local.unlocked = open_read_only(self._path)
            self._local.connection = connection
            self._connections.append(connection)
        return connection
