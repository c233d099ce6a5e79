import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from indexer.documents import Document, Passage, SourceFile, document_id
from indexer.errors import FormatVersionMismatch, IndexDamaged
from indexer.index.records import StoredDocument
from indexer.index.store import writer as store_writer
from indexer.index.store.new_records import new_document, new_passages
from indexer.index.store.reader import PassageStore
from indexer.index.store.writer import StoreWriter
from indexer.spans import Span, bom_length, byte_length, utf16_length
from indexer.splitting.splitter import split_passages
from tests.indexer.index_content import SMALL
from tests.indexer.strategies import texts
from tests.property_examples import examples

#       0          1            2         3         4
#       0 1234567890123456789 0 1234567890123456789012
TEXT = "\n Wölfe 🐺 heulen.  \nDer Mond scheint. Ende."
#         passage of row 1      row 2
PASSAGES = [Span(2, 17), Span(20, 43)]

SIGNATURE = bytes(range(128))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def writer(path: Path) -> Iterator[StoreWriter]:
    with closing(StoreWriter(path)) as writer:
        yield writer


@pytest.fixture
def reader(path: Path, writer: StoreWriter) -> Iterator[PassageStore]:
    with closing(PassageStore.open(path)) as reader:
        yield reader


def document(path: str = "a.txt", text: str = TEXT, encoding: str = "utf-8") -> Document:
    return Document(path, text, encoding, "text/plain", "Titel", f"sha256 of {path}")


def add(
    writer: StoreWriter,
    document: Document,
    spans: list[Span] = PASSAGES,
    *,
    generation: int = 1,
    keys: tuple[bytes | None, ...] = (b"key 1", None),
) -> StoredDocument:
    passages = [Passage(span, "Oben > Unten", (span,), ()) for span in spans]
    return store(writer, document, passages, generation=generation, keys=keys)


def store(
    writer: StoreWriter,
    document: Document,
    passages: list[Passage],
    *,
    generation: int = 1,
    keys: tuple[bytes | None, ...] | None = None,
) -> StoredDocument:
    source = SourceFile(document.path, 57, 5, 6, 7)
    count = len(passages)
    stored = new_passages(document, passages, keys or [None] * count, [SIGNATURE] * count)
    return writer.add_document(
        new_document(document, source, read_ns=8, passages=count),
        list(stored),
        generation=generation,
    )


def paths(store: PassageStore, generation: int) -> list[str]:
    return [stored.path for stored in store.documents(generation)]


