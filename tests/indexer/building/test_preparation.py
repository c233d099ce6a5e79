import hashlib
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings

from indexer.building import preparation
from indexer.building.planning.plan import plan_build
from indexer.building.preparation import (
    FolderReader,
    PreparedDocument,
    ReadDocument,
    ToRead,
    UnchangedFile,
    prepare_files,
)
from indexer.building.task import BuildTask
from indexer.config import IndexConfig
from indexer.documents import Document, SkippedFile, SkipReason
from indexer.embedding.embeddings import embedding_input, embedding_key
from indexer.errors import SpanlightError
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.folder import IndexFolder
from indexer.index.lexical.entries import document_entries
from indexer.index.near_duplicates import signature
from indexer.index.store.new_records import new_document, new_passages
from indexer.reading.readers import read_document
from indexer.splitting.boilerplate import Boilerplate
from indexer.splitting.splitter import split_passages
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import LEXICAL, NIGHT, RIVER, build, write_files
from tests.indexer.index_content import SMALL, content_of
from tests.indexer.strategies import texts


def to_read(folder: Path, *, known: dict[str, bytes] | None = None) -> list[ToRead]:
    """Return all files of the folder; those in `known` have the hash of that content."""
    contents = known or {}
    return [
        ToRead(
            path.name,
            path.stat().st_size,
            hashlib.sha256(contents[path.name]).hexdigest() if path.name in contents else None,
        )
        for path in sorted(folder.iterdir())
    ]


def prepared(
    folder: Path, files: list[ToRead], config: IndexConfig = SMALL
) -> Iterator[PreparedDocument | UnchangedFile | SkippedFile]:
    return prepare_files(FolderReader(folder, config), files, Boilerplate(), "model")


def timeless(
    found: PreparedDocument | UnchangedFile | SkippedFile,
) -> PreparedDocument | UnchangedFile | SkippedFile:
    """Return the results without their times and durations."""
    if isinstance(found, PreparedDocument):
        return found._replace(document=found.document._replace(read_ns=0), seconds={})
    return replace(found, read_ns=0) if isinstance(found, UnchangedFile) else found


