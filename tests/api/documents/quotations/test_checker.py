"""Checks of quotations: every verdict, and no information about files outside the index."""

import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.contract.limits import MAX_QUOTATION_CHARS
from indexer.index.folder import IndexFolder
from tests.api.served_index import Json, publish, serve, write

FERRY = "One 🐟.\r\nThe ferry sails at noon.\r\nThe ferry sails at noon, they say.\r\n"
NOON = "ferry sails at noon"
LEGACY = "Das Fährhaus schließt um zwölf, und die Fähre fährt über Nacht nach Süden.\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with its index, next to a file outside the folder."""
    place = tmp_path_factory.mktemp("quotations")
    write(place, "outside.txt", FERRY)
    write(place / "folder", "a/ferry.txt", FERRY)
    write(place / "folder", ".hidden.txt", FERRY)
    write(place / "folder", "ignored.txt", FERRY)
    write(place / "folder", ".spanlightignore", "ignored.txt\n")
    write(place / "folder", "binary.bin", b"\0" + FERRY.encode())
    (place / "folder" / "link.txt").symlink_to(place / "outside.txt")
    (place / "folder" / "inner.txt").symlink_to("a/ferry.txt")
    (place / "folder" / "linked").symlink_to("a")
    publish(place / "folder", IndexFolder(place / "index"))
    return place


@pytest.fixture(scope="module")
def client(place: Path) -> Iterator[TestClient]:
    with serve(IndexFolder(place / "index")) as client:
        yield client


def quotation(text: str = NOON, start: int = 12, **changes: Any) -> Json:
    """Return a request; by default it quotes the first noon of the ferry."""
    span = {"start": start, "end": start + len(text)}
    return {"path": "a/ferry.txt", "span": span, "text": text} | changes


def verify(client: TestClient, quoted: Json) -> Json:
    response = client.post("/v1/verify", json=quoted)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    assert answer.keys() == {
        *("verdict", "span", "sha256", "reason", "places", "more_places"),
        *("proof", "extractor_changed"),
    }
    return answer


def brief(client: TestClient, quoted: Json) -> Json:
    """Return the answer without its places, each of which is what it says."""
    answer = verify(client, quoted)
    for place in answer.pop("places"):
        text = client.get(f"/v1/documents/{place['document']['id']}/text").json()["text"]
        assert text[place["span"]["start"] : place["span"]["end"]] == place["text"]
    assert not answer.pop("more_places")
    assert answer.pop("proof") == ("bytes" if answer["span"] and "path" in quoted else None)
    assert not answer.pop("extractor_changed")
    return answer


def refused(client: TestClient, quoted: Json, status: int) -> Json:
    response = client.post("/v1/verify", json=quoted)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: Json = response.json()
    return problem


# Verdicts


def test_a_quotation_at_its_span_is_exact(client: TestClient) -> None:
    assert brief(client, quotation()) == {
        "verdict": "exact",
        "span": {"start": 12, "end": 31},
        "sha256": hashlib.sha256(FERRY.encode()).hexdigest(),
        "reason": None,
    }


@pytest.mark.parametrize(("start", "found"), [(0, 12), (13, 12), (25, 12), (26, 38), (900, 38)])
def test_a_quotation_found_elsewhere_has_moved_to_the_nearest_place(
    client: TestClient, start: int, found: int
) -> None:
    answer = verify(client, quotation(start=start))
    assert (answer["verdict"], answer["span"]) == ("moved", {"start": found, "end": found + 19})


def test_a_quotation_found_nowhere_has_changed(client: TestClient) -> None:
    answer = verify(client, quotation("The ship sails at nine"))
    assert (answer["verdict"], answer["span"], answer["places"]) == ("changed", None, [])
    assert answer["sha256"] == hashlib.sha256(FERRY.encode()).hexdigest()


@pytest.mark.parametrize("text", ["noon.\n", "Noon", "sails  at"])
def test_what_is_not_verbatim_is_similar_at_most(client: TestClient, text: str) -> None:
    assert verify(client, quotation(text))["verdict"] == "similar"


@pytest.mark.parametrize("sha256", ["0" * 64, hashlib.sha256(FERRY.encode()).hexdigest().upper()])
def test_the_verdict_depends_on_the_text_and_not_on_the_hash(
    client: TestClient, sha256: str
) -> None:
    assert verify(client, quotation(sha256=sha256)) == verify(client, quotation())


def test_every_hit_is_an_exact_quotation(client: TestClient) -> None:
    hits = client.get("/v1/search", params={"q": "ferry"}).json()["hits"]
    assert hits
    for hit in hits:
        best, start = hit["best"], hit["span"]["start"]
        for span in (hit["span"], {"start": best["start"], "end": best["end"]}):
            quoted = {
                "path": hit["document"]["path"],
                "span": span,
                "text": hit["text"][span["start"] - start : span["end"] - start],
                "sha256": hit["document"]["sha256"],
            }
            answer = verify(client, quoted)
            assert (answer["verdict"], answer["span"]) == ("exact", span)
            assert answer["sha256"] == hit["document"]["sha256"]


