"""The passage store: documents, passages with their text, and embeddings already paid for.

One SQLite file beside the generations. A document carries the first and the last generation that
it belongs to; a build only adds documents and marks old ones as gone, so a reader keeps seeing the
generation that it opened. `prune` deletes what no kept generation needs.

The text of a document is stored once, in pieces: each passage holds the text from its own start to
the start of the next one (the first one from the start of the document), so the pieces in order are
the whole text, and a hit is read with one row.
"""

import sqlite3
import struct
import threading
import zlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from indexer.catalog import Catalog, CatalogEntry
from indexer.documents import Document, Passage, SourceFile
from indexer.errors import IndexDamaged, StorageError
from indexer.spans import Span, bom_length, byte_length, utf16_length

__all__ = [
    "NewPassage",
    "PassageStore",
    "StoreWriter",
    "StoredDocument",
    "StoredPassage",
]

SCHEMA = """
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
CREATE TABLE embeddings (
    key BLOB PRIMARY KEY,
    vectors BLOB NOT NULL,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;
"""

DOCUMENT_FIELDS = (
    "document, id, path, title, sha256, encoding, media_type, size_bytes, mtime_ns, ctime_ns,"
    " inode, read_ns, length, first_row, passages, checksum"
)
PASSAGE_FIELDS = (
    "row, document, start, end, heading, windows, repeated, text_start, text, byte_start,"
    " utf16_start, line_start, embedding, signature, checksum"
)
# Eight columns that are numbers, and the lengths of the six others.
PASSAGE_NUMBERS = struct.Struct("<14q")
IN_GENERATION = "first_generation <= ? AND (last_generation IS NULL OR last_generation >= ?)"
# What the disk, or another process, is to blame for; all else is damage.
STORAGE_CODES = frozenset(
    [
        *[sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM],
        *[sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED],
    ]
)
BUSY_TIMEOUT_S = 30.0
# SQLite's limit on parameters of one statement is far higher; short statements stay readable.
ROWS_PER_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it was indexed. `first_row` and `passages` say which rows are its own."""

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
    def content(self) -> str:
        """What is searched of the passage: its text without what is repeated."""
        return Passage(
            self.span.shifted(-self.piece_start),
            self.heading,
            (),
            tuple(span.shifted(-self.piece_start) for span in self.repeated),
        ).content(self.piece)


class NewPassage(NamedTuple):
    """A passage to be written, with what was computed from it."""

    passage: Passage
    embedding: bytes | None
    signature: bytes


class PassageStore:
    """Reads the store. Safe to share between threads: each has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def documents(self, generation: int) -> list[StoredDocument]:
        """Return the documents of the generation, sorted by path."""
        found = self._select(
            f"SELECT {DOCUMENT_FIELDS} FROM documents WHERE {IN_GENERATION} ORDER BY path",
            (generation, generation),
        )
        return [_document(row, self._path) for row in found]

    def catalog(self, generation: int) -> Catalog:
        """Return the documents of the generation as they are kept in memory."""
        return Catalog(
            [
                CatalogEntry(*row)
                for row in self._select(
                    "SELECT document, path, media_type, mtime_ns, first_row, passages"
                    f" FROM documents WHERE {IN_GENERATION} ORDER BY path",
                    (generation, generation),
                )
            ]
        )

    def titles(self, generation: int) -> list[tuple[int, str]]:
        """Return the key and the title of each document that has passages, sorted by path."""
        return self._select(
            f"SELECT document, title FROM documents WHERE {IN_GENERATION} AND passages > 0"
            " ORDER BY path",
            (generation, generation),
        )

    def document_with_id(self, document_id: str, generation: int) -> StoredDocument | None:
        """Return the document of the generation with this public id, if there is one."""
        found = self._select(
            f"SELECT {DOCUMENT_FIELDS} FROM documents WHERE id = ? AND {IN_GENERATION}",
            (document_id, generation, generation),
        )
        return _document(found[0], self._path) if found else None

    def places(self, rows: Sequence[int]) -> dict[int, tuple[int, Span]]:
        """Return of each row its document and span, without reading its text."""
        found: dict[int, tuple[int, Span]] = {}
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            some = rows[start : start + ROWS_PER_STATEMENT]
            marks = ",".join("?" * len(some))
            for row, document, first, end in self._select(
                f"SELECT row, document, start, end FROM passages WHERE row IN ({marks})", some
            ):
                found[row] = (document, Span(first, end))
        return found

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
        found: dict[int, StoredPassage] = {}
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            some = rows[start : start + ROWS_PER_STATEMENT]
            marks = ",".join("?" * len(some))
            for row in self._select(
                f"SELECT {PASSAGE_FIELDS} FROM passages WHERE row IN ({marks})", some
            ):
                found[row[0]] = _passage(row, self._path)
        missing = [row for row in rows if row not in found]
        if missing:
            raise IndexDamaged(f"{self._path} lacks passage {missing[0]}; run reindex.py --full")
        return [found[row] for row in rows]

    def passages_between(self, first_row: int, end_row: int) -> Iterator[StoredPassage]:
        """Yield the passages of rows `[first_row, end_row)`, in order."""
        statement = f"SELECT {PASSAGE_FIELDS} FROM passages WHERE row >= ? AND row < ? ORDER BY row"
        with _named_errors(self._path):
            for row in self._connection().execute(statement, (first_row, end_row)):
                yield _passage(row, self._path)

    def text(self, document: StoredDocument) -> str:
        """Return the text of the document as it was indexed."""
        end_row = document.first_row + document.passages
        return "".join(
            passage.piece for passage in self.passages_between(document.first_row, end_row)
        )

    def passage_spans(self, document: StoredDocument) -> list[tuple[int, Span]]:
        """Return the row and the span of each passage of the document, in order."""
        found = self._select(
            "SELECT row, start, end FROM passages WHERE row >= ? AND row < ? ORDER BY row",
            (document.first_row, document.first_row + document.passages),
        )
        return [(row, Span(start, end)) for row, start, end in found]

    def rows_overlapping(self, document: StoredDocument, span: Span) -> tuple[int, int]:
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
        for start in range(0, len(keys), ROWS_PER_STATEMENT):
            some = keys[start : start + ROWS_PER_STATEMENT]
            marks = ",".join("?" * len(some))
            for key, vectors, checksum in self._select(
                f"SELECT key, vectors, checksum FROM embeddings WHERE key IN ({marks})", some
            ):
                if not _is_sound(vectors, checksum):
                    raise _damaged(self._path, "embedding", key.hex())
                found[key] = vectors
        return found

    def paid_for(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return those of the keys whose embedding is stored, and undamaged."""
        found: set[bytes] = set()
        for start in range(0, len(keys), ROWS_PER_STATEMENT):
            some = keys[start : start + ROWS_PER_STATEMENT]
            marks = ",".join("?" * len(some))
            found.update(
                key
                for key, vectors, checksum in self._select(
                    f"SELECT key, vectors, checksum FROM embeddings WHERE key IN ({marks})", some
                )
                if _is_sound(vectors, checksum)
            )
        return found

    def quick_check(self) -> list[str]:
        """Return what SQLite finds wrong with the file, nothing where it is sound."""
        found = [problem for (problem,) in self._select("PRAGMA quick_check")]
        return [] if found == ["ok"] else found

    def _select(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with _named_errors(self._path):
            return self._connection().execute(statement, parameters).fetchall()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            with _named_errors(self._path):
                connection = _open_read_only(self._path)
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
            # In WAL mode readers never wait for the writer; NORMAL syncs at every checkpoint,
            # and `commit` forces one before a generation is published.
            self._writing.execute("PRAGMA journal_mode = WAL")
            self._writing.execute("PRAGMA synchronous = NORMAL")
            if new or not self._writing.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                self._writing.executescript(f"BEGIN; {SCHEMA} COMMIT;")
            self._writing.execute("BEGIN")
        self._local.connection = self._writing
        self._connections.append(self._writing)
        self._next_row = self._next("passages", "row")
        self._next_document = self._next("documents", "document")

    def _next(self, table: str, key: str) -> int:
        highest = self._select(f"SELECT max({key}) FROM {table}")[0][0]
        return 1 if highest is None else int(highest) + 1

    def discard_unpublished(self, current: int) -> None:
        """Forget what a build that never published left behind; keep its embeddings."""
        self._execute(
            "DELETE FROM passages WHERE document IN "
            "(SELECT document FROM documents WHERE first_generation > ?)",
            (current,),
        )
        self._execute("DELETE FROM documents WHERE first_generation > ?", (current,))
        self._execute(
            "UPDATE documents SET last_generation = NULL WHERE last_generation >= ?", (current,)
        )
        self.commit()
        self._next_row = self._next("passages", "row")
        self._next_document = self._next("documents", "document")

    def add_document(
        self,
        source: SourceFile,
        document: Document,
        document_id: str,
        passages: Sequence[NewPassage],
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
            length=len(document.text),
            first_row=self._next_row,
            passages=len(passages),
        )
        values = _document_values(stored)
        marks = ",".join("?" * (len(values) + 3))
        self._execute(
            f"INSERT INTO documents ({DOCUMENT_FIELDS}, first_generation, last_generation)"
            f" VALUES ({marks})",
            (*values, _document_checksum(stored), generation, None),
        )
        with _named_errors(self._path):
            self._writing.executemany(
                f"INSERT INTO passages ({PASSAGE_FIELDS}) VALUES ({','.join('?' * 15)})",
                _passage_rows(stored, document, passages),
            )
        self._next_document += 1
        self._next_row += len(passages)
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
        values = (source.mtime_ns, source.ctime_ns, source.inode, read_ns, stored.document)
        self._execute(
            "UPDATE documents SET mtime_ns = ?, ctime_ns = ?, inode = ?, read_ns = ?"
            " WHERE document = ?",
            values,
        )

    def add_embeddings(self, embeddings: Iterable[tuple[bytes, bytes]]) -> None:
        with _named_errors(self._path):
            self._writing.executemany(
                "INSERT OR REPLACE INTO embeddings (key, vectors, checksum) VALUES (?, ?, ?)",
                [(key, vectors, zlib.crc32(vectors)) for key, vectors in embeddings],
            )

    def commit(self) -> None:
        """Make all that was written so far survive a crash of the process."""
        with _named_errors(self._path):
            self._writing.execute("COMMIT")
            self._writing.execute("BEGIN")

    def sync(self) -> None:
        """Commit, and bring the file itself up to date, so that it survives power loss."""
        with _named_errors(self._path):
            self._writing.execute("COMMIT")
            self._writing.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._writing.execute("BEGIN")

    def prune(self, oldest: int) -> None:
        """Delete what no generation from `oldest` on needs."""
        gone = "SELECT document FROM documents WHERE last_generation < ?"
        self._execute(f"DELETE FROM passages WHERE document IN ({gone})", (oldest,))
        self._execute("DELETE FROM documents WHERE last_generation < ?", (oldest,))
        self._execute(
            "DELETE FROM embeddings WHERE key NOT IN"
            " (SELECT embedding FROM passages WHERE embedding IS NOT NULL)"
        )
        self.commit()

    def close(self) -> None:
        with _named_errors(self._path):
            # An error of the disk ends the transaction by itself.
            if self._writing.in_transaction:
                self._writing.execute("ROLLBACK")
        super().close()

    def _execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        with _named_errors(self._path):
            self._writing.execute(statement, parameters)


def _open_read_only(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise IndexDamaged(f"{path} is missing; run reindex.py --full")
    address = path.absolute().as_uri()
    try:
        connection = sqlite3.connect(
            f"{address}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False
        )
        connection.execute("SELECT 1 FROM documents LIMIT 1")
    except sqlite3.OperationalError:
        # On a read-only file system SQLite cannot keep the shared memory of WAL mode beside the
        # file; nobody can write there either, so the file may be read as it is.
        connection = sqlite3.connect(
            f"{address}?immutable=1", uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False
        )
        connection.execute("SELECT 1 FROM documents LIMIT 1")
    return connection


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
    )


def _document_checksum(stored: StoredDocument) -> int:
    """Return the checksum of what never changes; the directory entry may be touched."""
    fixed = (
        *(stored.document, stored.id, stored.path, stored.title, stored.sha256, stored.encoding),
        *(stored.media_type, stored.size_bytes, stored.length, stored.first_row, stored.passages),
    )
    return zlib.crc32(repr(fixed).encode())


def _document(row: tuple[Any, ...], path: Path) -> StoredDocument:
    stored = StoredDocument(*row[:-1])
    if row[-1] != _document_checksum(stored):
        raise _damaged(path, "document", row[0])
    return stored


def _passage_rows(
    stored: StoredDocument, document: Document, passages: Sequence[NewPassage]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the passages, counting every unit forward from one to the next."""
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
            *(stored.first_row + number, stored.document, passage.span.start, passage.span.end),
            *(passage.heading, _packed(passage.windows), _packed(passage.repeated), piece_start),
            *(document.text[piece_start:piece_end], byte_start, utf16_start, line_start),
            *(embedding, signature),
        )
        yield (*values, _passage_checksum(values))


