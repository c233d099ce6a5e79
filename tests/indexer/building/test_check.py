import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from indexer.building.check import check_index
from indexer.documents import document_id
from indexer.errors import FormatVersionMismatch, IndexDamaged, IndexNotFound
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.folder import IndexFolder
from indexer.index.generation import GenerationFolder, checksum
from indexer.index.lexical.entries import lexical_entry
from indexer.index.lexical.writer import LexicalIndexWriter
from indexer.index.manifest import sealed
from indexer.index.records import DOCUMENTS, PASSAGES, StoredDocument, StoredPassage
from indexer.index.store.new_records import placed_passages
from indexer.index.store.tables import Table
from indexer.index.vectors import vector_index
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.building.folder_changes import FolderChange, histories
from tests.indexer.builds import NIGHT, RIVER, build, files_of, write_files
from tests.property_examples import examples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_files(folder, night=NIGHT, river=RIVER)
    return folder


@pytest.fixture
def index(folder: Path, tmp_path: Path) -> IndexFolder:
    """An index of two documents, sound until a test touches it."""
    index = IndexFolder(tmp_path / "index")
    build(folder, index, HashedEmbedder())
    return index


def the_problem(index: IndexFolder) -> str:
    problems = check_index(index)
    assert len(problems) == 1, problems
    return problems[0]


def current_folder(index: IndexFolder) -> GenerationFolder:
    return index.current().folder


def change_manifest(index: IndexFolder, change: Callable[[dict[str, Any]], object]) -> None:
    path = current_folder(index).path / "manifest.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(sealed(values), indent=2, sort_keys=True) + "\n")


def accept_files(index: IndexFolder) -> None:
    """Update the checksums of the manifest to the current files."""
    folder = current_folder(index)
    found = {name: checksum(folder.path / name) for name in folder.files()}
    files = {name: {"size": each.size, "sha256": each.sha256} for name, each in found.items()}
    change_manifest(index, lambda values: values.update(files=files))


def change_array(path: Path, change: Callable[[Any], Any]) -> None:
    np.save(path, change(np.load(path)))


def execute(index: IndexFolder, statement: str, *parameters: object) -> None:
    with closing(sqlite3.connect(index.store)) as connection, connection:
        assert connection.execute(statement, parameters).rowcount


def change_document(index: IndexFolder, document: int, **changes: Any) -> None:
    """Change a document in the store together with its checksum."""
    [values] = select(index, f"{DOCUMENTS.selected} WHERE document = ?", document)
    changed = StoredDocument._make(values)._replace(**changes).sealed()
    replace_record(index, DOCUMENTS, changed, document)


def change_passage(index: IndexFolder, row: int, **changes: Any) -> None:
    """Change a passage in the store together with its checksum."""
    [values] = select(index, f"{PASSAGES.selected} WHERE row = ?", row)
    changed = StoredPassage._make(values)._replace(**changes).sealed()
    [columns] = placed_passages([changed], document=changed.document, first_row=changed.row)
    replace_record(index, PASSAGES, columns, row)


def select(index: IndexFolder, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(index.store)) as connection:
        return connection.execute(statement, parameters).fetchall()


def replace_record(index: IndexFolder, table: Table, values: tuple[Any, ...], key: int) -> None:
    columns = [column.name for column in table.columns]
    assignments = ", ".join(f"{column} = ?" for column in columns)
    execute(index, f"UPDATE {table.name} SET {assignments} WHERE {columns[0]} = ?", *values, key)


# Sound


def test_an_index_is_sound(index: IndexFolder) -> None:
    assert check_index(index) == []


@pytest.mark.parametrize("embedder", [HashedEmbedder(), None])
def test_an_empty_index_is_sound(tmp_path: Path, embedder: HashedEmbedder | None) -> None:
    (tmp_path / "folder").mkdir()
    build(tmp_path / "folder", IndexFolder(tmp_path / "index"), embedder)
    assert check_index(IndexFolder(tmp_path / "index")) == []


@pytest.mark.parametrize("model", ["hashed", "none"])
@examples(8)
@given(history=histories)
def test_an_index_is_sound_after_any_changes_to_its_folder(
    tmp_path_factory: pytest.TempPathFactory, model: str, history: list[list[FolderChange]]
) -> None:
    place = tmp_path_factory.mktemp("history")
    (place / "folder").mkdir()
    index = IndexFolder(place / "index")
    for changes in history:
        for change in changes:
            change.apply(place / "folder")
        build(place / "folder", index, HashedEmbedder() if model == "hashed" else None)
        assert check_index(index) == []


