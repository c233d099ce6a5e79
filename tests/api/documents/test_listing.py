"""Documents and skipped files are listed by path, page by page, and filtered."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.documents.cursors import Cursor
from tests.api.documents.sources.many_formats import WEB_PAGE, served
from tests.api.served_index import Json
from tests.indexer.reading.extraction.archives.test_members import zipped
from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES
from tests.indexer.reading.extraction.pdf.pdf_writer import encrypted, pdf

FILES = {
    "a.txt": b"One.",
    "b/page.html": WEB_PAGE,
    "b/scan.pdf": pdf(""),
    "b/secret.pdf": encrypted("A secret file", b"swordfish"),
    "c.pdf": SAMPLES["one_column"](),
    "d.zip": zipped({"page.html": WEB_PAGE, "picture.png": b"\x89PNG\r\n\x1a\n123"}),
    "e.bin": b"\0\1\2",
    "photo.jpg": b"\xff\xd8\xff\xe0 photo",
}
INDEXED = ["a.txt", "b/page.html", "c.pdf", "d.zip!/page.html"]
SKIPPED = {
    "b/scan.pdf": "no text",
    "b/secret.pdf": "encrypted",
    "d.zip!/picture.png": "unsupported",
    "e.bin": "binary",
    "photo.jpg": "unsupported",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("listing"), FILES) as client:
        yield client


def listed(client: TestClient, **given: Any) -> Json:
    response = client.get("/v1/documents", params=given)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def paths(answer: Json) -> list[str]:
    return [each["path"] for each in answer["documents"] + answer["skipped"]]


def test_all_documents_are_listed_as_each_is_described(client: TestClient) -> None:
    answer = listed(client)
    assert paths(answer) == INDEXED
    assert (answer["total"], answer["next_cursor"], answer["reasons"]) == (4, None, {})
    for document in answer["documents"]:
        assert document == client.get(f"/v1/documents/{document['id']}").json()


def test_skipped_files_are_listed_with_the_reasons(client: TestClient) -> None:
    answer = listed(client, state="skipped")
    assert {each["path"]: each["reason"] for each in answer["skipped"]} == SKIPPED
    assert paths(answer) == sorted(SKIPPED)
    assert answer["reasons"] == {"unsupported": 2, "no text": 1, "encrypted": 1, "binary": 1}
    by_path = {each["path"]: each for each in answer["skipped"]}
    assert by_path["b/secret.pdf"]["format"] == "pdf"
    assert by_path["photo.jpg"]["detail"] == "JPEG"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"path": "b/"}, ["b/page.html"]),
        ({"path": ["b/", "*.txt"]}, ["a.txt", "b/page.html"]),
        ({"type": "html"}, ["b/page.html", "d.zip!/page.html"]),
        ({"type": ["application/pdf", "text"]}, ["a.txt", "c.pdf"]),
        ({"type": "html", "path": "*.zip!/"}, ["d.zip!/page.html"]),
        ({"state": "skipped", "type": "pdf"}, ["b/scan.pdf", "b/secret.pdf"]),
        ({"state": "skipped", "path": "b/", "reason": "no text"}, ["b/scan.pdf"]),
        ({"state": "skipped", "reason": ["encrypted", "binary"]}, ["b/secret.pdf", "e.bin"]),
        ({"state": "skipped", "reason": "damaged"}, []),
    ],
)
def test_filters(client: TestClient, given: Json, found: list[str]) -> None:
    answer = listed(client, **given)
    assert paths(answer) == found
    assert answer["total"] == len(found)


def test_reasons_count_all_that_the_other_filters_keep(client: TestClient) -> None:
    answer = listed(client, state="skipped", path="b/", reason="no text")
    assert answer["reasons"] == {"no text": 1, "encrypted": 1}


@pytest.mark.parametrize(("state", "found"), [("indexed", INDEXED), ("skipped", sorted(SKIPPED))])
def test_pages_follow_each_other(client: TestClient, state: str, found: list[str]) -> None:
    pages, cursor = [], None
    while True:
        answer = listed(client, state=state, limit=2, **({"cursor": cursor} if cursor else {}))
        pages += paths(answer)
        cursor = answer["next_cursor"]
        if cursor is None:
            break
        assert len(paths(answer)) == 2
    assert pages == found


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"state": "lost"}, "state"),
        ({"path": "/"}, "path"),
        ({"reason": "tired"}, "reason[0]"),
        ({"limit": 0}, "limit"),
        ({"limit": 1_001}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_makes_no_sense_is_refused(client: TestClient, given: Json, parameter: str) -> None:
    answer = client.get("/v1/documents", params=given)
    assert answer.status_code == 422
    assert answer.json()["parameter"] == parameter


def test_a_cursor_of_another_generation_is_gone(client: TestClient) -> None:
    answer = client.get("/v1/documents", params={"cursor": str(Cursor("00000000-0000", 2))})
    assert (answer.status_code, answer.json()["parameter"]) == (410, "cursor")
