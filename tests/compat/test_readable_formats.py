"""An index in the current format is read, and builds continue it.

It was written from two small files, with the hashed embedder of the tests.
"""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from api.contract.search import Mode, SearchRequest
from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.task import BuildTask
from indexer.index.folder import IndexFolder
from indexer.index.manifest import FORMAT_VERSION, MANIFEST_NAME, Manifest
from indexer.index.store.reader import PassageStore
from tests.api.served_index import search_index
from tests.hashed_embedder import HashedEmbedder

CURRENT = Path(__file__).parent / f"format_{FORMAT_VERSION}"


@pytest.fixture
def written(tmp_path: Path) -> IndexFolder:
    shutil.copytree(CURRENT, tmp_path / "index")
    return IndexFolder(tmp_path / "index")


def test_every_part_of_it_is_intact(written: IndexFolder) -> None:
    assert check_index(written) == []


@pytest.mark.parametrize("mode", Mode)
def test_it_answers_with_exact_spans(written: IndexFolder, mode: Mode) -> None:
    with search_index(written, HashedEmbedder()) as searcher:
        best = searcher.search(SearchRequest(q="the river froze at night", mode=mode)).hits[0]
    assert best.text == (
        "It carries the post and a wolf in a crate.\n\n"
        "The river froze at night. The moon rose over the harbour."
    )
    assert (best.document.path, best.heading) == ("ferry.md", "Letters from Skerrow > The ferry")
    assert (best.span.start, best.span.end) == (63, 164)
    assert (best.lines.start, best.lines.end) == (5, 7)


def test_a_file_with_a_byte_order_mark_has_its_offsets_in_every_unit(written: IndexFolder) -> None:
    with search_index(written, HashedEmbedder()) as searcher:
        (hit,) = searcher.search(SearchRequest(q="+Fluß", mode=Mode.LEXICAL)).hits
    assert hit.document.encoding == "utf-8-sig"
    assert (hit.span.start, hit.span.end) == (0, len(hit.text))
    assert hit.byte_span is not None
    assert hit.byte_span.end - hit.byte_span.start == len(hit.text.encode())
    assert hit.byte_span.start == 3
    assert hit.utf16_span.end == len(hit.text) + 1  # the wolf takes two units


def test_a_build_continues_it(written: IndexFolder, tmp_path: Path) -> None:
    before = written.current().manifest
    folder = tmp_path / "letters"
    letters_of(written, folder)
    task = BuildTask(folder, written, before.config, HashedEmbedder())
    moved_to(written, folder)
    assert build_index(task).embedded == 0
    (folder / "harbour.txt").write_text("The harbour was closed in winter.\n")
    report = build_index(task)
    assert (report.added, report.embedded, check_index(written)) == (1, 1, [])
    with closing(PassageStore.open(written.store, written.current().folder.id)):
        pass  # the store lists the generation


def letters_of(index: IndexFolder, folder: Path) -> None:
    """Write the files that the index was built from."""
    folder.mkdir()
    with closing(PassageStore.open(index.store)) as store:
        for stored in store.documents(index.current().manifest.number):
            (folder / stored.path).write_bytes(store.text(stored).encode(stored.encoding or ""))


def moved_to(index: IndexFolder, folder: Path) -> None:
    """Make the index one of this folder; it was built from /srv/letters."""
    path = index.current().folder.path / MANIFEST_NAME
    path.write_text(replace(Manifest.read(path), folder=str(folder.resolve())).to_json())