def test_an_index_with_a_trained_vector_index_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "EXACT_PASSAGES", 30)
    folder, index = tmp_path / "folder", IndexFolder(tmp_path / "index")
    folder.mkdir()
    texts = {f"n{number}": f"Wolf {number} howls at moon {number}." for number in range(60)}
    write_files(folder, **texts)
    build(folder, index, HashedEmbedder())
    (folder / "n7.txt").unlink()
    write_files(folder, new=NIGHT)
    build(folder, index, HashedEmbedder())
    trained = index.current().manifest.vectors
    assert trained is not None
    assert trained.kind == "codes"
    assert check_index(index) == []


def test_passages_without_searched_text_are_sound(tmp_path: Path) -> None:
    folder, index = tmp_path / "folder", IndexFolder(tmp_path / "index")
    folder.mkdir()
    write_files(folder, menu="A line that stands here again and again.\n\n" * 20)
    build(folder, index, HashedEmbedder())
    with closing(sqlite3.connect(index.store)) as connection:
        empty = connection.execute("SELECT count(*) FROM passages WHERE embedding IS NULL")
        assert empty.fetchone()[0] > 0
    assert check_index(index) == []


def test_a_check_writes_nothing(index: IndexFolder) -> None:
    before = files_of(index)
    check_index(index)
    assert files_of(index) == before


def test_a_check_reports_progress(index: IndexFolder) -> None:
    told: list[tuple[str, int, int]] = []
    check_index(index, progress=lambda stage, done, total: told.append((stage, done, total)))
    files = len(index.current().manifest.files)
    assert ("checking files", files, files) in told
    assert ("checking documents", 2, 2) in told


def test_a_generation_replaced_during_the_check_is_not_reported(
    index: IndexFolder, folder: Path
) -> None:
    first = current_folder(index)

    def replace(stage: str, done: int, total: int) -> None:
        if first.path.exists():
            write_files(folder, new=NIGHT)
            build(folder, index, HashedEmbedder())
            shutil.rmtree(first.path)

    assert check_index(index, progress=replace) == []
    assert not first.path.exists()


# Nothing to check


def test_a_missing_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="there is no index"):
        check_index(IndexFolder(tmp_path / "index"))


def test_a_missing_manifest_is_an_error(index: IndexFolder) -> None:
    (current_folder(index).path / "manifest.json").unlink()
    with pytest.raises(IndexDamaged, match=r"manifest\.json"):
        check_index(index)


def test_an_index_of_another_format_is_an_error(index: IndexFolder) -> None:
    change_manifest(index, lambda values: values.update(format_version=99))
    with pytest.raises(FormatVersionMismatch, match="99"):
        check_index(index)


# Files and manifest


def test_every_altered_file_is_named(index: IndexFolder) -> None:
    folder = current_folder(index)
    for name in folder.files():
        path = folder.path / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert f"{path} has changed since it was written" in the_problem(index)
        path.write_bytes(whole)
    assert check_index(index) == []


def test_every_missing_and_every_truncated_file_is_named(index: IndexFolder) -> None:
    folder = current_folder(index)
    for name in folder.files():
        path = folder.path / name
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        assert f"{path} has changed since it was written" in the_problem(index)
        path.unlink()
        assert the_problem(index) == f"{path} is missing"
        path.write_bytes(whole)


def test_a_surplus_file_is_named(index: IndexFolder) -> None:
    path = current_folder(index).vectors / "notes.txt"
    path.write_text("mine")
    assert the_problem(index) == f"{path} is not part of the generation"


def test_all_problems_are_reported_not_only_the_first(index: IndexFolder) -> None:
    folder = current_folder(index)
    folder.rows.unlink()
    folder.signatures.unlink()
    change_manifest(index, lambda values: values.update(documents=3))
    assert len(check_index(index)) == 3


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"documents": 3}, "the manifest counts 3 documents, the store 2"),
        ({"model_identity": None}, "says model hashed, but identity None"),
    ],
)
def test_a_manifest_that_disagrees_with_the_store(
    index: IndexFolder, changes: dict[str, object], problem: str
) -> None:
    change_manifest(index, lambda values: values.update(changes))
    assert any(problem in each for each in check_index(index))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"generation": "00000009-abcd"}, "says it is generation 00000009-abcd, number 1"),
        ({"number": 9, "generation": "x"}, "says it is generation x, number 9"),
    ],
)
def test_a_manifest_of_another_generation(
    index: IndexFolder, changes: dict[str, object], problem: str
) -> None:
    change_manifest(index, lambda values: values.update(changes))
    with pytest.raises(IndexDamaged, match=problem):
        check_index(index)


