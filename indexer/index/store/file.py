"""The SQLite file of the passage store: its tables, how it is opened, and what its errors mean."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from indexer.errors import FormatVersionMismatch, IndexDamaged, IndexUnusable, StorageError
from indexer.index.disk.failures import storage_error, storage_errors
from indexer.index.records import DOCUMENTS, EMBEDDINGS, GENERATIONS, MAPS, PASSAGES

__all__ = [
    "BUSY_TIMEOUT_S",
    "FileState",
    "StoreSnapshot",
    "file_state",
    "make_tables",
    "named_errors",
    "open_read_only",
    "require_generation",
    "require_schema",
]

SCHEMA_VERSION = 6
# 0: as published with index formats 1 and 2.
# 2: whether a document's title is repeated; checksums of passages do not depend on their places.
# 3: the checksum of a document also covers its directory entry.
# 4: the store lists its generations.
# 5: passages and titles are those of index format 6.
# 6: passages and titles are those of index format 7; extracted documents, and their maps.
SCHEMA = f"""
PRAGMA user_version = {SCHEMA_VERSION};
{DOCUMENTS.created};
CREATE INDEX documents_by_id ON documents (id);
CREATE INDEX documents_gone ON documents (last_generation) WHERE last_generation IS NOT NULL;
{PASSAGES.created};
CREATE INDEX passages_by_embedding ON passages (embedding) WHERE embedding IS NOT NULL;
{MAPS.created};
{EMBEDDINGS.created};
{GENERATIONS.created};
"""

# Errors caused by the disk or another process. All others mean damage.
STORAGE_CODES = frozenset(
    [
        *[sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM],
        *[sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED],
    ]
)
# Errors that SQLite reports when it may not write next to the file.
UNWRITABLE_CODES = frozenset(
    [sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN]
)
BUSY_TIMEOUT_S = 30.0
# A connection opens the file, its journal and the shared memory beside it.
HANDLES = 3
# More than the default limit of SQLite. Content beyond its limit is read without a map.
MAPPED_BYTES = 1 << 40
# The inode, the size and the time of the store, and whether its journal exists.
FileState = tuple[int, int, int, bool]
# Pages copied between two reports of progress.
PAGES_PER_STEP = 2_048


def open_read_only(path: Path) -> tuple[sqlite3.Connection, FileState | None]:
    """Return a connection and, if it takes no locks, the state of the file that it reads."""
    unlocked = None
    with storage_errors(path):
        there = path.is_file()
    if not there:
        raise IndexDamaged.missing(path)
    address = path.absolute().as_uri()
    try:
        connection = _connected(f"{address}?mode=ro", path)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in UNWRITABLE_CODES:
            raise
        # On a read-only file system, SQLite cannot keep the shared memory of WAL mode next to the
        # file. There the file may be read without locks while no process writes it. Elsewhere, for
        # instance on a full disk, it may not, because the last commits may be only in the journal.
        if os.access(path.parent, os.W_OK, effective_ids=True):
            raise
        unlocked = file_state(path)
        connection = _connected(f"{address}?immutable=1", path)
    # Every hit and every copy of it is on a different page. Memory-mapped pages are not copied, and
    # threads share them.
    connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    return connection, unlocked


def _connected(address: str, path: Path) -> sqlite3.Connection:
    """Return a connection that has been tested to read, and whose tables are those of SCHEMA."""
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    try:
        require_schema(connection, path)
    except (sqlite3.Error, IndexUnusable):
        connection.close()
        raise
    return connection


def require_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Raise FormatVersionMismatch or IndexDamaged unless the tables are those of SCHEMA."""
    tables = connection.execute(TABLES).fetchall()
    [(found,)] = connection.execute("PRAGMA user_version").fetchall()
    is_store = {"documents", "passages"} <= {name for _, name, *_ in tables}
    if is_store and found != SCHEMA_VERSION:
        raise FormatVersionMismatch.with_remedy(
            f"{path} has store version {found}, but this version of Spanlight reads "
            f"{SCHEMA_VERSION}"
        )
    # One letter of a type can change how SQLite compares, so the whole statements are compared.
    if tables != _tables():
        raise IndexDamaged.with_remedy(f"{path} is damaged (its tables have been altered)")


def make_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables if the file is empty.

    Raises FormatVersionMismatch or IndexDamaged, like `require_schema`.
    """
    if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
    require_schema(connection, path)


def require_generation(connection: sqlite3.Connection, path: Path, generation: str) -> None:
    """Raise IndexDamaged unless the store lists the generation. An empty id fits every store.

    A store that was copied and then built on lists other generations than its original.
    """
    if not generation:
        return
    if not connection.execute(f"{GENERATIONS.selected} WHERE id = ?", [generation]).fetchone():
        raise IndexDamaged.with_remedy(
            f"{path} is the store of another index: it does not list generation {generation}"
        )


TABLES = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"


@cache
def _tables() -> list[tuple[Any, ...]]:
    """Return SQLite's description of the tables that SCHEMA makes."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        return connection.execute(TABLES).fetchall()


def file_state(path: Path) -> FileState:
    """Return values that differ after the store has been written."""
    status = path.stat()
    is_open = Path(f"{path}-wal").exists()
    return status.st_ino, status.st_size, status.st_mtime_ns, is_open


class StoreSnapshot:
    """The store at one moment, unaffected by later writes."""

    def __init__(self, path: Path, generation: str) -> None:
        """Raises IndexDamaged unless the store lists the generation."""
        self._path = path
        with named_errors(path):
            self._connection, _ = open_read_only(path)
            require_generation(self._connection, path, generation)
            # An open transaction keeps this state visible.
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT 1 FROM sqlite_master").fetchall()

    def close(self) -> None:
        self._connection.close()

    def copy(
        self, target: Path, *, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> None:
        """Copy it to a new file. `progress` is called with the pages copied and their total."""
        with named_errors(self._path), closing(sqlite3.connect(target)) as writing:
            self._connection.backup(
                writing,
                pages=PAGES_PER_STEP,
                progress=lambda _, left, total: progress(total - left, total),
                sleep=0,
            )


def _storage_error(error: sqlite3.Error, path: Path) -> StorageError:
    """Return the error, with the system's reason. SQLite does not tell it, but opening does."""
    try:
        with ExitStack() as held:
            for _ in range(HANDLES):
                held.enter_context(path.open("rb"))
    except OSError as reason:
        return storage_error(reason, path)
    return StorageError(f"{path}: {error}; nothing that was published is lost")


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite inside into errors that name the file and the remedy."""
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the primary code: https://www.sqlite.org/rescode.html
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in STORAGE_CODES:
            raise _storage_error(error, path) from error
        raise IndexDamaged.with_remedy(f"{path} is damaged ({error})") from error
    except UnicodeDecodeError as error:
        raise IndexDamaged.with_remedy(f"{path} is damaged ({error})") from error