def overwrite(path: Path, statement: str, *parameters: Any) -> None:
    """Change the file without the store's knowledge."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(statement, parameters).rowcount != 0
        connection.commit()


# Written records are read back


def test_a_document_is_read_back_unchanged(writer: StoreWriter, reader: PassageStore) -> None:
    stored = add(writer, document())
    writer.commit()
    assert (
        reader.documents(1) == [stored] == [*reader.documents_with_keys([stored.document]).values()]
    )
    assert stored.source == SourceFile("a.txt", 57, 5, 6, 7)
    assert (stored.path, stored.title, stored.sha256) == ("a.txt", "Titel", "sha256 of a.txt")
    assert (stored.encoding, stored.media_type, stored.id) == (
        "utf-8",
        "text/plain",
        document_id("a.txt"),
    )
    assert (stored.length, stored.first_row, stored.passages, stored.read_ns) == (43, 1, 2, 8)


LONG_INTEGERS = st.integers(-(2**95), 2**95) | st.sampled_from([2**63 - 1, 2**63, -(2**63) - 1])


@examples(40)
@given(mtime_ns=LONG_INTEGERS, ctime_ns=LONG_INTEGERS, inode=st.integers(0, 2**64 - 1))
@example(mtime_ns=10_413_792_000 * 10**9, ctime_ns=0, inode=2**64 - 1)  # the year 2300
def test_numbers_of_any_length_are_read_back_unchanged(
    mtime_ns: int, ctime_ns: int, inode: int
) -> None:
    source = SourceFile("a.txt", 57, mtime_ns, ctime_ns, inode)
    later = SourceFile("a.txt", 57, ctime_ns, mtime_ns, inode)
    with TemporaryDirectory() as place, closing(StoreWriter(Path(place) / "store")) as writer:
        new = new_document(document(), source, read_ns=8, passages=0)
        stored = writer.add_document(new, [], generation=1)
        assert writer.documents(1) == [stored]
        assert [*writer.sources(1)] == [stored.source] == [source]
        writer.update_source(stored, later, read_ns=mtime_ns)
        assert [*writer.sources(1)] == [later]
        assert writer.document_with_id(stored.id, 1) == stored._replace(
            mtime_ns=ctime_ns,
            ctime_ns=mtime_ns,
            read_ns=mtime_ns,
            checksum=writer.documents(1)[0].checksum,
        )


@pytest.mark.parametrize("number", [b"1e3", b"", b"\xff", b"12", "12"], ids=repr)
def test_a_number_that_is_not_the_stored_one_is_refused(
    path: Path, writer: StoreWriter, reader: PassageStore, number: object
) -> None:
    add(writer, document())
    writer.commit()
    overwrite(path, "UPDATE documents SET mtime_ns = ?", number)
    with pytest.raises(IndexDamaged, match="document 1 is damaged"):
        reader.documents(1)


def test_a_passage_is_read_back_with_its_position_in_every_unit(writer: StoreWriter) -> None:
    add(writer, document())
    first, second = writer.passages([1, 2])
    assert first.text == "Wölfe 🐺 heulen."
    assert (first.span, first.piece_start, first.piece) == (Span(2, 17), 0, TEXT[:20])
    assert (first.byte_start, first.utf16_start, first.line_start) == (2, 2, 2)
    assert second.text == "Der Mond scheint. Ende."
    assert (second.span, second.piece_start, second.piece) == (Span(20, 43), 20, TEXT[20:])
    # "ö" takes two bytes, the wolf four bytes and two UTF-16 units.
    assert (second.byte_start, second.utf16_start, second.line_start) == (24, 21, 3)
    assert (first.heading, first.windows, first.repeated) == ("Oben > Unten", (Span(2, 17),), ())
    assert (first.embedding, second.embedding) == (b"key 1", None)
    assert first.signature == SIGNATURE


def test_content_leaves_out_repeated_lines(writer: StoreWriter) -> None:
    passage = Passage(Span(20, 43), "", (Span(38, 43),), (Span(20, 37),))
    store(writer, document(), [passage])
    assert writer.passages([1])[0].content == " Ende."


def test_passages_are_returned_in_the_order_of_the_rows(writer: StoreWriter) -> None:
    add(writer, document("a.txt"))
    add(writer, document("b.txt"))
    assert [passage.row for passage in writer.passages([4, 1, 3, 1])] == [4, 1, 3, 1]
    assert [passage.row for passage in writer.passages_between(2, 4)] == [2, 3]
    assert writer.passages([]) == []


def test_documents_are_sorted_by_path(writer: StoreWriter) -> None:
    for name in ("b", "a/b", "a", "ä", "Z", "a-b", "🐺", "北"):
        add(writer, document(name))
    assert paths(writer, 1) == sorted(["b", "a/b", "a", "ä", "Z", "a-b", "🐺", "北"])


def test_many_rows_and_keys_are_read_at_once(writer: StoreWriter) -> None:
    spans = [Span(i, i + 1) for i in range(1_201)]
    keys = tuple(b"%d" % i for i in range(1_201))
    add(writer, document(text="x" * 1_201), spans, keys=keys)
    rows = list(range(1_201, 0, -1))
    assert [passage.row for passage in writer.passages(rows)] == rows
    writer.add_embeddings([(key, b"vectors") for key in keys])
    assert writer.embedded_keys([*keys, b"unknown"]) == set(keys)
    assert writer.embeddings([b"unknown", *keys]) == dict.fromkeys(keys, b"vectors")


@examples(25)
@given(texts, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.data())
def test_pieces_and_positions_agree_with_the_file(
    text: str, encoding: str, data: st.DataObject
) -> None:
    given_document = document(text=text, encoding=encoding)
    passages = split_passages(given_document, SMALL)
    assume(passages)
    content = text.encode(encoding)
    with open_writer() as writer:
        stored = store(writer, given_document, passages)
        found = list(writer.passages_between(1, 1 + stored.passages))
        assert "".join(passage.piece for passage in found) == text == writer.text(stored)
        for passage, expected in zip(found, passages, strict=True):
            assert passage.text == expected.span.of(text)
            assert passage.content == expected.content(text)
            assert (passage.windows, passage.repeated) == (expected.windows, expected.repeated)
            before = text[: passage.span.start]
            assert passage.byte_start == bom_length(encoding) + byte_length(before, encoding)
            assert passage.utf16_start == utf16_length(before)
            assert passage.line_start == 1 + before.count("\n")
            in_file = content[passage.byte_start :][: byte_length(passage.text, encoding)]
            without_bom = {"utf-16": "utf-16-le"}.get(encoding, "utf-8")
            assert in_file.decode(without_bom) == passage.text
        start = data.draw(st.integers(0, len(text)))
        span = Span(start, data.draw(st.integers(start, len(text))))
        pieces = writer.pieces(stored, span)
        begin = pieces[0].piece_start
        assert span.shifted(-begin).of("".join(piece.piece for piece in pieces)) == span.of(text)


@contextmanager
def open_writer() -> Iterator[StoreWriter]:
    with (
        TemporaryDirectory() as place,
        closing(StoreWriter(Path(place) / "store.sqlite")) as writer,
    ):
        yield writer


@pytest.mark.parametrize(
    ("span", "rows"),
    [
        (Span(0, 43), (1, 3)),
        (Span(0, 0), (1, 2)),
        (Span(0, 2), (1, 2)),  # before the first passage
        (Span(18, 20), (1, 2)),  # between the passages
        (Span(19, 21), (1, 3)),
        (Span(20, 21), (2, 3)),
        (Span(43, 43), (2, 3)),
    ],
)
def test_the_rows_of_a_span_are_found(
    writer: StoreWriter, span: Span, rows: tuple[int, int]
) -> None:
    stored = add(writer, document())
    add(writer, document("b.txt"))
    assert [piece.row for piece in writer.pieces(stored, span)] == list(range(*rows))


# Generations


def test_a_removed_document_stays_in_earlier_generations(writer: StoreWriter) -> None:
    kept, removed = add(writer, document("a.txt")), add(writer, document("b.txt"))
    writer.remove_documents([removed.document], generation=2)
    changed = add(writer, document("b.txt", "Neu."), [Span(0, 4)], generation=2, keys=(None,))
    assert paths(writer, 1) == paths(writer, 2) == ["a.txt", "b.txt"]
    assert writer.documents(1) == [kept, removed._replace(last_generation=1)]
    assert writer.documents(2) == writer.documents(3) == [kept, changed]
    assert writer.documents(0) == []


def test_remove_all_removes_every_document(writer: StoreWriter) -> None:
    add(writer, document("a.txt"))
    writer.remove_all(generation=2)
    add(writer, document("b.txt"), generation=2)
    assert (paths(writer, 1), paths(writer, 2)) == (["a.txt"], ["b.txt"])


def test_unpublished_records_are_forgotten_except_embeddings(writer: StoreWriter) -> None:
    kept = add(writer, document("a.txt"))
    writer.add_embeddings([(b"paid", b"vectors")])
    add(writer, document("b.txt"), generation=2, keys=(b"paid", None))
    writer.remove_documents([kept.document], generation=2)
    writer.commit()
    writer.discard_unpublished(1)
    assert writer.documents(1) == writer.documents(2) == [kept]
    assert writer.embedded_keys([b"paid"]) == {b"paid"}
    again = add(writer, document("b.txt"), generation=3)
    assert (again.first_row, again.document) == (3, 2)


def test_writes_are_committed_at_intervals(
    writer: StoreWriter, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_writer, "COMMITTED_PASSAGES", 4)
    with closing(PassageStore.open(path)) as reader:
        seen = []
        for name in ("a", "b", "c", "d", "e"):
            add(writer, document(f"{name}.txt"))  # two passages each
            seen.append(len(reader.documents(1)))
    assert seen == [0, 2, 2, 4, 4]


def test_an_older_removal_is_not_undone(writer: StoreWriter) -> None:
    removed = add(writer, document("a.txt"))
    writer.remove_documents([removed.document], generation=2)
    writer.discard_unpublished(2)
    assert (paths(writer, 1), paths(writer, 2)) == (["a.txt"], [])


def test_pruning_deletes_records_that_no_kept_generation_needs(
    writer: StoreWriter, path: Path
) -> None:
    gone = add(writer, document("a.txt"), keys=(b"gone", None))
    shared = add(writer, document("b.txt"), keys=(b"shared", None))
    kept = add(writer, document("c.txt"), keys=(b"kept", b"shared"))
    writer.add_embeddings([(b"gone", b"1"), (b"shared", b"2"), (b"kept", b"3")])
    writer.remove_documents([gone.document], generation=2)
    writer.remove_documents([shared.document], generation=3)
    writer.prune(2)
    assert writer.documents(2) == [shared._replace(last_generation=2), kept]
    assert writer.embedded_keys([b"gone", b"shared", b"kept"]) == {b"shared", b"kept"}
    with pytest.raises(IndexDamaged, match="lacks passage 1"):
        writer.passages([gone.first_row])
    writer.prune(3)
    assert writer.documents(3) == [kept]
    assert writer.embedded_keys([b"shared", b"kept"]) == {b"shared", b"kept"}


def test_a_touched_source_keeps_its_document(writer: StoreWriter) -> None:
    stored = add(writer, document())
    writer.update_source(stored, SourceFile("a.txt", 57, 15, 16, 17), read_ns=18)
    (touched,) = writer.documents(1)
    assert touched.source == SourceFile("a.txt", 57, 15, 16, 17)
    assert (touched.read_ns, touched.document, touched.sha256) == (18, 1, stored.sha256)


# Writer and readers


def test_readers_see_committed_records(writer: StoreWriter, reader: PassageStore) -> None:
    assert paths(reader, 1) == []
    add(writer, document())
    assert paths(reader, 1) == []
    writer.commit()
    assert paths(reader, 1) == ["a.txt"]


def test_uncommitted_records_are_gone_after_closing(path: Path) -> None:
    with closing(StoreWriter(path)) as writer:
        add(writer, document("a.txt"))
        writer.commit()
        add(writer, document("b.txt"))
    with closing(PassageStore.open(path)) as reader:
        assert paths(reader, 1) == ["a.txt"]


def test_after_a_sync_the_file_is_complete_without_its_journal(
    writer: StoreWriter, path: Path, tmp_path: Path
) -> None:
    add(writer, document())
    writer.sync()
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(path.read_bytes())
    with closing(PassageStore.open(copy)) as reader:
        assert paths(reader, 1) == ["a.txt"]


def test_threads_read_at_once_while_the_writer_writes(
    writer: StoreWriter, reader: PassageStore
) -> None:
    add(writer, document())
    writer.commit()
    expected = writer.passages([1, 2])
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(reader.passages, [1, 2]) for _ in range(100)]
        for number in range(100):
            add(writer, document(f"{number}.txt"), generation=2)
            writer.commit()
    assert all(answer.result() == expected for answer in answers)


# Damage


def assert_damaged(path: Path, read: Callable[[], object]) -> None:
    """Check that the error names the file and the command that repairs it."""
    with pytest.raises(IndexDamaged) as damaged:
        read()
    assert str(path) in str(damaged.value)
    assert "reindex.py --full" in str(damaged.value)


def test_a_missing_file_is_named_and_not_created(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    assert_damaged(path, lambda: PassageStore.open(path).documents(1))
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"not a database " * 1_000])
def test_a_file_that_is_not_a_store_is_named(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert_damaged(path, lambda: PassageStore.open(path).documents(1))
    assert_damaged(path, lambda: next(PassageStore.open(path).passages_between(1, 2)))


def test_a_database_of_another_program_is_named(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE documents (name TEXT)")
    assert_damaged(path, lambda: PassageStore.open(path).documents(1))


def test_missing_rows_are_named(writer: StoreWriter, path: Path) -> None:
    assert_damaged(path, lambda: writer.passages([1]))
    assert_damaged(path, lambda: writer.documents_with_keys([1]))


@pytest.mark.parametrize(
    "change",
    [
        "text = 'w' || substr(text, 2)",
        "text = substr(text, 2)",
        "text = CAST(x'ff' || substr(CAST(text AS BLOB), 2) AS TEXT)",  # not UTF-8 any more
        "text = NULL",
        "text_start = text_start + 1",
        "start = start + 1",
        "end = end - 1",
        "heading = ''",
        "windows = x'00'",
        "windows = zeroblob(8)",
        "repeated = zeroblob(8)",
        "byte_start = byte_start + 1",
        "utf16_start = utf16_start + 1",
        "line_start = line_start + 1",
        "embedding = x'00'",
        "signature = zeroblob(128)",
        "document = 2",
        "checksum = checksum + 1",
    ],
)
def test_an_altered_passage_is_never_returned(
    writer: StoreWriter, reader: PassageStore, path: Path, change: str
) -> None:
    add(writer, document())
    writer.commit()
    reader.passages([1])  # it looks at the tables when it connects
    without_constraints(path, "passages")
    overwrite(path, f"UPDATE passages SET {change} WHERE row = 1")
    assert_damaged(path, lambda: reader.passages([1]))
    assert_damaged(path, lambda: list(reader.passages_between(1, 2)))
    assert reader.passages([2])[0].text == "Der Mond scheint. Ende."


@pytest.mark.parametrize(
    "change",
    [
        "path = 'b.txt'",
        "title = CAST(x'ff' AS TEXT)",
        "sha256 = ''",
        "encoding = 'latin-1'",
        "length = length + 1",
        "first_row = 2",
        "passages = 1",
        "size_bytes = 58",
        "repeated_title = 1",
        "media_type = 'text/markdown'",
        "mtime_ns = mtime_ns + 1",
        "ctime_ns = 0",
        "inode = inode + 1",
        "read_ns = 0",
        "checksum = checksum + 1",
    ],
)
def test_an_altered_document_is_never_returned(
    writer: StoreWriter, reader: PassageStore, path: Path, change: str
) -> None:
    add(writer, document())
    writer.commit()
    overwrite(path, f"UPDATE documents SET {change}")
    assert_damaged(path, lambda: reader.documents(1))
    assert_damaged(path, lambda: reader.documents_with_keys([1]))
    assert_damaged(path, lambda: reader.catalog(1))
    assert_damaged(path, lambda: reader.titles(1))


@pytest.mark.parametrize("vectors", [b"", bytes(199), bytes(199) + b"\1", "text", None])
def test_an_altered_embedding_is_never_returned(
    writer: StoreWriter, reader: PassageStore, path: Path, vectors: object
) -> None:
    writer.add_embeddings([(b"key", bytes(200)), (b"other", bytes(200))])
    writer.commit()
    reader.embeddings([b"key"])  # it looks at the tables when it connects
    without_constraints(path, "embeddings")
    overwrite(path, "UPDATE embeddings SET vectors = ? WHERE key = ?", vectors, b"key")
    assert_damaged(path, lambda: reader.embeddings([b"other", b"key"]))
    assert reader.embeddings([b"other"]) == {b"other": bytes(200)}
    writer.add_embeddings([(b"key", bytes(200))])
    writer.commit()
    assert reader.embeddings([b"key"]) == {b"key": bytes(200)}


def hide(path: Path, row: int) -> None:
    """Hide a passage from SQLite: a search by its row does not find it."""
    overwrite(path, "UPDATE passages SET row = row + 1000 WHERE row = ?", row)


def test_a_hidden_passage_is_noticed(writer: StoreWriter, reader: PassageStore, path: Path) -> None:
    spans = [Span(0, 10), Span(10, 20), Span(20, 30)]
    stored = add(writer, document(text="x" * 30), spans, keys=(None, None, None))
    writer.commit()
    assert [each.row for each in reader.pieces(stored, Span(5, 25))] == [1, 2, 3]
    hide(path, 2)
    assert_damaged(path, lambda: reader.text(stored))
    assert_damaged(path, lambda: list(reader.passages_of(stored)))
    assert_damaged(path, lambda: reader.pieces(stored, Span(5, 25)))
    assert_damaged(path, lambda: reader.pieces(stored, Span(12, 14)))
    assert_damaged(path, lambda: reader.passages([1, 2]))
    assert_damaged(path, lambda: reader.rows_of(stored, lambda span: span == Span(10, 20)))
    assert reader.rows_of(stored, lambda span: span == Span(20, 30)) == range(3, 4)
    assert [each.row for each in reader.pieces(stored, Span(21, 25))] == [3]


def test_a_hidden_last_passage_is_noticed(
    writer: StoreWriter, reader: PassageStore, path: Path
) -> None:
    stored = add(writer, document())
    writer.commit()
    hide(path, 2)
    assert_damaged(path, lambda: reader.text(stored))
    assert_damaged(path, lambda: reader.pieces(stored, Span(0, 43)))


@pytest.mark.parametrize("change", ["start = start + 1", "end = end - 1", "document = 2"])
def test_an_altered_position_is_never_returned(
    writer: StoreWriter, reader: PassageStore, path: Path, change: str
) -> None:
    add(writer, document())
    writer.commit()
    overwrite(path, f"UPDATE passages SET {change} WHERE row = 1")
    assert_damaged(path, lambda: reader.passages([1, 2]))
    assert [each.span for each in reader.passages([2])] == [Span(20, 43)]


def test_a_missing_passage_is_not_reported_as_damaged(
    writer: StoreWriter, reader: PassageStore, path: Path
) -> None:
    stored = add(writer, document())
    writer.commit()
    assert reader.rows_of(stored, lambda span: span.start == 7) is None
    overwrite(path, "UPDATE passages SET start = 3 WHERE row = 1")
    assert_damaged(path, lambda: reader.rows_of(stored, lambda span: span.start == 7))


def test_a_piece_that_begins_elsewhere_is_noticed(
    writer: StoreWriter, reader: PassageStore, path: Path
) -> None:
    """The rows of a span are read from a column without its own checksum."""
    spans = [Span(0, 10), Span(10, 20), Span(20, 30)]
    stored = add(writer, document(text="x" * 30), spans, keys=(None, None, None))
    writer.commit()
    overwrite(path, "UPDATE passages SET text_start = 3 WHERE row = 3")
    assert_damaged(path, lambda: reader.pieces(stored, Span(5, 8)))


def test_a_document_missing_from_its_own_index_is_damage(
    writer: StoreWriter, reader: PassageStore, path: Path
) -> None:
    add(writer, document())
    writer.commit()
    assert reader.document_with_id(document_id("b.txt"), 1) is None
    with closing(sqlite3.connect(path)) as connection:
        # Without the index in the schema, a change to the row does not update it.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'documents_by_id'")
        connection.commit()
    overwrite(path, "UPDATE documents SET id = ?", document_id("b.txt"))
    assert_damaged(path, lambda: PassageStore.open(path).document_with_id(document_id("b.txt"), 1))


@pytest.mark.parametrize(
    "change",
    ["'INTEGER PRIMARY KEY', 'INTEGES PRIMARY KEY'", "'id TEXT', 'id REXT'", "'mtime', 'ntime'"],
)
def test_altered_tables_are_named(writer: StoreWriter, path: Path, change: str) -> None:
    add(writer, document())
    writer.commit()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(f"UPDATE sqlite_master SET sql = replace(sql, {change})")
        connection.commit()
    assert_damaged(path, lambda: PassageStore.open(path).documents(1))


def test_a_store_of_another_version_is_distinguished_from_damage(
    writer: StoreWriter, path: Path
) -> None:
    overwrite(path, "PRAGMA user_version = 99")
    for opened in (PassageStore.open, StoreWriter):
        with pytest.raises(FormatVersionMismatch, match=r"version 99.*reindex\.py --full"):
            opened(path).documents(1)


def test_a_directory_entry_can_be_updated(writer: StoreWriter, reader: PassageStore) -> None:
    stored = add(writer, document())
    writer.update_source(stored, SourceFile("a.txt", 57, 50, 60, 70), read_ns=80)
    writer.commit()
    (found,) = reader.documents(1)
    assert (found.mtime_ns, found.ctime_ns, found.inode, found.read_ns) == (50, 60, 70, 80)


def without_constraints(path: Path, table: str) -> None:
    """Allow NULL in the columns, because damage respects no constraints."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = ?", (table,)
        )
        connection.commit()


def test_a_file_cut_in_half_is_named(path: Path) -> None:
    with closing(StoreWriter(path)) as writer:
        for number in range(200):
            add(writer, document(f"{number}.txt"))
        writer.sync()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert_damaged(path, lambda: PassageStore.open(path).passages_between(1, 401))
