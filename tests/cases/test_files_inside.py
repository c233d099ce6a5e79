"""Mail, archives, notebooks, RTF and subtitles of a folder are found and quoted."""

import gzip
import io
import json
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, wait_until, write

FERRY = "The ferry to the northern island sails only on windless days."


def mail() -> bytes:
    message = EmailMessage()
    message["Subject"] = "News of the harbour"
    message["From"] = "Ann Lee <ann@example.org>"
    message["Date"] = "Mon, 05 Oct 2026 10:00:00 +0200"
    message.set_content(f"Dear Bo,\n\n{FERRY} Zażółć gęślą jaźń.\n", cte="quoted-printable")
    message.add_attachment(
        b"The lighthouse keeper paints his door yellow.\n",
        maintype="text",
        subtype="plain",
        filename="keeper.txt",
    )
    return message.as_bytes()


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


NOTEBOOK = json.dumps(
    {"cells": [{"cell_type": "markdown", "source": ["# Tides\n", FERRY]}], "nbformat": 4}
).encode()
SUBTITLES = (
    b"1\n00:00:01,000 --> 00:00:02,000\nThe ferry to the northern\n\n"
    b"2\n00:00:02,000 --> 00:00:03,000\nisland sails only on windless days.\n"
)
PAGE = f"<title>Tides</title><p>{FERRY}</p>".encode()
FILES = {
    "harbour.eml": (mail(), "harbour.eml"),
    "box.mbox": (b"From a Mon\n" + mail(), "box.mbox"),
    "tides.ipynb": (NOTEBOOK, "tides.ipynb"),
    "film.srt": (SUBTITLES, "film.srt"),
    "letter.rtf": (b"{\\rtf1\\ansi " + FERRY.encode() + b"\\par}", "letter.rtf"),
    "old.zip": (zipped({"d/page.html": PAGE}), "old.zip!/d/page.html"),
    "log.txt.gz": (gzip.compress(FERRY.encode()), "log.txt.gz!/log.txt"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_sentence_is_found_read_and_checked(tmp_path: Path, name: str) -> None:
    content, path = FILES[name]
    write(tmp_path / "folder", name, content)
    write(tmp_path / "folder", "other.txt", "Nothing about boats is said here.")
    index = IndexFolder(tmp_path / "index")
    publish(tmp_path / "folder", index)
    with serve(index) as client:
        found = client.get("/v1/search", params={"q": "ferry windless", "mode": "lexical"}).json()
        hit = found["hits"][0]
        assert (hit["document"]["path"], hit["document"]["state"]) == (path, "current")
        wait_until(lambda: client.get("/v1/status").json()["drift"] is not None)
        drift = client.get("/v1/status").json()["drift"]
        assert (drift["added"], drift["changed"], drift["removed"]) == (0, 0, 0)
        document = hit["document"]["id"]
        text = client.get(f"/v1/documents/{document}/text").json()["text"]
        assert FERRY in " ".join(text.split())
        start = text.index("ferry to the northern")
        span = {"start": start, "end": start + 21}
        for quotation in (
            {"text": text[start : start + 21], "path": path, "span": span},
            {"text": text[start : start + 21], "path": path},
        ):
            checked = client.post("/v1/verify", json=quotation).json()
            assert (checked["verdict"], checked["span"]) == ("exact", span)


def test_an_attached_file_is_a_document_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "folder", "harbour.eml", mail())
    index = IndexFolder(tmp_path / "index")
    publish(tmp_path / "folder", index)
    with serve(index) as client:
        found = client.get("/v1/search", params={"q": "yellow door", "mode": "lexical"}).json()
        assert found["hits"][0]["document"]["path"] == "harbour.eml!/keeper.txt"
