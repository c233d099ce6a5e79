"""The connections to a store, opened before the first is used, and shared by threads."""

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from queue import SimpleQueue

from indexer.index.store.file import (
    FileState,
    file_state,
    named_errors,
    open_read_only,
    require_generation,
)

__all__ = ["Connection", "Connections"]


class Connection:
    """A connection to a store. `unlocked` is the state of a file that it reads without locks."""

    def __init__(
        self, sqlite: sqlite3.Connection, path: Path, unlocked: FileState | None = None
    ) -> None:
        self.sqlite = sqlite
        self._path = path
        self._unlocked = unlocked
        # sqlite3 keeps an unused connection and its file handles until garbage is next collected.
        self._closing = weakref.finalize(self, sqlite.close)

    @classmethod
    def to(cls, path: Path, generation: str) -> "Connection":
        """Return a connection for reading. Raises IndexDamaged unless it lists the generation.

        An empty id fits every store.
        """
        with named_errors(path):
            sqlite, unlocked = open_read_only(path)
            connection = cls(sqlite, path, unlocked)
            try:
                require_generation(sqlite, path, generation)
            except BaseException:
                connection.close()
                raise
        return connection

    @property
    def is_outdated(self) -> bool:
        """Whether a file that is read without locks has changed since it was opened.

        A file that is read-only here may be written elsewhere, for instance by another container.
        """
        try:
            return self._unlocked is not None and self._unlocked != file_state(self._path)
        except FileNotFoundError:
            return True

    def close(self) -> None:
        self._closing()


class Connections:
    """A fixed number of connections to one store. A thread borrows one for each statement.

    All are opened before the first is used. So a reader keeps the store that it began with, whole,
    even if another one has taken its place since. Only a file that is read without locks is opened
    again, and only if it still lists the generation.
    """

    def __init__(self, path: Path, opened: list[Connection], generation: str = "") -> None:
        self._path = path
        self._generation = generation
        self._opened = opened
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        for connection in opened:
            self._idle.put(connection)

    @classmethod
    def to(cls, path: Path, generation: str, count: int) -> "Connections":
        """Return connections for reading, all to the same store.

        Raises IndexDamaged, FormatVersionMismatch or StorageError, which name the file.
        """
        with ExitStack() as held:
            opened = [
                held.enter_context(closing(Connection.to(path, generation))) for _ in range(count)
            ]
            held.pop_all()
        return cls(path, opened, generation)

    @contextmanager
    def borrowed(self) -> Iterator[Connection]:
        """Provide a connection to this thread alone, once one is idle."""
        connection = self._idle.get()
        try:
            if connection.is_outdated:
                connection = self._opened_again(connection)
            yield connection
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def _opened_again(self, outdated: Connection) -> Connection:
        connection = Connection.to(self._path, self._generation)
        self._opened[self._opened.index(outdated)] = connection
        outdated.close()
        return connection
