"""The passage store: documents, passages with their text, and embeddings already paid for.

One SQLite file beside the generations. A document carries the first and the last generation that
it belongs to; a build only adds documents and marks old ones as gone, so a reader keeps seeing the
generation that it opened. `prune` deletes what no kept generation needs.

The text of a document is stored once, in pieces: each passage holds the text from its own start to
the start of the next one (the first one from the start of the document), so the pieces in order are
the whole text, and a hit is read with one row.
"""

import os
import sqlite3
import struct
import threading
import zlib
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from indexer.catalog import Catalog, CatalogEntry
from indexer.documents import Document, Passage, SourceFile
from indexer.errors import FormatVersionMismatch, IndexDamaged, IndexUnusable, StorageError
from indexer.spans import Span, bom_length, byte_length, utf16_length

__all__ = [
    "NewDocument",
    "NewPassage",
    "PassageRecord",
    "PassageStore",
    "SearchedPassage",
    "StoreSnapshot",
    "StoreWriter",
    "StoredDocument",
    "StoredPassage",
    "new_document",
]

SCHEMA_VERSION = 3
# 0: as published with index formats 1 and 2.
# 2: whether a document's title is repeated; checksums of passages apart from their places.
# 3: the checksum of a document is that of its directory entry, too.
SCHEMA = f"""
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE documents (
    document INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    path TEXT NOT NULL,
    title TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    encoding TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    read_ns INTEGER NOT NULL,
    length INTEGER NOT NULL,
    first_row INTEGER NOT NULL,
    passages INTEGER NOT NULL,
    repeated_title INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    first_generation INTEGER NOT NULL,
    last_generation INTEGER
);
CREATE INDEX documents_by_id ON documents (id);
CREATE INDEX documents_gone ON documents (last_generation) WHERE last_generation IS NOT NULL;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    heading TEXT NOT NULL,
    windows BLOB NOT NULL,
    repeated BLOB NOT NULL,
    text_start INTEGER NOT NULL,
    text TEXT NOT NULL,
    byte_start INTEGER NOT NULL,
    utf16_start INTEGER NOT NULL,
    line_start INTEGER NOT NULL,
    embedding BLOB,
    signature BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
CREATE INDEX passages_by_embedding ON passages (embedding) WHERE embedding IS NOT NULL;
CREATE TABLE embeddings (
    key BLOB PRIMARY KEY,
    vectors BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
"""

