"""Each hit of an extracted text says where in its file it is from, in the words of the format."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.documents.sources.origins import cell_name
from indexer.documents import document_id
from tests.api.documents.sources.many_formats import (
    FILES,
    TEXT,
    WEB_PAGE,
    served,
    source_of,
    whole,
)
from tests.api.served_index import Json


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("formats"), FILES) as client:
        yield client


def hit(client: TestClient, q: str, path: str) -> Json:
    asked: Json = {"q": q, "path": path, "mode": "lexical", "fold_duplicates": False}
    answer = client.get("/v1/search", params=asked).json()
    found: Json
    found, *_ = [each for each in answer["hits"] if each["document"]["path"] == path]
    return found


def part(client: TestClient, path: str, quoted: str) -> Json:
    """Return the source of a quotation."""
    start = whole(client, path)["text"].index(quoted)
    source: Json = source_of(client, path, start, start + len(quoted))["source"]
    return source


def test_a_document_says_how_its_text_was_found(client: TestClient) -> None:
    document = hit(client, "harbour", "page.html")["document"]
    extraction = document["extraction"]
    assert extraction["reader"].startswith("html/")
    assert extraction["engine"].startswith("turbohtml ")
    assert len(extraction["text_sha256"]) == 64
    assert extraction["warnings"] == []
    assert (document["encoding"], document["encoding_source"]) == (None, None)
    assert document["author"] == "Ida Brandt"
    assert document["published"] == "2024-03-05T10:00:00Z"
    assert (document["publisher"], document["source_url"]) == (None, None)


def test_a_text_file_has_no_extraction_and_its_hits_no_source(client: TestClient) -> None:
    found = hit(client, "three", "plain.txt")
    assert found["source"] is None
    assert found["document"]["extraction"] is None
    assert found["byte_span"] == {"start": 0, "end": len(TEXT.rstrip().encode())}


def test_a_hit_in_a_web_page(client: TestClient) -> None:
    found = hit(client, "harbour", "page.html")
    assert found["byte_span"] is None
    counted = found["source"]["bytes"]
    assert found["source"] == {"kind": "html", "bytes": counted}
    source = WEB_PAGE[counted["start"] : counted["end"]].decode()
    assert source.startswith("The caf&eacute;")
    assert source.endswith("</b>.")


def test_bytes_are_those_of_the_quotation_where_the_text_is_verbatim(client: TestClient) -> None:
    counted = part(client, "page.html", "the harbour")["bytes"]
    assert WEB_PAGE[counted["start"] : counted["end"]] == b"the harbour"


def test_bytes_are_those_of_whole_pieces_elsewhere(client: TestClient) -> None:
    counted = part(client, "page.html", "noon & closes")["bytes"]
    assert b"noon &amp; closes" in WEB_PAGE[counted["start"] : counted["end"]]


def test_a_hit_in_a_member_of_a_zip_file(client: TestClient) -> None:
    source = part(client, "pandoc.docx", "ferry")
    assert (source["kind"], source["member"], source["others"]) == ("xml", "word/document.xml", [])
    member = zipfile.ZipFile(io.BytesIO(FILES["pandoc.docx"])).read("word/document.xml")
    assert member[source["bytes"]["start"] : source["bytes"]["end"]].decode() == "ferry"


def test_a_hit_on_several_slides(client: TestClient) -> None:
    source = hit(client, "ferry", "libreoffice.pptx")["source"]
    assert source["member"] == "ppt/slides/slide1.xml"
    assert source["mark"] == {"start": 0, "kind": "slide", "label": "1"}
    assert source["others"][0]["member"] == "ppt/slides/slide2.xml"
    assert source["others"][0]["mark"]["label"] == "2"


def test_a_hit_in_a_mail(client: TestClient) -> None:
    source = part(client, "alternatives.eml", "Gerüst")
    assert (source["part"], source["transfer"]) == ("1", "quoted-printable")
    assert source["decoded_bytes"] is None
    assert source["part_bytes"]["start"] <= source["bytes"]["start"] < source["bytes"]["end"]
    assert source["bytes"]["end"] <= source["part_bytes"]["end"]


def test_a_part_that_must_be_decoded_counts_its_decoded_bytes(client: TestClient) -> None:
    source = hit(client, "news", "html-only.eml")["source"]
    assert source["part"] == "1.HEADER"
    [body] = source["others"]
    assert body["bytes"] is None
    assert body["decoded_bytes"]["start"] < body["decoded_bytes"]["end"]


def test_a_hit_in_a_spreadsheet(client: TestClient) -> None:
    pieces = whole(client, "libreoffice.xlsx")["pieces"]
    first, last = pieces[0], pieces[-1]
    assert [each["as"] for each in (first, last)] == ["cell", "cell"]
    assert first["cell"] == "A1"
    one = source_of(client, "libreoffice.xlsx", first["span"]["start"], first["span"]["end"])
    assert one["source"] == {
        "kind": "cells",
        "sheet": one["places"][0]["name"],
        "range": "A1",
        "others": [],
    }
    assert ":" in whole(client, "libreoffice.xlsx")["source"]["range"]


@pytest.mark.parametrize(
    ("row", "column", "name"), [(0, 0, "A1"), (6, 25, "Z7"), (0, 26, "AA1"), (9, 16_383, "XFD10")]
)
def test_cells_have_the_names_that_people_know(row: int, column: int, name: str) -> None:
    assert cell_name(row, column) == name


def test_a_hit_in_a_notebook(client: TestClient) -> None:
    source = whole(client, "rain.ipynb")["source"]
    assert (source["kind"], source["cell"]) == ("json", 1)
    later = source_of(client, "rain.ipynb", 110, 112)["source"]
    assert later["cell"] == 2


def test_a_hit_in_subtitles_has_the_time_of_its_cue(client: TestClient) -> None:
    answer = whole(client, "film.srt")
    mark = answer["marks"][1]
    assert mark["kind"] == "cue"
    later = source_of(client, "film.srt", mark["start"], mark["start"] + 3)["source"]
    assert (later["kind"], later["cue"]) == ("subtitles", mark["label"])


def test_a_hit_in_a_pdf_has_boxes_line_by_line(client: TestClient) -> None:
    found = hit(client, "climate", "island.pdf")
    [page] = found["source"]["pages"]
    assert (page["page"], page["label"], page["rotate"]) == (1, "1", 0)
    assert page["box"] == [0, 0, 300, 200]
    assert len(page["boxes"]) == len(found["text"].split("\n")) - found["text"].count("\n\n")
    for left, bottom, right, top in page["boxes"]:
        assert 0 < left < right < 300
        assert 0 < bottom < top < 200


def test_a_file_inside_an_archive_counts_its_own_bytes(client: TestClient) -> None:
    inside = whole(client, "bundle.zip!/inner/page.html")
    assert inside["source"] == whole(client, "page.html")["source"]


def test_the_passage_of_a_hit_has_the_same_source(client: TestClient) -> None:
    found = hit(client, "climate", "island.pdf")
    answer = client.get(f"/v1/passages/{found['passage_id']}").json()
    assert answer["passage"]["source"] == found["source"]


def test_the_source_of_a_text_file_is_one_piece(client: TestClient) -> None:
    answer = source_of(client, "plain.txt", 1, 7)
    assert answer["source"] is None
    assert answer["text"] == TEXT[1:7]
    [piece] = answer["pieces"]
    assert piece["as"] == "verbatim"
    counted = piece["source"]
    assert TEXT.encode()[counted["start"] : counted["end"]].decode() == TEXT[1:7]


def test_too_long_a_span_is_refused(client: TestClient) -> None:
    with_long = client.get(
        f"/v1/documents/{document_id('plain.txt')}/source", params={"end": 2**41}
    )
    assert with_long.status_code == 200
    assert client.get("/v1/documents/nothing/source").json()["code"] == "document_not_found"
