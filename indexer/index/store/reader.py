"""The passage store: documents, passages with their text, and embeddings already computed.

It is one SQLite file next to the generations. A document records the first and the last generation
that it belongs to. A build only adds documents and marks old ones as removed, so a reader keeps
seeing the generation that it opened. `StoreWriter.prune` deletes what no kept generation needs.

The text of a document is stored once, in pieces. The piece of a passage extends from its start (for
the first passage, from the start of the document) to the start of the next passage. So the pieces
in order are the whole text, and reading a hit takes one row.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Self

from indexer.documents import SourceFile
from indexer.errors import IndexDamaged
from indexer.index.catalog import Catalog
from indexer.index.records import (
    DOCUMENTS,
    EMBEDDINGS,
    LONGEST_RUN,
    MAPS,
    PASSAGES,
    StoredDocument,
    StoredEmbedding,
    StoredMap,
    StoredPassage,
    damaged,
)
from indexer.index.store.connections import Connections
from indexer.index.store.file import named_errors
from indexer.index.store.tables import from_sqlite
from indexer.reading.extraction.maps import PieceMap
from indexer.spans import Span

__all__ = ["ANY", "PassageStore"]

SOURCE_COLUMNS = ", ".join(field.name for field in fields(SourceFile))
IN_GENERATION = "first_generation <= ? AND (last_generation IS NULL OR last_generation >= ?)"
# SQLite's limit on the parameters of a statement is far higher, but short statements are readable.
KEYS_PER_STATEMENT = 500
# The placeholder in a statement for the keys that it selects.
ANY = "(:any)"


class PassageStore:
    """Reads the store. Safe to share between threads, which take turns with its connections.

    Every record is checked against its checksum. SQLite may walk a damaged tree without noticing,
    so the store also checks that it found exactly what was asked for. If not, IndexDamaged is
    raised.
    """

    def __init__(self, path: Path, connections: Connections) -> None:
        self._path = path
        self._connections = connections

    @classmethod
    def open(cls, path: Path, generation: str = "", *, readers: int = 1) -> Self:
        """Open the file for reading, by as many threads at once as there are `readers`.

        Raises IndexDamaged unless the store lists the generation (an empty id fits every store),
        and FormatVersionMismatch or StorageError. All name the file.
        """
        return cls(path, Connections.to(path, generation, readers))

    def close(self) -> None:
        self._connections.close()

    def documents(self, generation: int) -> list[StoredDocument]:
        """Return the documents of the generation, sorted by path."""
        return list(self._documents(generation))

    def sources(self, generation: int) -> Iterator[SourceFile]:
        """Yield the files of the documents as they were when they were read, sorted by path."""
        with named_errors(self._path), self._connections.borrowed() as connection:
            for row in connection.sqlite.execute(
                f"SELECT {SOURCE_COLUMNS} FROM documents WHERE {IN_GENERATION} ORDER BY path",
                (generation, generation),
            ):
                yield SourceFile(*from_sqlite(row))

    def formats(self, generation: int) -> Counter[str]:
        """Return how many documents there are of each format that is more than text."""
        counted = self._select(
            "SELECT json_extract(extraction, '$.format'), count(*) FROM documents "
            f"WHERE extraction IS NOT NULL AND {IN_GENERATION} GROUP BY 1",
            (generation, generation),
        )
        return Counter(dict(counted))

    def catalog(self, generation: int) -> Catalog:
        """Return the documents of the generation in the form that is kept in memory."""
        return Catalog.of(self._documents(generation))

    def titles(self, generation: int) -> list[tuple[int, str]]:
        """Return the key and the title of each document that has passages, sorted by path.

        A document that is shown by its opening words has no title.
        """
        return [
            (stored.document, stored.searched_title)
            for stored in self._documents(generation)
            if stored.passages and stored.searched_title
        ]

    def _documents(self, generation: int) -> Iterator[StoredDocument]:
        """Yield the documents of the generation, sorted by path."""
        for values in self._select(
            f"{DOCUMENTS.selected} WHERE {IN_GENERATION} ORDER BY path", (generation, generation)
        ):
            yield StoredDocument.from_columns(values).checked(self._path)

    def document_with_id(self, document_id: str, generation: int) -> StoredDocument | None:
        """Return the document of the generation with this public id, or None."""
        wanted = (document_id, generation, generation)
        found = self._select(f"{DOCUMENTS.selected} WHERE id = ? AND {IN_GENERATION}", wanted)
        if found:
            return StoredDocument.from_columns(found[0]).checked(self._path)
        if self._select(
            f"SELECT 1 FROM documents NOT INDEXED WHERE id = ? AND {IN_GENERATION}", wanted
        ):
            raise IndexDamaged.with_remedy(
                f"{self._path} is damaged (document {document_id} is missing from the index by id)"
            )
        return None

    def places(self, rows: Sequence[int]) -> dict[int, tuple[int, Span]]:
        """Return the document and the span of each row."""
        found = self._passages(rows)
        return {row: (passage.document, passage.span) for row, passage in found.items()}

    def documents_with_keys(self, keys: Collection[int]) -> dict[int, StoredDocument]:
        """Return the documents by their keys. Raises IndexDamaged if one is missing."""
        wanted = list(keys)
        found: dict[int, StoredDocument] = {}
        for values in self._select_any(f"{DOCUMENTS.selected} WHERE document IN {ANY}", wanted):
            stored = StoredDocument.from_columns(values).checked(self._path)
            found[stored.document] = stored
        for key in wanted:
            if key not in found:
                raise IndexDamaged.with_remedy(f"{self._path} lacks document {key}")
        return found

    def passages(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return the passages in the order of the rows."""
        found = self._passages(rows)
        return [found[row] for row in rows]

    def _passages(self, rows: Sequence[int]) -> dict[int, StoredPassage]:
        """Return the passages by their rows, in any order."""
        found: dict[int, StoredPassage] = {}
        for values in self._select_any(f"{PASSAGES.selected} WHERE row IN {ANY}", rows):
            passage = StoredPassage._make(values).checked(self._path)
            found[passage.row] = passage
        for row in rows:
            if row not in found:
                raise self._lacking(row)
        return found

    def passages_between(self, first_row: int, end_row: int) -> Iterator[StoredPassage]:
        """Yield the passages of rows `[first_row, end_row)`, in order."""
        expected = first_row
        for values in self._select(
            f"{PASSAGES.selected} WHERE row >= ? AND row < ? ORDER BY row", (first_row, end_row)
        ):
            passage = StoredPassage._make(values)
            if passage.row != expected:
                raise self._lacking(expected)
            expected += 1
            yield passage.checked(self._path)
        if expected < end_row:
            raise self._lacking(expected)

    def passages_of(self, document: StoredDocument) -> Iterator[StoredPassage]:
        """Yield the passages of the document, in the order of its text."""
        return self.passages_between(document.first_row, document.end_row)

    def text(self, document: StoredDocument) -> str:
        """Return the text of the document as it was indexed."""
        return "".join([passage.piece for passage in self.passages_of(document)])

    def map_of(self, document: StoredDocument) -> PieceMap | None:
        """Return where in its file the text of the document is from; None for a text file.

        Pieces are unpacked when they are asked for.
        """
        if document.packed_extraction is None:
            return None
        found = self._select(f"{MAPS.selected} WHERE document = ?", (document.document,))
        stored = StoredMap._make(found[0]) if found else None
        if stored is None or not stored.is_sound:
            raise damaged(self._path, "map", document.document)
        try:
            return PieceMap(stored.packed)
        except ValueError:
            raise damaged(self._path, "map", document.document) from None

    def rows_of(self, document: StoredDocument, is_wanted: Callable[[Span], bool]) -> range | None:
        """Return the rows of the first passage whose span is wanted, or None.

        If none is, the spans of joined passages are tried. Texts are read only if no span is
        wanted: then all passages are checked for damage.
        """
        spans = self._select(
            "SELECT row, start, end FROM passages WHERE row >= ? AND row < ? ORDER BY row",
            (document.first_row, document.end_row),
        )
        for length in range(1, LONGEST_RUN + 1):
            for (row, start, _), (last, _, end) in zip(spans, spans[length - 1 :], strict=False):
                if is_wanted(Span(start, end)):
                    return range(row, last + 1)
        for _ in self.passages_of(document):
            pass
        return None

    def pieces(self, document: StoredDocument, span: Span) -> list[StoredPassage]:
        """Return the passages whose pieces contain the text of the span, in order."""
        if not document.passages:
            return []
        found = list(self.passages_between(*self._rows_overlapping(document, span)))
        place = found[0].piece_start if found else 0
        # The range of rows was read without checking the rows before and after it.
        for passage in found:
            if passage.document != document.document or passage.piece_start != place:
                raise damaged(self._path, "passage", passage.row)
            place += len(passage.piece)
        begin = found[0].piece_start if found else 0
        if not begin <= span.start <= span.end <= place:
            raise IndexDamaged.with_remedy(
                f"{self._path} lacks a part of document {document.document}"
            )
        return found

    def _rows_overlapping(self, document: StoredDocument, span: Span) -> tuple[int, int]:
        """Return the range of rows `[first, end)` whose pieces contain the text of the span."""
        of_document = "FROM passages WHERE row >= ?1 AND row < ?2"
        [(first, last)] = self._select(
            f"SELECT (SELECT max(row) {of_document} AND text_start <= ?3),"
            f" (SELECT max(row) {of_document} AND text_start < ?4)",
            (document.first_row, document.end_row, span.start, max(span.end, 1)),
        )
        if first is None or last is None:
            return document.first_row, document.first_row
        # An empty span at the start of a piece belongs to that piece.
        return first, max(first, last) + 1

    def embeddings(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the encoded vectors of the keys that are stored."""
        found: dict[bytes, bytes] = {}
        for stored in self._embeddings(keys):
            if not stored.is_sound:
                raise damaged(self._path, "embedding", stored.key.hex())
            found[stored.key] = stored.vectors
        return found

    def embedded_keys(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return the keys whose embeddings are stored and undamaged."""
        return {stored.key for stored in self._embeddings(keys) if stored.is_sound}

    def _embeddings(self, keys: Sequence[bytes]) -> Iterator[StoredEmbedding]:
        """Yield the embeddings stored under the keys, damaged ones too."""
        # By rowid, so that the key is read from the record of its vectors and not from the index.
        by_key = f"SELECT rowid FROM embeddings WHERE key IN {ANY}"
        for values in self._select_any(f"{EMBEDDINGS.selected} WHERE rowid IN ({by_key})", keys):
            yield StoredEmbedding._make(values)

    def integrity_check(self) -> list[str]:
        """Return the problems that SQLite finds in the file, none if it is sound."""
        found = [problem for (problem,) in self._select("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def _lacking(self, row: int) -> IndexDamaged:
        return IndexDamaged.with_remedy(f"{self._path} lacks passage {row}")

    def _select_any(self, statement: str, keys: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that the statement selects, with the keys in place of ANY."""
        for start in range(0, len(keys), KEYS_PER_STATEMENT):
            some = keys[start : start + KEYS_PER_STATEMENT]
            marks = ", ".join("?" for _ in some)
            yield from self._select(statement.replace(ANY, f"({marks})"), some)

    def _select(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with named_errors(self._path):
            while True:
                with self._connections.borrowed() as connection:
                    try:
                        found = connection.sqlite.execute(statement, parameters).fetchall()
                    except sqlite3.Error:
                        if not connection.is_outdated:
                            raise
                    else:
                        if not connection.is_outdated:
                            return found