def test_a_manifest_that_counts_other_passages(index: IndexFolder) -> None:
    passages = index.current().manifest.passages
    change_manifest(index, lambda values: values.update(passages=passages + 1))
    assert the_problem(index) == (
        f"the manifest counts {passages + 1} passages, the store {passages}"
    )


# Rows, signatures, lexical index, vectors: intact files with wrong content


def test_rows_that_lack_a_passage(index: IndexFolder) -> None:
    change_array(current_folder(index).rows, lambda rows: rows[1:])
    accept_files(index)
    assert the_problem(index) == "rows.npy lacks row 1"


def test_rows_beyond_the_store(index: IndexFolder) -> None:
    change_array(current_folder(index).rows, lambda rows: np.append(rows, range(90, 97)))
    accept_files(index)
    problem = "rows.npy has, but the store lacks, 7 rows: 90, 91, 92, 93, 94, ..."
    assert the_problem(index) == problem


def test_rows_in_another_order(index: IndexFolder) -> None:
    change_array(current_folder(index).rows, lambda rows: rows[::-1])
    accept_files(index)
    assert the_problem(index) == "rows.npy is not in order"


def test_other_signatures(index: IndexFolder) -> None:
    def alter(signatures: Any) -> Any:
        signatures[1, 0] ^= 1
        return signatures

    change_array(current_folder(index).signatures, alter)
    accept_files(index)
    assert the_problem(index) == "signatures.npy differs from the store in row 2"


def test_signatures_of_another_shape(index: IndexFolder) -> None:
    change_array(current_folder(index).signatures, lambda signatures: signatures[1:])
    accept_files(index)
    assert "signatures.npy has the shape" in the_problem(index)


def write_lexical(index: IndexFolder, write: Callable[[LexicalIndexWriter], None]) -> None:
    manifest = index.current().manifest
    writer = LexicalIndexWriter(current_folder(index).lexical, Analyzer(manifest.config.language))
    write(writer)
    writer.commit()
    accept_files(index)


def test_a_lexical_index_that_lacks_a_document(index: IndexFolder) -> None:
    write_lexical(index, lambda writer: writer.delete_documents([1]))
    assert the_problem(index).startswith("the lexical index lacks")


def test_a_lexical_index_that_holds_a_passage_twice(index: IndexFolder) -> None:
    def add(writer: LexicalIndexWriter) -> None:
        writer.add_passage(1, 1, lexical_entry("wolf"))

    write_lexical(index, add)
    assert the_problem(index) == "the lexical index has more than once row 1"


def test_a_lexical_index_that_cannot_be_opened(index: IndexFolder) -> None:
    (current_folder(index).lexical / "meta.json").write_text("{}")
    accept_files(index)
    assert the_problem(index).startswith("lexical: ")


def test_faiss_proposes_another_passage(index: IndexFolder) -> None:
    import faiss

    path = str(current_folder(index).vectors / "passages.faiss")
    found = faiss.read_index(path)
    found.remove_ids(faiss.IDSelectorBatch(np.array([1], np.int64)))
    found.add_with_ids(np.ones((1, found.d), np.float32), np.array([77], np.int64))
    faiss.write_index(found, path)
    accept_files(index)
    assert check_index(index) == [
        "the FAISS index lacks row 1",
        "the FAISS index has, but the store lacks, row 77",
    ]


def test_a_vector_index_of_fewer_passages(index: IndexFolder) -> None:
    change_array(current_folder(index).vectors / "0000" / "passages.npy", lambda found: found[1:])
    accept_files(index)
    assert the_problem(index).startswith("vectors: ")


@pytest.mark.parametrize("name", ["passages.npy", "windows.npy", "window_scales.npy"])
def test_other_vectors(index: IndexFolder, name: str) -> None:
    def alter(found: Any) -> Any:
        found[0] += 1
        return found

    change_array(current_folder(index).vectors / "0000" / name, alter)
    accept_files(index)
    assert the_problem(index) == "the vector index and the store have different vectors in row 1"