def _passage(row: tuple[Any, ...], path: Path) -> StoredPassage:
    *values, checksum = row
    try:
        found = _passage_checksum(tuple(values))
    except (struct.error, AttributeError, TypeError):
        # A damaged record may hold values of other types.
        found = None
    if checksum != found:
        raise _damaged(path, "passage", row[0])
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


def _is_sound(vectors: object, checksum: object) -> bool:
    return isinstance(vectors, bytes) and checksum == zlib.crc32(vectors)


def _damaged(path: Path, kind: str, key: object) -> IndexDamaged:
    return IndexDamaged(f"{path}: the record of {kind} {key} is damaged; run reindex.py --full")


def _passage_checksum(values: tuple[Any, ...]) -> int:
    """Return the checksum of all columns, each with its length."""
    row, document, start, end, heading, windows, repeated, text_start, text, *rest = values
    byte_start, utf16_start, line_start, embedding, signature = rest
    numbers = (row, document, start, end, text_start, byte_start, utf16_start, line_start)
    parts = (heading.encode(), windows, repeated, text.encode(), embedding or b"", signature)
    lengths = map(len, parts)
    return zlib.crc32(b"".join((PASSAGE_NUMBERS.pack(*numbers, *lengths), *parts)))


def _packed(spans: Sequence[Span]) -> bytes:
    return array("I", [edge for span in spans for edge in (span.start, span.end)]).tobytes()


def _unpacked(packed: bytes) -> tuple[Span, ...]:
    edges = array("I", packed)
    return tuple(map(Span, edges[::2], edges[1::2]))