# The current file, not the indexed one


@pytest.fixture
def now(folder: Path, index: IndexFolder) -> Iterator[TestClient]:
    """A server whose one file, ferry.txt, each test changes after it was indexed."""
    write(folder, "ferry.txt", FERRY)
    publish(folder, index, max_file_bytes=10_000)
    with serve(index) as client:
        yield client


def verdict(client: TestClient, text: str = NOON, start: int = 12) -> tuple[str, int | None]:
    answer = verify(client, quotation(text, start, path="ferry.txt"))
    return answer["verdict"], answer["span"] and answer["span"]["start"]


def test_an_edited_file_is_read_again(folder: Path, now: TestClient) -> None:
    edited = f"Zero.\n{FERRY}"
    write(folder, "ferry.txt", edited)
    assert verdict(now) == ("moved", 18)
    assert verdict(now, "Zero.", 0) == ("exact", 0)
    assert verdict(now, "Ten.", 0) == ("changed", None)
    answer = verify(now, quotation(path="ferry.txt"))
    assert answer["sha256"] == hashlib.sha256(edited.encode()).hexdigest()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_saved_in_another_encoding_is_the_same_text(
    folder: Path, now: TestClient, encoding: str
) -> None:
    write(folder, "ferry.txt", FERRY.encode(encoding))
    assert verdict(now) == ("exact", 12)


def test_an_emptied_file_has_changed(folder: Path, now: TestClient) -> None:
    for content in ("", " \n"):
        write(folder, "ferry.txt", content)
        assert verdict(now) == ("changed", None)


def gone(client: TestClient) -> str:
    """Check that the file is gone, and return why."""
    answer = verify(client, quotation(path="ferry.txt"))
    assert (answer["verdict"], answer["span"], answer["sha256"]) == ("gone", None, None)
    reason: str = answer["reason"]
    return reason


def test_a_removed_file_is_gone(folder: Path, now: TestClient) -> None:
    (folder / "ferry.txt").unlink()
    assert gone(now) == "unreadable: it vanished"


def test_a_file_in_a_removed_folder_is_gone(folder: Path, now: TestClient) -> None:
    folder.rename(folder.with_name("elsewhere"))
    assert gone(now) == "unreadable: it vanished"


def test_nothing_is_said_of_a_file_that_is_ignored_since(folder: Path, now: TestClient) -> None:
    write(folder, ".spanlightignore", "ferry.*\n")
    assert gone(now) == "ignored: by .spanlightignore"
    (folder / "ferry.txt").unlink()
    assert gone(now) == "ignored: by .spanlightignore"
    (folder / ".spanlightignore").unlink()
    assert gone(now) == "unreadable: it vanished"
    (folder / ".spanlightignore").mkdir()
    assert gone(now) == "unreadable: its .spanlightignore: it is no longer a regular file"


@pytest.mark.parametrize("linked", ["itself", "above"])
def test_a_folder_that_has_become_a_link_is_not_followed(
    folder: Path, now: TestClient, linked: str
) -> None:
    place = folder if linked == "itself" else folder.parent
    other = place.with_name("elsewhere")
    place.rename(other)
    place.symlink_to(other)
    try:
        assert (folder / "ferry.txt").read_bytes() == FERRY.encode()
        assert gone(now) == (
            "unreadable: the indexed folder is now a symbolic link, or is below one"
        )
    finally:
        place.unlink()
        other.rename(place)
    assert verdict(now)[0] == "exact"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\0" + FERRY.encode(), "binary: NUL at byte 0"),
        (b"\xff\xfe\x00", "undecodable: "),
        (FERRY.encode() * 1_000, "too large: "),
    ],
)
def test_a_file_that_is_no_longer_text_is_gone(
    folder: Path, now: TestClient, content: bytes, reason: str
) -> None:
    write(folder, "ferry.txt", content)
    assert gone(now).startswith(reason)


def test_a_path_that_is_no_longer_a_file_is_gone_and_never_followed(
    folder: Path, now: TestClient
) -> None:
    path = folder / "ferry.txt"
    outside = write(folder.parent, "outside.txt", FERRY)
    path.unlink()
    path.symlink_to(outside)
    assert gone(now) == "unreadable: it is a symbolic link"
    path.unlink()
    path.mkdir()
    assert gone(now).startswith("unreadable: ")
    path.rmdir()
    os.mkfifo(path)
    assert gone(now) == "unreadable: it is no longer a regular file"
    path.unlink()
    # By a relative name: the path of a socket may have only about a hundred bytes.
    with socket.socket(socket.AF_UNIX) as listening, chdir(folder):
        listening.bind(path.name)
        assert gone(now).startswith("unreadable: ")