@contextmanager
def other_processes(count: int) -> Iterator[None]:
    """Prepare all files in this number of other processes, even if there are few files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preparation, "BYTES_TO_BEGIN_WITH", 0)
        patch.setattr(preparation, "available_cores", lambda: count + 1)
        patch.setattr(preparation, "BYTES_WORTH_A_PROCESS", 1)
        yield


# One file


def test_a_prepared_document_has_everything_that_depends_on_it_alone(folder: Path) -> None:
    write_files(folder, a=NIGHT)
    (found,) = prepared(folder, to_read(folder))
    assert isinstance(found, PreparedDocument)
    document = read_document("a.txt", NIGHT.encode())
    assert isinstance(document, Document)
    passages = split_passages(document, SMALL)
    contents = [passage.content(NIGHT) for passage in passages]
    keys = [embedding_key(embedding_input(document, passage), "model") for passage in passages]
    assert found.document.size_bytes == len(NIGHT)
    assert found.document == new_document(
        document,
        found.document.source,
        read_ns=found.document.read_ns,
        passages=len(passages),
    )
    signatures = list(map(signature, contents))
    assert found.passages == list(new_passages(document, passages, keys, signatures))
    assert found.entries == list(
        document_entries(found.document, found.passages, Analyzer(SMALL.language))
    )
    assert list(found.seconds) == ["reading", "splitting", "signatures", "packing"]


def test_a_passage_of_repeated_lines_resembles_its_copies_and_is_not_embedded(folder: Path) -> None:
    headline = "This headline is here again and again."
    text = "\n\n".join([headline] * 8)
    write_files(folder, a=text)
    (found,) = prepared(folder, to_read(folder))
    assert isinstance(found, PreparedDocument)
    last = found.passages[-1]
    assert (last.windows, last.embedding) == ((), None)
    assert last.signature == signature(text[last.start : last.end])
    entry = found.entries[-1]
    words = f"{headline} " * len(last.repeated)
    assert (entry.text, entry.title) == ("", "")
    assert re.findall(r"\w+", entry.words) == re.findall(r"\w+", words)
    assert re.findall(r"\w+", entry.repeated) == re.findall(r"\w+", words)


def test_without_a_model_there_are_no_embedding_keys(folder: Path) -> None:
    write_files(folder, a=NIGHT)
    (found,) = prepare_files(FolderReader(folder, SMALL), to_read(folder), Boilerplate(), None)
    assert isinstance(found, PreparedDocument)
    assert {passage.embedding for passage in found.passages} == {None}


def test_a_file_of_the_same_content_is_not_prepared(folder: Path) -> None:
    write_files(folder, a=NIGHT, b=RIVER)
    known = {"a.txt": NIGHT.encode(), "b.txt": NIGHT.encode()}
    same, changed = prepared(folder, to_read(folder, known=known))
    assert isinstance(same, UnchangedFile)
    assert same.source.path == "a.txt"
    assert isinstance(changed, PreparedDocument)


def test_a_file_that_is_skipped_says_why(folder: Path) -> None:
    (folder / "binary").write_bytes(b"\0")
    (folder / "large").write_bytes(b"a" * 101)
    files = [*to_read(folder), ToRead("vanished", 1, None)]
    found = prepared(folder, files, SMALL.with_changes(max_file_bytes=100))
    assert [each.reason for each in found if isinstance(each, SkippedFile)] == [
        SkipReason.BINARY,
        SkipReason.TOO_LARGE,
        SkipReason.UNREADABLE,
    ]


def test_reading_does_not_split(folder: Path) -> None:
    write_files(folder, a=NIGHT)
    found = FolderReader(folder, SMALL).read(to_read(folder)[0])
    assert type(found) is ReadDocument
    assert found.document.text == NIGHT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts)
def test_prepared_documents_survive_the_transfer_between_processes(folder: Path, text: str) -> None:
    (folder / "a.md").write_bytes(text.encode())
    (found,) = prepared(folder, to_read(folder))
    assert pickle.loads(pickle.dumps(found)) == found


# Many files


@pytest.mark.parametrize(
    ("cores", "sizes", "processes"),
    [
        (2, [5_999_999], 0),  # too little work for a process
        (2, [3_000_000, 3_000_000], 1),
        (2, [100_000_000], 2),
        (1, [100_000_000], 0),
        (4, [6_000_000], 1),
        (4, [12_000_000], 2),
        (64, [1_000_000_000], 3),  # one process stores no faster than three prepare
        (64, [], 0),
    ],
)
def test_the_number_of_processes_depends_on_the_work(
    cores: int, sizes: list[int], processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    @contextmanager
    def results_of_processes(
        prepare: object, files: list[ToRead], count: int
    ) -> Iterator[Iterator[None]]:
        started.append(count)
        yield iter([None] * len(files))

    monkeypatch.setattr(preparation, "available_cores", lambda: cores)
    monkeypatch.setattr(preparation, "results_of_processes", results_of_processes)
    files = [ToRead("missing.txt", size, None) for size in sizes]
    assert len(list(prepared(Path("/nowhere"), files))) == len(files)
    assert started == ([processes] if processes else [])


@pytest.mark.parametrize("processes", [1, 3])
def test_other_processes_prepare_the_same_documents(folder: Path, processes: int) -> None:
    write_files(folder, **{f"{number:02}": NIGHT + RIVER * number for number in range(10)})
    (folder / "binary").write_bytes(b"\0")
    files = to_read(folder, known={"03.txt": (NIGHT + RIVER * 3).encode()})
    here = list(map(timeless, prepared(folder, files)))
    with other_processes(processes):
        there = list(map(timeless, prepared(folder, files)))
    assert there == here
    assert {type(found) for found in here} == {PreparedDocument, UnchangedFile, SkippedFile}


@pytest.mark.parametrize("with_vectors", [True, False])
def test_a_build_with_other_processes_is_the_same(
    folder: Path, tmp_path: Path, with_vectors: bool
) -> None:
    embedder = HashedEmbedder() if with_vectors else None
    one, other = IndexFolder(tmp_path / "one"), IndexFolder(tmp_path / "other")
    for contents in ({"a": NIGHT, "b": RIVER, "c": NIGHT + RIVER}, {"b": NIGHT, "d": RIVER}):
        write_files(folder, **contents)
        (folder / "binary").write_bytes(b"\0")
        here = build(folder, one, embedder)
        with other_processes(2):
            there = build(folder, other, embedder)
        counts = ["added", "changed", "removed", "unchanged", "passages", "embedded", "skipped"]
        assert [getattr(there, name) for name in counts] == [getattr(here, name) for name in counts]
        assert content_of(other) == content_of(one)


def test_the_first_files_are_prepared_while_processes_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(folder, a=NIGHT, b=NIGHT, c=NIGHT, d=NIGHT)
    with other_processes(1):
        monkeypatch.setattr(preparation, "BYTES_TO_BEGIN_WITH", 2 * len(NIGHT))
        monkeypatch.setattr("sys.executable", "/bin/false")
        found = prepared(folder, to_read(folder))
        assert [type(next(found)) for _ in range(2)] == [PreparedDocument] * 2
        with pytest.raises(SpanlightError, match=r"worked on c\.txt"):
            next(found)


def test_a_build_whose_processes_end_publishes_nothing(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index)
    published = index.current_id()
    write_files(folder, b=RIVER)
    with other_processes(1), monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/bin/false")
        with pytest.raises(SpanlightError, match=r"ended with status 1 .* on b\.txt;"):
            build(folder, index)
    assert index.current_id() == published
    assert build(folder, index).added == 1


def test_a_dry_run_starts_no_process(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(folder, a=NIGHT)
    with other_processes(1), monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/bin/false")
        assert plan_build(BuildTask(folder, index, LEXICAL)).added == 1


def test_a_build_leaves_no_process_behind(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=NIGHT, b=RIVER)
    before = set(psutil.Process().children())  # not servers and browsers of other tests
    with other_processes(2):
        build(folder, index)
    assert set(psutil.Process().children()) <= before
