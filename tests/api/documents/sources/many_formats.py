"""A served folder with a file of each format, and questions about the documents in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from indexer.documents import document_id
from indexer.index.folder import IndexFolder
from tests.api.served_index import Json, publish, serve, write
from tests.indexer.reading.extraction.archives.test_members import zipped
from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES

__all__ = ["FILES", "TEXT", "WEB_PAGE", "served", "source_of", "whole"]

GOLDENS = Path(__file__).parents[3] / "indexer" / "reading" / "extraction" / "goldens"
WEB_PAGE = (
    "<html><head><title>Café</title><meta name=author content='Ida Brandt'>"
    "<meta property=article:published_time content=2024-03-05T10:00:00Z></head><body>"
    "<h1>The caf&eacute;</h1><p>Über the harbour, it opens\n   at noon &amp; closes at <b>six</b>."
    "</body></html>"
).encode()
TEXT = "Größe one\r\ntwo three\n"
FILES = {
    **{path.name: path.read_bytes() for path in GOLDENS.iterdir() if path.suffix != ".golden"},
    "page.html": WEB_PAGE,
    "island.pdf": SAMPLES["one_column"](),
    "plain.txt": TEXT.encode(),
    "bundle.zip": zipped({"inner/page.html": WEB_PAGE, "inner/letter.eml": b""}),
}


@contextmanager
def served(place: Path, files: dict[str, bytes], **settings: Any) -> Iterator[TestClient]:
    for path, content in files.items():
        write(place / "folder", path, content)
    index = IndexFolder(place / "index")
    publish(place / "folder", index)
    with serve(index, **settings) as client:
        yield client


def source_of(client: TestClient, path: str, start: int = 0, end: int | None = None) -> Json:
    """Return the answer about the pieces of a part of a document."""
    given = {"start": start} | ({} if end is None else {"end": end})
    response = client.get(f"/v1/documents/{document_id(path)}/source", params=given)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def whole(client: TestClient, path: str) -> Json:
    """Return the pieces of a whole document, which is short."""
    answer = source_of(client, path)
    assert answer["span"] == {"start": 0, "end": answer["length"]}
    return answer