DOCUMENT_FIELDS = (
    "document, id, path, title, sha256, encoding, media_type, size_bytes, mtime_ns, ctime_ns,"
    " inode, read_ns, length, first_row, passages, repeated_title, checksum"
)
# Of these, what the catalog keeps: key, path, media type, mtime_ns, first row, passages.
CATALOGED = itemgetter(0, 2, 6, 8, 13, 14)
PASSAGE_FIELDS = (
    "row, document, start, end, heading, windows, repeated, text_start, text, byte_start,"
    " utf16_start, line_start, embedding, signature, checksum"
)
# Six columns of a passage that are numbers, and the lengths of the six others.
PASSAGE_NUMBERS = struct.Struct("<12q")
# Where it stands: its row and its document.
PASSAGE_PLACE = struct.Struct("<2q")
IN_GENERATION = "first_generation <= ? AND (last_generation IS NULL OR last_generation >= ?)"
# What the disk, or another process, is to blame for; all else is damage.
STORAGE_CODES = frozenset(
    [
        *[sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM],
        *[sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED],
    ]
)
# What SQLite says where it may not write beside the file.
UNWRITABLE_CODES = frozenset(
    [sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN]
)
BUSY_TIMEOUT_S = 30.0
# More than SQLite maps by default at most; what lies behind is read as without a map.
MAPPED_BYTES = 1 << 40
# Keys of embeddings come in no order: the index of a million of them stays in memory.
CACHE_KIB = 64 * 1_024
# What is not committed lies in the journal, which never shrinks, and is written twice at once.
COMMITTED_PASSAGES = 20_000
# The inode, the size and the time of the store, and whether its journal is there.
_FileState = tuple[int, int, int, bool]
PAGES_PER_STEP = 2_048
# SQLite's limit on parameters of one statement is far higher; short statements stay readable.
ROWS_PER_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it was indexed. `first_row` and `passages` say which rows are its own.

    `repeated_title`: its title is one of the lines that are repeated in its folder.
    """

    document: int
    id: str
    path: str
    title: str
    sha256: str
    encoding: str
    media_type: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    read_ns: int
    length: int
    first_row: int
    passages: int
    repeated_title: bool = False

    def with_text(self, text: str) -> Document:
        """Return the document as if this were its text: a piece of it, for instance."""
        return Document(self.path, text, self.encoding, self.media_type, self.title, self.sha256)

    @property
    def source(self) -> SourceFile:
        return SourceFile(self.path, self.size_bytes, self.mtime_ns, self.ctime_ns, self.inode)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its text and where it starts in every unit.

    `piece` is the document's text from `piece_start` on; it holds the passage and the blanks
    behind it, up to the next passage.
    """

    row: int
    document: int
    span: Span
    heading: str
    windows: tuple[Span, ...]
    repeated: tuple[Span, ...]
    piece_start: int
    piece: str
    byte_start: int
    utf16_start: int
    line_start: int
    embedding: bytes | None
    signature: bytes

    @property
    def text(self) -> str:
        return self.piece[self.span.start - self.piece_start : self.span.end - self.piece_start]

    @property
    def in_piece(self) -> Passage:
        """The passage with its spans counted from the start of the piece."""
        return Passage(
            self.span.shifted(-self.piece_start),
            self.heading,
            tuple([span.shifted(-self.piece_start) for span in self.windows]),
            tuple([span.shifted(-self.piece_start) for span in self.repeated]),
        )

    @property
    def content(self) -> str:
        """What is searched of the passage: its text without what is repeated."""
        return self.in_piece.content(self.piece) if self.repeated else self.text


class SearchedPassage(NamedTuple):
    """What the lexical index holds of a stored passage."""

    row: int
    heading: str
    content: str


class NewPassage(NamedTuple):
    """A passage to be written, with what was computed from it.

    `embedding` is the key of its vectors, whether they are there or not.
    """

    passage: Passage
    embedding: bytes | None
    signature: bytes


class PassageRecord(NamedTuple):
    """The columns of a passage to be written, but for its row and its document.

    `checksum` is that of all others.
    """

    start: int
    end: int
    heading: str
    windows: bytes
    repeated: bytes
    text_start: int
    text: str
    byte_start: int
    utf16_start: int
    line_start: int
    embedding: bytes | None
    signature: bytes
    checksum: int


class NewDocument(NamedTuple):
    """A document to be written, with all that does not depend on what else is in the store."""

    path: str
    title: str
    sha256: str
    encoding: str
    media_type: str
    length: int
    repeated_title: bool
    records: list[PassageRecord]


