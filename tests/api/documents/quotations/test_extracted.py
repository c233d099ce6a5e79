"""Quotations of extracted texts are proved from the bytes of their files, or read anew."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

import indexer.reading.extraction.formats.table as formats
from api.contract.quotations import Proof
from api.documents.sources.proofs import proof_of
from indexer.reading.extraction.child.answers import Request
from indexer.reading.extraction.child.process import READING
from indexer.reading.extraction.maps import PieceMap
from indexer.spans import Span
from tests.api.documents.sources.many_formats import FILES, WEB_PAGE, served, whole
from tests.api.served_index import Json, write
from tests.indexer.reading.extraction.archives.test_members import zipped
from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES
from tests.indexer.reading.extraction.pdf.pdf_writer import pdf, shown
from tests.property_examples import examples

BY_BYTES = ["page.html", "pandoc.docx", "alternatives.eml", "japanese.eml", "lunch.mbox"]
BY_BYTES += ["rain.ipynb", "film.srt", "harbour.rtf", "pandoc.epub", "libreoffice.pptx"]
BY_BYTES += ["bundle.zip!/inner/page.html", "plain.txt"]
BY_EXTRACTOR = ["island.pdf", "libreoffice.xlsx", "libreoffice.ods"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("formats"), FILES) as client:
        yield client


def verify(
    client: TestClient, text: str, path: str | None = None, start: int | None = None
) -> Json:
    asked: Json = {"text": text}
    if path is not None:
        asked["path"] = path
    if start is not None:
        asked["span"] = {"start": start, "end": start + len(text)}
    response = client.post("/v1/verify", json=asked)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


@pytest.mark.parametrize(
    ("path", "proof"),
    [*((path, "bytes") for path in BY_BYTES), *((path, "extractor") for path in BY_EXTRACTOR)],
)
def test_a_quotation_of_an_unchanged_file_is_proved(
    client: TestClient, path: str, proof: str
) -> None:
    text = whole(client, path)["text"]
    for start, end in ((0, len(text)), (3, min(len(text), 40)), (len(text) // 2, len(text))):
        answer = verify(client, text[start:end], path, start)
        assert (answer["verdict"], answer["proof"]) == ("exact", proof)
        assert answer["span"] == {"start": start, "end": end}
        assert answer["extractor_changed"] is False
        assert answer["places"][0]["text"] == text[start:end]


def test_what_an_unchanged_file_does_not_say(client: TestClient) -> None:
    assert verify(client, "the harbour, it opens", "page.html", 0)["verdict"] == "moved"
    assert verify(client, "the harbor , it opens", "page.html")["verdict"] in {"similar", "changed"}
    nothing = verify(client, "nothing of the kind is here", "page.html")
    assert (nothing["verdict"], nothing["proof"]) == ("changed", None)


def test_an_extracted_text_is_found_in_all_documents(client: TestClient) -> None:
    answer = verify(client, "Über the harbour, it opens at noon & closes at six")
    assert answer["verdict"] == "exact"
    paths = {place["document"]["path"] for place in answer["places"]}
    assert paths == {"page.html", "bundle.zip!/inner/page.html"}
    assert answer["proof"] is None


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    files = {"page.html": WEB_PAGE, "a.pdf": SAMPLES["one_column"](), "b.zip": FILES["bundle.zip"]}
    with served(tmp_path, files) as client:
        folder = tmp_path / "folder"
        longer = b"<p>A paragraph before it, with some words." + WEB_PAGE
        write(folder, "page.html", longer)
        write(folder, "b.zip", zipped({"inner/page.html": longer}))
        quoted = "it opens at noon & closes"
        for path in ("page.html", "b.zip!/inner/page.html"):
            answer = verify(client, quoted, path, 27)
            assert (answer["verdict"], answer["proof"]) == ("moved", "bytes")
            assert answer["places"][0]["text"] == quoted
        similar = verify(client, "it opens at noon & shuts", "page.html")
        assert (similar["verdict"], similar["proof"]) == ("similar", "bytes")
        assert verify(client, "nothing of it all is here", "page.html")["verdict"] == "changed"
        write(folder, "a.pdf", pdf(shown("The climate of another island")))
        answer = verify(client, "climate of another", "a.pdf")
        assert (answer["verdict"], answer["proof"]) == ("exact", "extractor")


def test_a_file_that_is_gone_or_cannot_be_read_any_more(tmp_path: Path) -> None:
    files = {"page.html": WEB_PAGE, "a.pdf": SAMPLES["one_column"](), "b.zip": FILES["bundle.zip"]}
    with served(tmp_path, files) as client:
        folder = tmp_path / "folder"
        (folder / "page.html").unlink()
        write(folder, "a.pdf", SAMPLES["one_column"]()[:300])
        write(folder, "b.zip", zipped({"other.html": WEB_PAGE}))
        for path, reason in (
            ("page.html", "unreadable"),
            ("a.pdf", "damaged"),
            ("b.zip!/inner/page.html", "unreadable: it is no longer inside"),
        ):
            answer = verify(client, "noon", path)
            assert (answer["verdict"], answer["proof"]) == ("gone", None)
            assert answer["reason"].startswith(reason)


def test_another_extractor_is_told(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(formats.format_named("pdf"), engine=lambda: "PDFium 9999")
    monkeypatch.setitem(formats._BY_NAME, "pdf", other)
    text = whole(client, "island.pdf")["text"]
    answer = verify(client, text[:30], "island.pdf", 0)
    assert (answer["verdict"], answer["extractor_changed"]) == ("exact", True)
    assert verify(client, "three", "plain.txt")["extractor_changed"] is False


def test_a_member_that_is_another_one_proves_nothing() -> None:
    content = FILES["pandoc.docx"]
    read = READING.read(Request("word", "a.docx", content))
    everything = Span(0, len(read.text))
    assert proof_of(PieceMap(read.map), read.text, everything, content) is Proof.BYTES
    altered = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(altered, "w") as after:
        for each in before.infolist():
            after.writestr(each, before.read(each).replace(b"ferry", b"train"))
    assert proof_of(PieceMap(read.map), read.text, everything, altered.getvalue()) is None


@given(place=st.integers(min_value=0, max_value=10_000), letter=st.sampled_from("xé\n"))
@examples(60)
def test_a_text_with_any_other_letter_is_not_proved(place: int, letter: str) -> None:
    read = READING.read(Request("html", "a.html", WEB_PAGE))
    place %= len(read.text)
    text = read.text[:place] + letter + read.text[place + 1 :]
    found = proof_of(PieceMap(read.map), text, Span(0, len(text)), WEB_PAGE)
    # Any blank may be where none of a piece is.
    if not read.text[place].isspace() or not letter.isspace():
        assert (found is None) == (text != read.text)