def test_windows_that_are_cut_up_otherwise(index: IndexFolder) -> None:
    def alter(starts: Any) -> Any:
        starts[1] += 1
        return starts

    change_array(current_folder(index).vectors / "0000" / "window_starts.npy", alter)
    accept_files(index)
    problem = "the vector index and the store have different numbers of windows in rows 1, 2"
    assert the_problem(index) == problem


# The store


def test_a_store_that_is_missing(index: IndexFolder) -> None:
    for path in index.path.glob("store.sqlite*"):
        path.unlink()
    assert the_problem(index) == f"{index.store} is missing; restore it, or run reindex.py --full"


def test_a_store_that_is_truncated(index: IndexFolder) -> None:
    execute(index, "PRAGMA wal_checkpoint(TRUNCATE)")
    whole = index.store.read_bytes()
    index.store.write_bytes(whole[: len(whole) // 2])
    problems = check_index(index)
    assert problems
    assert all(str(index.store) in problem for problem in problems)


def test_an_altered_record_of_a_document(index: IndexFolder) -> None:
    execute(index, "UPDATE documents SET title = 'other' WHERE document = 2")
    assert "document 2 is damaged" in the_problem(index)


def test_an_altered_record_of_a_passage(index: IndexFolder) -> None:
    execute(index, "UPDATE passages SET text = text || ' ' WHERE row = 2")
    assert the_problem(index).startswith("document 'night.txt': ")
    assert "passage 2 is damaged" in the_problem(index)


def test_an_embedding_that_is_missing(index: IndexFolder) -> None:
    execute(
        index,
        "DELETE FROM embeddings WHERE key = (SELECT embedding FROM passages WHERE row = 2)",
    )
    assert the_problem(index).startswith("the store has no embedding for row")


def test_a_passage_that_is_missing(index: IndexFolder) -> None:
    execute(index, "DELETE FROM passages WHERE row = 2")
    assert the_problem(index) == (
        f"document 'night.txt': {index.store} lacks passage 2; run reindex.py --full"
    )


def test_an_id_of_another_path(index: IndexFolder) -> None:
    change_document(index, 1, id="0123456789abcdef")
    problem = "document 'night.txt': its id is 0123456789abcdef, which does not match its path"
    assert the_problem(index) == problem


def test_a_path_that_occurs_twice(index: IndexFolder) -> None:
    change_document(index, 2, path="night.txt", id=document_id("night.txt"))
    assert the_problem(index) == "the store contains 'night.txt' twice, as documents 1 and 2"


def test_a_passage_of_another_document(index: IndexFolder) -> None:
    change_passage(index, 2, document=9)
    assert the_problem(index) == "document 'night.txt': row 2 belongs to document 9, not 1"


def test_a_text_that_differs_from_its_file(index: IndexFolder) -> None:
    [(text,)] = select(index, "SELECT text FROM passages WHERE row = 2")
    change_passage(index, 2, piece=text.swapcase())
    assert "do not contain the text of the file" in the_problem(index)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"start": 0}, "row 2 has Span(start=0"),
        ({"piece_start": 1}, "in a piece that starts at 1"),
        ({"end": 10_000}, "end=10000"),
        ({"packed_windows": np.array([0, 5], np.uint32).tobytes()}, "spans inside it do not fit"),
        ({"packed_repeated": np.array([0, 5], np.uint32).tobytes()}, "spans inside it do not fit"),
        ({"byte_start": 3}, "row 2 starts at byte, UTF-16 unit and line (3, "),
        ({"utf16_start": 3}, "row 2 starts at byte, UTF-16 unit and line ("),
        ({"line_start": 3}, "row 2 starts at byte, UTF-16 unit and line ("),
    ],
)
def test_spans_that_do_not_fit(
    index: IndexFolder, changes: dict[str, object], problem: str
) -> None:
    change_passage(index, 2, **changes)
    assert any(problem in each for each in check_index(index))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le", "utf-16-be", "cp1251"])
def test_texts_of_every_encoding_are_compared_with_their_files(
    tmp_path: Path, encoding: str
) -> None:
    folder, index = tmp_path / "folder", IndexFolder(tmp_path / "index")
    folder.mkdir()
    text = "Волки выли на луну, и луна была полной. Река замёрзла, и волк перешёл реку. " * 4
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    (folder / "a.txt").write_bytes((mark + text).encode(encoding))
    assert build(folder, index).added == 1
    assert check_index(index) == []
    change_passage(index, 2, byte_start=1)
    assert "row 2 starts at byte" in the_problem(index)
