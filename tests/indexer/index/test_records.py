import struct
import zlib
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from indexer.documents import Document, Passage, SourceFile
from indexer.errors import IndexDamaged
from indexer.index.records import DOCUMENTS, EMBEDDINGS, PASSAGES, StoredEmbedding, StoredPassage
from indexer.index.store.new_records import new_document, new_passages, placed_passages
from indexer.index.store.tables import Column
from indexer.spans import Span
from indexer.splitting.splitter import split_passages
from tests.indexer.index_content import SMALL
from tests.indexer.strategies import texts

SOURCE = SourceFile("a.md", 57, 5, 6, 7)
DOCUMENT = Document("a.md", "One wolf. Two.\n\nSea.", "utf-8", "text/markdown", "Wolf", "ab" * 32)
PASSAGES_OF_IT = [
    Passage(Span(0, 14), "A > B", (Span(0, 9),), (Span(10, 14),)),
    Passage(Span(16, 20), "A", (Span(16, 20),)),
]


def stored_passages() -> list[StoredPassage]:
    return list(new_passages(DOCUMENT, PASSAGES_OF_IT, [b"key", None], [b"one", b"two"]))


# Tables: every index of format 4 has exactly these texts, and opening an index compares them


def test_the_table_of_documents() -> None:
    assert DOCUMENTS.created == (
        "CREATE TABLE documents (\n"
        "    document INTEGER PRIMARY KEY,\n"
        "    id TEXT NOT NULL,\n"
        "    path TEXT NOT NULL,\n"
        "    title TEXT NOT NULL,\n"
        "    title_source TEXT NOT NULL,\n"
        "    sha256 TEXT NOT NULL,\n"
        "    encoding TEXT,\n"
        "    encoding_source TEXT NOT NULL,\n"
        "    media_type TEXT NOT NULL,\n"
        "    size_bytes INTEGER NOT NULL,\n"
        "    mtime_ns INTEGER NOT NULL,\n"
        "    ctime_ns INTEGER NOT NULL,\n"
        "    inode INTEGER NOT NULL,\n"
        "    read_ns INTEGER NOT NULL,\n"
        "    length INTEGER NOT NULL,\n"
        "    first_row INTEGER NOT NULL,\n"
        "    passages INTEGER NOT NULL,\n"
        "    repeated_title INTEGER NOT NULL,\n"
        "    extraction TEXT,\n"
        "    author TEXT,\n"
        "    publisher TEXT,\n"
        "    published TEXT,\n"
        "    source_url TEXT,\n"
        "    language TEXT,\n"
        "    checksum INTEGER NOT NULL,\n"
        "    first_generation INTEGER NOT NULL,\n"
        "    last_generation INTEGER\n"
        ")"
    )


def test_the_table_of_passages() -> None:
    assert PASSAGES.created == (
        "CREATE TABLE passages (\n"
        "    row INTEGER PRIMARY KEY,\n"
        "    document INTEGER NOT NULL,\n"
        "    start INTEGER NOT NULL,\n"
        "    end INTEGER NOT NULL,\n"
        "    heading TEXT NOT NULL,\n"
        "    windows BLOB NOT NULL,\n"
        "    repeated BLOB NOT NULL,\n"
        "    text_start INTEGER NOT NULL,\n"
        "    text TEXT NOT NULL,\n"
        "    byte_start INTEGER NOT NULL,\n"
        "    utf16_start INTEGER NOT NULL,\n"
        "    line_start INTEGER NOT NULL,\n"
        "    embedding BLOB,\n"
        "    signature BLOB NOT NULL,\n"
        "    checksum INTEGER NOT NULL\n"
        ")"
    )


def test_the_table_of_embeddings() -> None:
    assert EMBEDDINGS.created == (
        "CREATE TABLE embeddings (\n"
        "    key BLOB PRIMARY KEY,\n"
        "    vectors BLOB NOT NULL,\n"
        "    checksum INTEGER NOT NULL\n"
        ")"
    )


def test_statements_name_every_column_once() -> None:
    names = "key, vectors, checksum"
    assert EMBEDDINGS.selected == f"SELECT {names} FROM embeddings"
    assert EMBEDDINGS.inserted == f"INSERT INTO embeddings ({names}) VALUES (?, ?, ?)"
    assert EMBEDDINGS.replaced == f"INSERT OR REPLACE INTO embeddings ({names}) VALUES (?, ?, ?)"


def test_a_column_is_made_from_its_field() -> None:
    columns = {column.field: column for column in PASSAGES.columns}
    assert columns["piece"] == Column("piece", "text", "TEXT", nullable=False)
    assert columns["embedding"] == Column("embedding", "embedding", "BLOB", nullable=True)


# Records


