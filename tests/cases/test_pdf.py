"""A PDF is found by what is on its pages, also where its lines divide words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from api.contract.hits import Hit
from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, write
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES, many_strings
from tests.indexer.reading.extraction.pdf.pdf_writer import encrypted, pdf, shown


@contextmanager
def searching(place: Path, files: Mapping[str, bytes]) -> Iterator[Searcher]:
    for path, content in files.items():
        write(place / "folder", path, content)
    index, embedder = IndexFolder(place / "index"), HashedEmbedder()
    publish(place / "folder", index, embedder)
    with search_index(index, embedder) as searcher:
        yield searcher


def hits(searcher: Searcher, q: str) -> list[Hit]:
    return searcher.search(SearchRequest(q=q, mode=Mode.LEXICAL, limit=50)).hits


def test_a_word_that_a_line_divides_is_found(tmp_path: Path) -> None:
    files = {"island.pdf": SAMPLES["one_column"](), "other.pdf": pdf(shown("Nothing of it"))}
    with searching(tmp_path, files) as searcher:
        [hit] = hits(searcher, "climate")
        assert hit.document.path == "island.pdf"
        start = hit.span.start
        assert [hit.text[span.start - start : span.end - start] for span in hit.highlights] == [
            "cli-\nmate"
        ]
        assert [hit.document.path for hit in hits(searcher, "office")] == ["island.pdf"]


def test_title_and_headings_are_those_of_the_document(tmp_path: Path) -> None:
    with searching(tmp_path, {"a.pdf": SAMPLES["outline"]()}) as searcher:
        hit = hits(searcher, "wells")[0]
        assert hit.document.title == "Waters"


def test_files_that_cannot_be_read_cost_only_themselves(tmp_path: Path) -> None:
    files = {
        "a.pdf": pdf(shown("The first file")),
        "b.pdf": many_strings(3_000_000),
        "c.pdf": encrypted("A secret file", b"swordfish"),
        "d.pdf": SAMPLES["one_column"]()[:400],
        "e.pdf": pdf(""),
        "f.pdf": pdf(shown("The last file")),
    }
    with searching(tmp_path, files) as searcher:
        assert {hit.document.path for hit in hits(searcher, "file")} == {"a.pdf", "f.pdf"}
