"""Office files and e-books of real programs are found by what they say."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from indexer.documents import Document
from indexer.index.folder import IndexFolder
from indexer.reading.readers import read_document
from tests.api.served_index import publish, search_index, write
from tests.hashed_embedder import HashedEmbedder

GOLDENS = Path(__file__).parents[1] / "indexer" / "reading" / "extraction" / "goldens"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office") / "folder"
    folder.mkdir()
    names = ["libreoffice.docx", "libreoffice.xlsx", "libreoffice.odp", "pandoc.epub", "pandoc.odt"]
    for name in names:
        shutil.copy(GOLDENS / name, folder)
    write(folder, "letter.docx", "Dear Anna,")
    (folder / "slides.bin").write_bytes((GOLDENS / "pandoc.pptx").read_bytes())
    return folder


@pytest.fixture(scope="module")
def searcher(folder: Path) -> Iterator[Searcher]:
    index = IndexFolder(folder.parent / "index")
    publish(folder, index, HashedEmbedder())
    with search_index(index, HashedEmbedder()) as searcher:
        yield searcher


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    ("question", "path"),
    [
        ('"which co-op?"', "libreoffice.docx"),
        ('"ferry of 1961 stopped & lay in the harbour"', "libreoffice.docx"),
        ('"storm, no landing"', "libreoffice.xlsx"),
        ('"engine from Århus" path:*.epub', "pandoc.epub"),
        ('"report of the harbour board" path:*.odt', "pandoc.odt"),
        ('"wait for the laughter" path:*.odp', "libreoffice.odp"),
        ('"wait for the laughter" path:*.bin', "slides.bin"),
    ],
)
def test_a_sentence_is_found(
    searcher: Searcher, folder: Path, question: str, path: str, mode: Mode
) -> None:
    hit = searcher.search(SearchRequest(q=question, mode=mode)).hits[0]
    assert hit.document.path == path
    document = read_document(path, (folder / path).read_bytes())
    assert isinstance(document, Document)
    assert document.text[hit.span.start : hit.span.end] == hit.text