def new_document(
    document: Document, passages: Sequence[NewPassage], *, repeated_title: bool = False
) -> NewDocument:
    """Return the document as it is written; its passages are in the order of the text."""
    return NewDocument(
        document.path,
        document.title,
        document.sha256,
        document.encoding,
        document.media_type,
        len(document.text),
        repeated_title,
        list(_passage_records(document, passages)),
    )


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
        with _named_errors(self._path):
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
            yield _sound_document(row, self._path)

    def document_with_id(self, document_id: str, generation: int) -> StoredDocument | None:
        """Return the document of the generation with this public id, if there is one."""
        wanted = (document_id, generation, generation)
        found = self._select(
            f"SELECT {DOCUMENT_FIELDS} FROM documents WHERE id = ? AND {IN_GENERATION}", wanted
        )
        if found:
            return _document(found[0], self._path)
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
                found[row[0]] = _document(row, self._path)
        for key in wanted:
            if key not in found:
                raise IndexDamaged(f"{self._path} lacks document {key}; run reindex.py --full")
        return found

    def document(self, document: int) -> StoredDocument:
        return self.documents_with_keys([document])[document]

    def passages(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return the passages in the order of the rows."""
        found = {row: _passage(values) for row, values in self._records(rows).items()}
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
                found[record[0]] = _sound(record, self._path)
        for row in rows:
            if row not in found:
                raise self._lacking(row)
        return found

    def passages_between(self, first_row: int, end_row: int) -> Iterator[StoredPassage]:
        """Yield the passages of rows `[first_row, end_row)`, in order."""
        return map(_passage, self._records_between(first_row, end_row))

    def searched_passages(self, document: StoredDocument) -> Iterator[SearchedPassage]:
        """Yield what the lexical index holds of the passages of the document, in order."""
        return map(_searched_passage, self._records_of(document))

    def text(self, document: StoredDocument) -> str:
        """Return the text of the document as it was indexed."""
        return "".join(map(_piece, self._records_of(document)))

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
            yield _sound(row, self._path)
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
                raise _damaged(self._path, "passage", passage.row)
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
                raise _damaged(self._path, "embedding", key.hex())
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
        with _named_errors(self._path):
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
        unlocked: _FileState | None = getattr(self._local, "unlocked", None)
        try:
            return unlocked is not None and unlocked != _file_state(self._path)
        except FileNotFoundError:
            return True

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None or self._was_written():
            with _named_errors(self._path):
                connection, self._local.unlocked = _open_read_only(self._path)
            self._local.connection = connection
            self._connections.append(connection)
        return connection


class StoreWriter(PassageStore):
    """Writes the store, from one thread. The caller holds the writer's lock."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with _named_errors(path):
            new = not path.exists()
            self._writing = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            # In WAL mode readers never wait for the writer. FULL syncs at every commit: there are
            # few, and a checkpoint, which syncs too, is skipped while readers are in its way.
            self._writing.execute("PRAGMA journal_mode = WAL")
            self._writing.execute("PRAGMA synchronous = FULL")
            self._writing.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            if new or not self._writing.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                self._writing.executescript(f"BEGIN; {SCHEMA} COMMIT;")
            _require_schema(self._writing, path)
            self._writing.execute("BEGIN")
        self._local.connection = self._writing
        self._connections.append(self._writing)
        self._next_row = self._next("passages", "row")
        self._next_document = self._next("documents", "document")
        self._uncommitted = 0

    def _next(self, table: str, key: str) -> int:
        highest = self._select(f"SELECT max({key}) FROM {table}")[0][0]
        return 1 if highest is None else int(highest) + 1

    def discard_unpublished(self, current: int) -> None:
        """Forget what a build that never published left behind; keep its embeddings."""
        self._delete_documents("first_generation > ?", current)
        self._execute(
            "UPDATE documents SET last_generation = NULL WHERE last_generation >= ?", (current,)
        )
        self.commit()
        self._next_row = self._next("passages", "row")
        self._next_document = self._next("documents", "document")

    def add_document(
        self,
        source: SourceFile,
        document: NewDocument,
        document_id: str,
        *,
        generation: int,
        read_ns: int,
    ) -> StoredDocument:
        """Write a document with its passages; rows follow each other in the order of the text."""
        stored = StoredDocument(
            document=self._next_document,
            id=document_id,
            path=document.path,
            title=document.title,
            sha256=document.sha256,
            encoding=document.encoding,
            media_type=document.media_type,
            size_bytes=source.size_bytes,
            mtime_ns=source.mtime_ns,
            ctime_ns=source.ctime_ns,
            inode=source.inode,
            read_ns=read_ns,
            length=document.length,
            first_row=self._next_row,
            passages=len(document.records),
            repeated_title=document.repeated_title,
        )
        values = _document_values(stored)
        marks = ",".join("?" * (len(values) + 3))
        self._execute(
            f"INSERT INTO documents ({DOCUMENT_FIELDS}, first_generation, last_generation)"
            f" VALUES ({marks})",
            (*values, _checksum(values), generation, None),
        )
        with _named_errors(self._path):
            self._writing.executemany(
                f"INSERT INTO passages ({PASSAGE_FIELDS}) VALUES ({','.join('?' * 15)})",
                _numbered(document.records, stored),
            )
        self._next_document += 1
        self._next_row += len(document.records)
        self._uncommitted += len(document.records)
        if self._uncommitted >= COMMITTED_PASSAGES:
            self.commit()
        return stored

    def remove_all(self, *, generation: int) -> None:
        """Mark every document as not belonging to this generation."""
        self._execute(
            "UPDATE documents SET last_generation = ? WHERE last_generation IS NULL",
            (generation - 1,),
        )

    def remove_documents(self, documents: Iterable[int], *, generation: int) -> None:
        """Mark documents as not belonging to this generation any more."""
        with _named_errors(self._path):
            self._writing.executemany(
                "UPDATE documents SET last_generation = ? WHERE document = ?",
                [(generation - 1, document) for document in documents],
            )

    def update_source(self, stored: StoredDocument, source: SourceFile, *, read_ns: int) -> None:
        """Record the new directory entry of a file whose content is the same."""
        values = (source.mtime_ns, source.ctime_ns, source.inode, read_ns)
        changed = replace(
            stored,
            mtime_ns=source.mtime_ns,
            ctime_ns=source.ctime_ns,
            inode=source.inode,
            read_ns=read_ns,
        )
        self._execute(
            "UPDATE documents SET mtime_ns = ?, ctime_ns = ?, inode = ?, read_ns = ?, checksum = ?"
            " WHERE document = ?",
            (*values, _checksum(_document_values(changed)), stored.document),
        )

    def embedding_keys(self, rows: Sequence[int]) -> dict[int, bytes]:
        """Return the keys of the vectors of those of the rows of which something is embedded."""
        found: dict[int, bytes] = {}
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            some = rows[start : start + ROWS_PER_STATEMENT]
            marks = ",".join("?" * len(some))
            found.update(
                self._select(
                    f"SELECT row, embedding FROM passages WHERE row IN ({marks})"
                    " AND embedding IS NOT NULL",
                    some,
                )
            )
        return found

    def has_embeddings(self) -> bool:
        """Return whether any text was ever embedded."""
        return bool(self._select("SELECT 1 FROM embeddings LIMIT 1"))

    def add_embeddings(self, embeddings: Iterable[tuple[bytes, bytes]]) -> None:
        with _named_errors(self._path):
            self._writing.executemany(
                "INSERT OR REPLACE INTO embeddings (key, vectors, checksum) VALUES (?, ?, ?)",
                [(key, vectors, zlib.crc32(vectors)) for key, vectors in embeddings],
            )

    def commit(self) -> None:
        """Make all that was written so far survive a crash and power loss."""
        with _named_errors(self._path):
            self._writing.execute("COMMIT")
            self._writing.execute("BEGIN")
        self._uncommitted = 0

    def sync(self) -> None:
        """Commit, and bring the file itself up to date, as far as no reader is in the way."""
        with _named_errors(self._path):
            self._writing.execute("COMMIT")
            self._writing.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._writing.execute("BEGIN")

    def prune(self, oldest: int) -> None:
        """Delete what no generation from `oldest` on needs."""
        if self._delete_documents("last_generation < ?", oldest):
            # Two indexes are compared; neither text nor vectors are read.
            self._execute(
                "DELETE FROM embeddings WHERE key IN (SELECT key FROM embeddings WHERE NOT EXISTS"
                " (SELECT 1 FROM passages WHERE embedding = key))"
            )
        self.commit()

    def _delete_documents(self, condition: str, generation: int) -> int:
        """Delete documents with their passages; return how many."""
        ranges = self._select(
            f"SELECT first_row, first_row + passages FROM documents WHERE {condition}",
            (generation,),
        )
        with _named_errors(self._path):
            # By their rows: a table of a million passages has no index by document.
            self._writing.executemany("DELETE FROM passages WHERE row >= ? AND row < ?", ranges)
        self._execute(f"DELETE FROM documents WHERE {condition}", (generation,))
        return len(ranges)

    def close(self) -> None:
        with _named_errors(self._path):
            # An error of the disk ends the transaction by itself.
            if self._writing.in_transaction:
                self._writing.execute("ROLLBACK")
        super().close()

    def _execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        with _named_errors(self._path):
            self._writing.execute(statement, parameters)


def _open_read_only(path: Path) -> tuple[sqlite3.Connection, _FileState | None]:
    """Return a connection and, where it takes no locks, the state of the file that it reads."""
    unlocked = None
    if not path.is_file():
        raise IndexDamaged(f"{path} is missing; run reindex.py --full")
    address = path.absolute().as_uri()
    try:
        connection = _connected(f"{address}?mode=ro", path)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in UNWRITABLE_CODES:
            raise
        # On a read-only file system SQLite cannot keep the shared memory of WAL mode beside the
        # file, which may be read as it is while nobody writes. Elsewhere, as on a disk that is
        # full, it may not: what was committed last may stand in the journal alone.
        if os.access(path.parent, os.W_OK, effective_ids=True):
            raise
        unlocked = _file_state(path)
        connection = _connected(f"{address}?immutable=1", path)
    # Every hit and every copy of it lies on a page of its own: mapped, pages are neither copied nor
    # kept once for each thread.
    connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    return connection, unlocked


def _connected(address: str, path: Path) -> sqlite3.Connection:
    """Return a connection that was seen to read, to tables that are those of SCHEMA."""
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    try:
        _require_schema(connection, path)
    except (sqlite3.Error, IndexUnusable):
        connection.close()
        raise
    return connection


def _require_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Raise FormatVersionMismatch or IndexDamaged where the tables are not those of SCHEMA."""
    tables = connection.execute(TABLES).fetchall()
    [(found,)] = connection.execute("PRAGMA user_version").fetchall()
    is_store = {"documents", "passages"} <= {name for _, name, *_ in tables}
    if is_store and found != SCHEMA_VERSION:
        raise FormatVersionMismatch(
            f"{path} is a store of version {found}, and this version of Spanlight reads "
            f"{SCHEMA_VERSION}; run reindex.py --full"
        )
    # A letter of a type decides how SQLite compares, so even that is looked at.
    if tables != _tables():
        raise IndexDamaged(
            f"{path} is damaged (its tables are not as they were made); run reindex.py --full"
        )


TABLES = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"


@cache
def _tables() -> list[tuple[Any, ...]]:
    """Return what SQLite says of the tables of a new store."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        return connection.execute(TABLES).fetchall()


def _file_state(path: Path) -> _FileState:
    """Return what differs once the store was written."""
    status = path.stat()
    is_open = Path(f"{path}-wal").exists()
    return status.st_ino, status.st_size, status.st_mtime_ns, is_open


class StoreSnapshot:
    """The store as it is at one moment, whoever writes it afterwards."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _named_errors(path):
            self._connection, _ = _open_read_only(path)
            # An open transaction holds the moment.
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT 1 FROM sqlite_master").fetchall()

    def close(self) -> None:
        self._connection.close()

    def copy(
        self, target: Path, *, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> None:
        """Write it to a new file; `progress` is told how many pages are copied, and of how many."""
        with _named_errors(self._path), closing(sqlite3.connect(target)) as writing:
            self._connection.backup(
                writing,
                pages=PAGES_PER_STEP,
                progress=lambda _, left, total: progress(total - left, total),
                sleep=0,
            )


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the primary code: https://www.sqlite.org/rescode.html
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in STORAGE_CODES:
            raise StorageError(f"{path}: {error}; nothing that was published is lost") from error
        raise IndexDamaged(f"{path} is damaged ({error}); run reindex.py --full") from error
    except UnicodeDecodeError as error:
        raise IndexDamaged(f"{path} is damaged ({error}); run reindex.py --full") from error


def _document_values(stored: StoredDocument) -> tuple[Any, ...]:
    return (
        *(stored.document, stored.id, stored.path, stored.title, stored.sha256, stored.encoding),
        *(stored.media_type, stored.size_bytes, stored.mtime_ns, stored.ctime_ns, stored.inode),
        *(stored.read_ns, stored.length, stored.first_row, stored.passages),
        int(stored.repeated_title),
    )


def _checksum(document_values: tuple[Any, ...]) -> int:
    """Return the checksum of the columns of a document, up to those of its generations."""
    return zlib.crc32(repr(document_values).encode())


def _document(row: tuple[Any, ...], path: Path) -> StoredDocument:
    return StoredDocument(*_sound_document(row, path))


def _sound_document(row: tuple[Any, ...], path: Path) -> tuple[Any, ...]:
    """Return the columns of a document but for the checksum. Raises IndexDamaged if it is wrong."""
    values = row[:-1]
    if row[-1] != _checksum(values):
        raise _damaged(path, "document", row[0])
    return values


def _numbered(
    records: Sequence[PassageRecord], stored: StoredDocument
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the passages of a document."""
    document = stored.document
    for row, record in enumerate(records, start=stored.first_row):
        checksum = zlib.crc32(PASSAGE_PLACE.pack(row, document), record.checksum)
        yield (row, document, *record[:-1], checksum)


def _passage_records(document: Document, passages: Sequence[NewPassage]) -> Iterator[PassageRecord]:
    """Yield the records of the passages, counting every unit forward from one to the next."""
    byte_start = bom_length(document.encoding)
    utf16_start, line_start = 0, 1
    counted = 0
    for number, (passage, embedding, signature) in enumerate(passages):
        before = document.text[counted : passage.span.start]
        byte_start += byte_length(before, document.encoding)
        utf16_start += utf16_length(before)
        line_start += before.count("\n")
        counted = passage.span.start
        last = number + 1 == len(passages)
        piece_end = len(document.text) if last else passages[number + 1].passage.span.start
        piece_start = 0 if number == 0 else passage.span.start
        values = (
            *(passage.span.start, passage.span.end, passage.heading),
            *(_packed(passage.windows), _packed(passage.repeated), piece_start),
            *(document.text[piece_start:piece_end], byte_start, utf16_start, line_start),
            *(embedding, signature),
        )
        yield PassageRecord(*values, _record_checksum(values))


def _passage(values: tuple[Any, ...]) -> StoredPassage:
    number, document, start, end, heading, windows, repeated, piece_start, piece, *rest = values
    return StoredPassage(
        number,
        document,
        Span(start, end),
        heading,
        _unpacked(windows),
        _unpacked(repeated),
        piece_start,
        piece,
        *rest,
    )


def _searched_passage(values: tuple[Any, ...]) -> SearchedPassage:
    # As StoredPassage.content says, at half of the cost: of large corpora all are read at times.
    number, _, start, end, heading, _, repeated, piece_start, piece, *_ = values
    edges = [edge - piece_start for edge in (start, *array("I", repeated), end)]
    parts = [piece[first:last] for first, last in zip(edges[::2], edges[1::2], strict=True)]
    return SearchedPassage(number, heading, "".join(parts))


def _piece(values: tuple[Any, ...]) -> str:
    *_, piece, _, _, _, _, _ = values
    return str(piece)


def _sound(row: tuple[Any, ...], path: Path) -> tuple[Any, ...]:
    """Return the columns of a passage but for the checksum. Raises IndexDamaged if it is wrong."""
    values, checksum = row[:-1], row[-1]
    try:
        found = _passage_checksum(values)
    except (struct.error, AttributeError, TypeError):
        # A damaged record may hold values of other types.
        found = None
    if checksum != found:
        raise _damaged(path, "passage", row[0])
    return values


def _damaged(path: Path, kind: str, key: object) -> IndexDamaged:
    return IndexDamaged(f"{path}: the record of {kind} {key} is damaged; run reindex.py --full")


def _passage_checksum(values: tuple[Any, ...]) -> int:
    """Return the checksum of all columns: of what the passage is, then of where it stands."""
    return zlib.crc32(PASSAGE_PLACE.pack(*values[:2]), _record_checksum(values[2:]))


def _record_checksum(values: tuple[Any, ...]) -> int:
    """Return the checksum of the columns of a record, each with its length."""
    start, end, heading, windows, repeated, text_start, text, *rest = values
    byte_start, utf16_start, line_start, embedding, signature = rest
    numbers = (start, end, text_start, byte_start, utf16_start, line_start)
    parts = (heading.encode(), windows, repeated, text.encode(), embedding or b"", signature)
    lengths = map(len, parts)
    return zlib.crc32(b"".join((PASSAGE_NUMBERS.pack(*numbers, *lengths), *parts)))


def _packed(spans: Sequence[Span]) -> bytes:
    return array("I", [edge for span in spans for edge in (span.start, span.end)]).tobytes()


def _unpacked(packed: bytes) -> tuple[Span, ...]:
    edges = array("I", packed)
    return tuple(map(Span, edges[::2], edges[1::2]))