def test_a_new_document_has_no_rows_yet() -> None:
    new = new_document(DOCUMENT, SOURCE, read_ns=8, passages=2, repeated_title=True)
    assert (new.document, new.first_row, new.first_generation) == (0, 0, 0)
    stored = new.placed(5, 7, 3)
    assert (stored.document, stored.first_row, stored.end_row) == (5, 7, 9)
    assert (stored.first_generation, stored.last_generation) == (3, None)
    assert stored.source == SOURCE


def test_the_checksum_of_a_document_covers_the_columns_before_it() -> None:
    new = new_document(DOCUMENT, SOURCE, read_ns=8, passages=2, repeated_title=True)
    columns = (
        *(5, new.id, "a.md", "Wolf", "document", "ab" * 32, "utf-8", "utf-8", "text/markdown"),
        *(57, 5, 6, 7, 8, 20, 7, 2, 1),
        *[None] * 6,
    )
    assert new.placed(5, 7, 3).checksum == zlib.crc32(repr(columns).encode())


def test_a_new_passage_has_the_columns_of_its_content() -> None:
    first, second = stored_passages()
    assert (first.span, first.text, first.heading) == (Span(0, 14), "One wolf. Two.", "A > B")
    assert (first.piece_start, first.piece) == (0, "One wolf. Two.\n\n")
    assert (second.piece_start, second.piece, second.line_start) == (16, "Sea.", 3)
    assert (first.windows, first.repeated) == ((Span(0, 9),), (Span(10, 14),))
    assert (first.content, second.content) == ("One wolf. ", "Sea.")


def test_the_first_piece_begins_at_the_start_even_if_it_is_empty() -> None:
    passages = [Passage(Span(0, 0), "", ()), Passage(Span(2, 5), "", ())]
    document = Document("a", "\n\nSea", "utf-8", "text/plain", "a", "")
    first, second = new_passages(document, passages, [None, None], [b"", b""])
    assert (first.piece, second.piece_start, second.piece) == ("\n\n", 2, "Sea")


def test_the_checksum_of_a_passage_covers_numbers_lengths_parts_and_position() -> None:
    first, _ = stored_passages()
    windows, repeated = array("I", [0, 9]).tobytes(), array("I", [10, 14]).tobytes()
    parts = [b"A > B", windows, repeated, b"One wolf. Two.\n\n", b"key", b"one"]
    numbers = struct.pack("<12q", 0, 14, 0, 0, 0, 1, *map(len, parts))
    content = zlib.crc32(numbers + b"".join(parts))
    assert first.checksum == content
    checksum = zlib.crc32(struct.pack("<2q", 7, 5), content)
    [columns] = placed_passages([first], document=5, first_row=7)
    assert columns == first._replace(row=7, document=5, checksum=checksum)


@pytest.mark.parametrize(
    "damage",
    [
        {"row": 8},
        {"document": 6},
        {"end": 13},
        {"end": "14"},
        {"heading": "A > C"},
        {"heading": b"A > B"},
        {"packed_windows": b""},
        {"packed_windows": None},
        {"piece": None},
        {"embedding": None},
        {"embedding": "key"},
        {"signature": "one"},
        {"checksum": 1},
    ],
    ids=str,
)
def test_an_altered_passage_is_refused(damage: dict[str, Any]) -> None:
    columns = next(placed_passages(stored_passages(), document=5, first_row=7))
    stored = StoredPassage._make(columns)
    assert stored.checked(Path("store")) == stored
    with pytest.raises(IndexDamaged, match="the record of passage"):
        stored._replace(**damage).checked(Path("store"))


@pytest.mark.parametrize("damage", [{"path": "b.md"}, {"title": None}, {"checksum": 1}], ids=str)
def test_an_altered_document_is_refused(damage: dict[str, Any]) -> None:
    stored = new_document(DOCUMENT, SOURCE, read_ns=8, passages=2).placed(5, 7, 3)
    assert stored.checked(Path("store")) == stored
    assert stored._replace(last_generation=4).checked(Path("store")).last_generation == 4
    with pytest.raises(IndexDamaged, match="the record of document 5 is damaged"):
        stored._replace(**damage).checked(Path("store"))


@pytest.mark.parametrize("damage", [{"vectors": b"other"}, {"vectors": "vectors"}], ids=str)
def test_an_altered_embedding_is_recognised(damage: dict[str, Any]) -> None:
    stored = StoredEmbedding.of(b"key", b"vectors")
    assert stored.is_sound
    assert not stored._replace(**damage).is_sound


@given(texts)
def test_the_content_of_the_piece_equals_the_content_of_the_document(text: str) -> None:
    document = Document("a.md", text, "utf-8", "text/markdown", "a", "")
    passages = split_passages(document, SMALL)
    stored = new_passages(
        document, passages, [None] * len(passages), [b"signature"] * len(passages)
    )
    for passage, record in zip(passages, stored, strict=True):
        assert record.content == passage.content(text) == record.in_piece.content(record.piece)
        assert (record.span, record.heading) == (passage.span, passage.heading)
        assert (record.windows, record.repeated) == (passage.windows, passage.repeated)
