"""An index that an earlier version wrote in the current format is read as if it were new.

It was written before the modules of the indexer moved into folders, from two small files, with the
hashed embedder of the tests.
"""

import shutil
from pathlib import Path

import pytest

from api.contract.search import Mode, SearchRequest
from indexer.building.check import check_index
from indexer.index.generation import IndexFolder
from indexer.index.manifest import FORMAT_VERSION
from tests.api.served_index import search_index
from tests.hashed_embedder import HashedEmbedder

WRITTEN = Path(__file__).parent / f"format_{FORMAT_VERSION}"


@pytest.fixture
def written(tmp_path: Path) -> IndexFolder:
    shutil.copytree(WRITTEN, tmp_path / "index")
    return IndexFolder(tmp_path / "index")


def test_every_part_of_it_is_intact(written: IndexFolder) -> None:
    assert check_index(written) == []


@pytest.mark.parametrize("mode", Mode)
def test_it_answers_with_exact_spans(written: IndexFolder, mode: Mode) -> None:
    with search_index(written, HashedEmbedder()) as searcher:
        best = searcher.search(SearchRequest(q="the river froze at night", mode=mode)).hits[0]
    assert best.text == "It carries the post and a wolf in a crate.\n\nThe river froze at night."
    assert (best.document.path, best.heading) == ("ferry.md", "Letters from Skerrow > The ferry")
    assert (best.span.start, best.span.end) == (63, 132)
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