def test_an_edit_that_changes_the_guessed_encoding_keeps_quotations_valid(
    folder: Path, index: IndexFolder
) -> None:
    write(folder, "a.txt", (LEGACY * 20).encode("windows-1252"))
    publish(folder, index)
    quoted = quotation("Fährhaus schließt", 4, path="a.txt")
    with serve(index) as client:
        assert verify(client, quoted)["verdict"] == "exact"
        # A byte that makes the encoding ambiguous.
        write(folder, "a.txt", LEGACY.encode("windows-1252") + bytes(range(0xA0, 0x100)))
        assert verify(client, quoted)["verdict"] == "exact"
        write(folder, "a.txt", (LEGACY * 20).encode("utf-8"))
        assert verify(client, quoted)["verdict"] == "exact"
        # Read in the former encoding, the file would not contain the text.
        write(folder, "a.txt", f"Zero.\n{LEGACY * 20}".encode())
        answer = verify(client, quoted)
        assert (answer["verdict"], answer["span"]["start"]) == ("moved", 10)


# Only paths of documents in the index


@pytest.mark.parametrize(
    "path",
    [
        *["../outside.txt", "a/../../outside.txt", "a/../a/ferry.txt", "./a/ferry.txt"],
        *["a//ferry.txt", "/a/ferry.txt", "a/ferry.txt/", "a", "a/", "A/ferry.txt", "nothing.txt"],
        *[".hidden.txt", "ignored.txt", "binary.bin", ".spanlightignore", "../index/CURRENT"],
        *["link.txt", "inner.txt", "linked/ferry.txt", "/etc/passwd", "a\\ferry.txt", " "],
        *["a/ferry.txt\0", "\0", "a%2Fferry.txt", "~", "\U0010ffff", "x" * 4_096],
    ],
)
def test_a_path_outside_the_index_is_not_found(client: TestClient, path: str) -> None:
    problem = refused(client, quotation(path=path), 404)
    assert (problem["code"], problem["parameter"]) == ("document_not_found", "path")


def test_an_absolute_path_is_not_found(client: TestClient, place: Path) -> None:
    for path in (place / "outside.txt", place / "folder" / "a" / "ferry.txt"):
        assert refused(client, quotation(path=str(path)), 404)["code"] == "document_not_found"


# Invalid requests


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"path": ""}, "path"),
        ({"path": "x" * 4_097}, "path"),
        ({"path": None}, "span"),
        ({"path": ["a/ferry.txt"]}, "path"),
        ({"text": ""}, "text"),
        ({"text": None}, "text"),
        ({"text": NOON + "."}, "text"),
        ({"text": "x" * (MAX_QUOTATION_CHARS + 1)}, "text"),
        ({"span": [12, 31]}, "span"),
        ({"span": {"start": 12}}, "span.end"),
        ({"span": {"start": -1, "end": 18}}, "span.start"),
        ({"span": {"start": 31, "end": 12}}, "span.end"),
        ({"span": {"start": 12, "end": 10**30}}, "span.end"),
        ({"span": {"start": 12.5, "end": 31}}, "span.start"),
        ({"span": {"start": 12, "end": 31, "unit": "bytes"}}, "span.unit"),
        ({"span": {"start": 12, "end": 12}}, "text"),
        ({"sha256": "5f"}, "sha256"),
        ({"sha256": "g" * 64}, "sha256"),
        ({"encoding": "utf-8"}, "encoding"),
    ],
)
def test_a_bad_quotation_is_refused_by_its_parameter(
    client: TestClient, changes: Json, parameter: str
) -> None:
    problem = refused(client, quotation() | changes, 422)
    assert (problem["code"], problem["parameter"]) == ("invalid_request", parameter)


@pytest.mark.parametrize("parameter", ["path", "text"])
def test_lone_surrogates_are_refused(client: TestClient, parameter: str) -> None:
    body = b'{"path": "a", "text": "a", "span": {"start": 0, "end": 1}}'
    body = body.replace(f'"{parameter}": "a"'.encode(), f'"{parameter}": "\\ud800"'.encode())
    headers = {"content-type": "application/json"}
    response = client.post("/v1/verify", content=body, headers=headers)
    assert (response.status_code, response.json()["parameter"]) == (422, parameter)


def test_utf16_offsets_are_refused_with_a_hint_about_units(client: TestClient) -> None:
    problem = refused(client, quotation("🐟", 4) | {"span": {"start": 4, "end": 6}}, 422)
    assert "UTF-16" in problem["detail"]


def test_the_longest_quotation_is_checked(folder: Path, index: IndexFolder) -> None:
    text = "ferry " * (MAX_QUOTATION_CHARS // 6 + 1)
    write(folder, "long.txt", text)
    publish(folder, index)
    with serve(index) as client:
        quoted = quotation(text[:MAX_QUOTATION_CHARS], 6, path="long.txt")
        assert verify(client, quoted)["verdict"] == "moved"
