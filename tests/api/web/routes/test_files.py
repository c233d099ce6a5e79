"""Original files are given out only as they were indexed; pages of PDFs are drawn with marks."""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from indexer.documents import document_id
from tests.api.documents.sources.many_formats import WEB_PAGE, served, source_of
from tests.api.served_index import write
from tests.indexer.reading.extraction.archives.test_members import zipped
from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES
from tests.indexer.reading.extraction.pdf.pdf_writer import pdf, shown

YELLOW = bytes([255, 221, 64])
PDF = SAMPLES["one_column"]()
FILES = {
    "page.html": WEB_PAGE,
    'a/Größe "x".txt': b"Gr\xf6\xdfe in Metern und Zentimetern.",
    "island.pdf": PDF,
    "two.pdf": pdf(shown("The first page"), shown("The second page")),
    "bundle.zip": zipped({"inner/island.pdf": PDF, "page.html": WEB_PAGE}),
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with served(tmp_path, FILES) as client:
        yield client


def file(client: TestClient, path: str) -> httpx2.Response:
    # Compressed answers have weak tags.
    headers = {"Accept-Encoding": "identity"}
    return client.get(f"/v1/documents/{document_id(path)}/file", headers=headers)


def page(client: TestClient, path: str, number: int = 1, **given: int) -> httpx2.Response:
    return client.get(f"/v1/documents/{document_id(path)}/pages/{number}.png", params=given)


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Return the width and the height of an image, and its pixels line by line."""
    width, height = struct.unpack(">II", png[16:24])
    length = struct.unpack(">I", png[33:37])[0]
    lines = zlib.decompress(png[41 : 41 + length])
    step = 3 * width + 1
    return width, height, b"".join(lines[at + 1 : at + step] for at in range(0, len(lines), step))


# Files


@pytest.mark.parametrize("path", ["page.html", "island.pdf", 'a/Größe "x".txt'])
def test_a_file_is_given_out_as_it_is(client: TestClient, path: str) -> None:
    answer = file(client, path)
    assert (answer.status_code, answer.content) == (200, FILES[path])
    assert answer.headers["etag"] == f'"{hashlib.sha256(FILES[path]).hexdigest()}"'


def test_a_browser_shows_and_runs_nothing_of_a_file(client: TestClient) -> None:
    headers = file(client, "page.html").headers
    assert headers["content-type"] == "text/html"
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-cache"


def test_any_name_fits_into_the_header(client: TestClient) -> None:
    named = file(client, 'a/Größe "x".txt').headers["content-disposition"]
    assert named == "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%22x%22.txt"


def test_a_file_inside_an_archive_is_given_out_alone(client: TestClient) -> None:
    assert file(client, "bundle.zip!/inner/island.pdf").content == PDF


def test_a_file_that_has_changed_is_not_given_out(client: TestClient, tmp_path: Path) -> None:
    write(tmp_path / "folder", "page.html", b"<p>Another page.")
    answer = file(client, "page.html")
    assert (answer.status_code, answer.json()["code"]) == (409, "original_changed")
    assert "page.html" in answer.json()["detail"]
    write(tmp_path / "folder", "page.html", WEB_PAGE)
    assert file(client, "page.html").content == WEB_PAGE


def test_a_file_that_is_gone_or_behind_a_link_is_not_given_out(
    client: TestClient, tmp_path: Path
) -> None:
    target = tmp_path / "folder" / "page.html"
    target.rename(tmp_path / "outside.html")
    assert file(client, "page.html").json()["code"] == "original_changed"
    target.symlink_to(tmp_path / "outside.html")
    assert file(client, "page.html").json()["code"] == "original_changed"


def test_a_file_that_is_ignored_since_is_not_given_out(client: TestClient, tmp_path: Path) -> None:
    write(tmp_path / "folder", ".spanlightignore", "page.html\n")
    assert file(client, "page.html").json()["code"] == "original_changed"


def test_a_setting_keeps_files_back(tmp_path: Path) -> None:
    with served(tmp_path, FILES, originals=False) as client:
        answer = file(client, "page.html")
        assert (answer.status_code, answer.json()["code"]) == (403, "originals_off")
        assert page(client, "island.pdf").status_code == 200


def test_a_document_that_does_not_exist(client: TestClient) -> None:
    assert file(client, "nothing.txt").json()["code"] == "document_not_found"


# Pages


def test_a_page_is_drawn_with_the_words_of_a_span_marked(client: TestClient) -> None:
    text = source_of(client, "island.pdf")["text"]
    start = text.index("climate" if "climate" in text else "cli-")
    plain, marked = (
        page(client, "island.pdf", **given).content
        for given in ({"width": 600}, {"width": 600, "start": start, "end": start + 4})
    )
    assert YELLOW not in pixels(plain)[2]
    width, height, colours = pixels(marked)
    assert (width, height) == (600, 400)
    [found] = source_of(client, "island.pdf", start, start + 4)["source"]["pages"]
    left, bottom, right, top = found["boxes"][0]
    # The upper left corner of the mark, two pixels a point.
    at = 3 * (width * round(2 * (200 - top)) + round(2 * left))
    assert colours[at : at + 3] == YELLOW
    for x, y in ((left - 8, top), (right + 8, bottom), (left, top + 8)):
        at = 3 * (width * round(2 * (200 - y)) + round(2 * x))
        assert colours[at : at + 3] != YELLOW


def test_only_words_on_the_page_are_marked(client: TestClient) -> None:
    first = source_of(client, "two.pdf")["text"].index("first")
    span = {"start": first, "end": first + 5}
    assert YELLOW in pixels(page(client, "two.pdf", 1, **span).content)[2]
    assert page(client, "two.pdf", 2, **span).content == page(client, "two.pdf", 2).content


def test_pages_of_a_file_inside_an_archive_are_drawn(client: TestClient) -> None:
    inside = page(client, "bundle.zip!/inner/island.pdf", width=300)
    assert inside.content == page(client, "island.pdf", width=300).content


def test_a_page_that_does_not_exist(client: TestClient) -> None:
    answer = page(client, "two.pdf", 3)
    assert (answer.status_code, answer.json()["code"]) == (404, "page_not_found")
    assert answer.json()["parameter"] == "page"
    assert page(client, "page.html").json()["code"] == "page_not_found"


@pytest.mark.parametrize("width", [0, 49, 2_401, 10**9])
def test_the_width_of_an_image_is_limited(client: TestClient, width: int) -> None:
    answer = page(client, "two.pdf", width=width)
    assert (answer.status_code, answer.json()["parameter"]) == (422, "width")


def test_a_drawn_page_is_remembered_as_long_as_it_is_asked_for(
    client: TestClient, tmp_path: Path
) -> None:
    drawn = page(client, "island.pdf", width=200)
    write(tmp_path / "folder", "island.pdf", b"no PDF any more")
    assert page(client, "island.pdf", width=200).content == drawn.content
    answer = page(client, "island.pdf", width=210)
    assert (answer.status_code, answer.json()["code"]) == (409, "original_changed")
