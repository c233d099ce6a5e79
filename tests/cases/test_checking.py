"""Pasted quotations are checked, and HTTP is what clients expect, the whole way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.index.folder import IndexFolder
from tests.api.served_index import Json, publish, serve, write

MINUTES = """\
# Minutes of the harbour board

The treasurer opened the meeting at nine. “We sold the last barge on Friday. Nobody will ever see
the money again,” he said — and didn’t smile. The board had met every week since May, in the small
hall above the chandler's shop, and had never been asked a question before that evening.

Asked about the crane, he said that it would stay where it is until the insurers had answered.
"""
FILES = {
    "minutes.md": MINUTES,
    "copies/minutes-2.md": MINUTES.replace("Friday", "Monday"),
    "crlf.txt": "The pilot boat\r\nleft at four,\r\nand came back at six with one man more.\r\n",
    "thai.txt": "ตลาดน้ำเปิดทุกวัน เรือออกตอนเที่ยงตรงเสมอ และกลับมาก่อนค่ำ\n",
    "german.txt": "Der Fährmann sagte: »Größere Boote fahren hier nicht.« Dann legte er ab.\n",
    "speech.txt": (
        "The envoy — a tall man — asked: “Will anyone pay for the dredger… before the frost comes "
        "back,” and left. Some 1,250 people had signed, said Quaife.\n"
    ),
    **{f"crates/{n}.txt": f"The clerk counted crate number {n} on the quay.\n" for n in range(30)},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("checking")
    for path, text in FILES.items():
        write(place / "folder", path, text)
    publish(place / "folder", IndexFolder(place / "index"))
    return place


@pytest.fixture(scope="module")
def client(place: Path) -> Iterator[TestClient]:
    with serve(IndexFolder(place / "index")) as client:
        yield client


def verify(client: TestClient, text: str, **more: object) -> Json:
    """Return the answer; every place in it says what it claims, and its differences are all."""
    response = client.post("/v1/verify", json={"text": text, **more})
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    for place in answer["places"]:
        document, span = place["document"], place["span"]
        whole = FILES[document["path"]]
        assert whole[span["start"] : span["end"]] == place["text"]
        content = whole.encode()[place["byte_span"]["start"] : place["byte_span"]["end"]]
        assert content.decode() == place["text"]
        assert place["lines"]["start"] == whole[: span["start"]].count("\n") + 1
        parts, done = [], 0
        for each in place["differences"]:
            mine, theirs = each["in_text"], each["in_document"]
            parts += [text[done : mine["start"]], whole[theirs["start"] : theirs["end"]]]
            done = mine["end"]
        assert "".join([*parts, text[done:]]) == place["text"]
    return answer


def kinds(answer: Json) -> set[str]:
    return {each["kind"] for each in answer["places"][0]["differences"]}


class TestAPastedQuotation:
    """A quotation is found whatever a word processor, a browser or a person did to it."""

    @pytest.mark.parametrize(
        ("pasted", "found"),
        [
            ('"We sold the last barge on Friday.', {"quotation_mark"}),
            ("«We sold the last barge on Friday.", {"quotation_mark"}),
            ("he said — and didn't smile", {"quotation_mark"}),
            ("We sold the\nlast barge on Friday", {"blank"}),
            ("We sold the last  barge  on Friday", {"blank"}),
            ("We sold the last barge on\u00a0Friday", {"blank"}),
            ("we sold the last barge on Friday", {"case"}),
            ("WE SOLD THE LAST BARGE ON FRIDAY", {"case"}),
            ("he said - and didn’t smile", {"dash"}),
            ("he said—and didn’t smile", {"blank"}),
            ("We sold … Friday. Nobody", {"omission"}),
            ("We sold the last ... on Friday. Nobody", {"omission"}),
            ("We sold […] see\nthe money again", {"omission"}),
            ("We sold the last boat on Friday. Nobody will", {"word"}),
            ("We sold the last barge on Friday. Nobody ever sees", {"word"}),
            ("Nobody will see\nthe money again", {"word"}),
            ("Nobody will not ever see\nthe money again", {"word"}),
            ('"we sold  the last barge … nobody will ever\n\nsee the money"',
             {"quotation_mark", "case", "blank", "omission"}),
        ],
    )  # fmt: skip
    def test_it_is_similar_with_its_place_and_its_differences(
        self, client: TestClient, pasted: str, found: set[str]
    ) -> None:
        answer = verify(client, pasted)
        assert answer["verdict"] == "similar"
        assert {"minutes.md"} <= {each["document"]["path"] for each in answer["places"]}
        assert kinds(answer) >= found
        in_file = verify(client, pasted, path="minutes.md")
        assert (in_file["verdict"], kinds(in_file)) == ("similar", kinds(answer))
        assert in_file["span"] in [each["span"] for each in answer["places"]]

    def test_verbatim_it_is_exact_at_every_place(self, client: TestClient) -> None:
        answer = verify(client, "above the chandler's shop")
        paths = [each["document"]["path"] for each in answer["places"]]
        assert (answer["verdict"], paths) == ("exact", ["copies/minutes-2.md", "minutes.md"])
        assert answer["span"] == answer["places"][0]["span"]
        assert all(each["differences"] == [] for each in answer["places"])

    def test_it_may_be_longer_than_a_passage(self, client: TestClient) -> None:
        assert verify(client, MINUTES)["verdict"] == "exact"
        answer = verify(client, " ".join(MINUTES.split()))
        assert (answer["verdict"], kinds(answer)) == ("similar", {"blank"})

    def test_it_may_be_a_word(self, client: TestClient) -> None:
        assert verify(client, "insurers")["verdict"] == "exact"
        assert kinds(verify(client, "Insurers")) == {"case"}

    @pytest.mark.parametrize(
        ("pasted", "path"),
        [
            ("ตลาดน้ำเปิดทุกวัน  เรือออกตอนเที่ยง", "thai.txt"),
            ('Der Fährmann sagte: "Größere Boote fahren hier nicht."', "german.txt"),
            ("Der Fahrmann sagte: »Grössere Boote fahren hier nicht.«", "german.txt"),
            ("The pilot boat\nleft at four,\nand came back", "crlf.txt"),
        ],
    )
    def test_any_script_and_line_ends(self, client: TestClient, pasted: str, path: str) -> None:
        answer = verify(client, pasted)
        assert answer["verdict"] == "similar"
        assert [each["document"]["path"] for each in answer["places"]] == [path]

    @pytest.mark.parametrize(
        ("pasted", "differences"),
        [
            ("The envoy ... and left.", ["omission"]),
            ("pay for the dredger … and left", ["omission"]),
            ("pay for the dredger… back", ["omission"]),
            ("Will anyone … the dredger … the frost", ["omission", "omission"]),
            ("The envoy . . . asked", ["omission"]),
            ("The envoy [. . .] asked", ["omission"]),
            ("1250 people had", ["punctuation"]),
            ("Some 1.250 people", ["punctuation"]),
            ("Some 1\u202f250 people had", ["punctuation"]),
        ],
    )
    def test_dots_leave_out_text_that_has_dots_itself_and_grouped_numbers_are_words(
        self, client: TestClient, pasted: str, differences: list[str]
    ) -> None:
        answer = verify(client, pasted)
        assert answer["verdict"] == "similar"
        assert [each["kind"] for each in answer["places"][0]["differences"]] == differences

    def test_the_number_of_places_is_bounded_and_says_so(self, client: TestClient) -> None:
        for text, verdict in [("The clerk counted", "exact"), ("The  clerk counted", "similar")]:
            answer = verify(client, text)
            assert answer["verdict"] == verdict
            assert (len(answer["places"]), answer["more_places"]) == (20, True)

    @pytest.mark.parametrize(
        "text",
        [
            "Wir verkaufen keine Boote an Fremde, sagte die Hafenmeisterin.",
            "The treasurer of the insurers asked the clerk about the last crane on the quay",
            "money the see ever will Nobody",
        ],
    )
    def test_unrelated_text_is_absent(self, client: TestClient, text: str) -> None:
        answer = verify(client, text)
        assert (answer["verdict"], answer["span"], answer["places"]) == ("gone", None, [])
        assert answer["reason"] == "no document has the text, or one similar to it"
        assert verify(client, text, path="minutes.md")["verdict"] == "changed"

    def test_a_changed_file_is_checked_again(self, place: Path, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        for name in ("a.txt", "b.txt"):
            write(folder, name, "The ferry sails at noon, they say.\n")
        index = IndexFolder(tmp_path / "index")
        publish(folder, index)

        def states(client: TestClient, text: str) -> tuple[str, list[tuple[str, str]]]:
            answer = client.post("/v1/verify", json={"text": text}).json()
            return answer["verdict"], [
                (each["document"]["path"], each["document"]["state"]) for each in answer["places"]
            ]

        with serve(index) as client:
            write(folder, "a.txt", "Today the ferry sails at nine, they say.\n")
            assert states(client, "The ferry sails at noon") == ("exact", [("b.txt", "current")])
            (folder / "b.txt").unlink()
            verdict = states(client, "ferry sails at noon, they")
            assert verdict == ("similar", [("a.txt", "changed")])
            (folder / "a.txt").unlink()
            verdict = states(client, "ferry sails at noon, they")
            assert verdict == ("gone", [("a.txt", "missing"), ("b.txt", "missing")])

    def test_what_cannot_be_looked_up_is_refused(self, client: TestClient) -> None:
        for body, parameter in [
            ({"text": "…"}, "text"),
            ({"text": "ferry", "span": {"start": 0, "end": 5}}, "span"),
            ({"text": "x" * 100_001}, "text"),
        ]:
            response = client.post("/v1/verify", json=body)
            assert (response.status_code, response.json()["parameter"]) == (422, parameter)
        assert verify(client, "”", path="minutes.md")["verdict"] == "exact"


class TestHttp:
    """What load balancers, caches, scripts and other programs send is answered as they expect."""

    def test_a_monitor_may_ask_for_the_head_alone(self, client: TestClient) -> None:
        for path in ("/livez", "/v1/search?q=barge", "/", "/static/page.css", "/metrics"):
            response = client.head(path)
            assert (response.status_code, response.content) == (200, b"")

    def test_a_program_may_send_null_for_what_it_does_not_have(self, client: TestClient) -> None:
        body = {"q": "barge", "mode": None, "limit": None, "path": None, "explain": None}
        found = client.post("/v1/search", json=body)
        assert found.json()["hits"] == client.get("/v1/search?q=barge").json()["hits"]
        batch = client.post("/v1/search/batch", json={"searches": [body, body]})
        assert [each["hits"] for each in batch.json()["results"]] == [found.json()["hits"]] * 2
        answer = verify(client, "the last barge", path=None, span=None, sha256=None)
        assert answer["verdict"] == "exact"

    def test_a_query_sent_twice_is_refused(self, client: TestClient) -> None:
        response = client.get("/v1/search?q=barge&q=crane")
        assert (response.status_code, response.json()["parameter"]) == (422, "q")

    def test_an_answer_is_sent_once_and_small(self, client: TestClient) -> None:
        first = client.get("/v1/search?q=clerk", headers={"Accept-Encoding": "gzip"})
        assert first.headers["content-encoding"] == "gzip"
        generation = first.json()["generation"]
        assert generation in first.headers["etag"]
        again = client.get("/v1/search?q=clerk", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
