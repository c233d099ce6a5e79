"""The pieces of a span: at most so many characters at once, and none for an empty span."""

from pathlib import Path

from indexer.documents import document_id
from tests.api.documents.sources.many_formats import served, source_of

LONG = "".join(f"<p>Paragraph {number} of the story." for number in range(1_000)).encode()


def test_a_span_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with served(tmp_path, {"long.html": LONG}) as client:
        address = f"/v1/documents/{document_id('long.html')}/source"
        problem = client.get(address).json()
        assert (problem["status"], problem["code"]) == (422, "invalid_query")
        assert problem["parameter"] == "end"
        assert "10,000" in problem["detail"]
        whole = client.get(address, params={"start": 5, "end": 10_005})
        assert whole.status_code == 200
        assert len(whole.json()["text"]) == 10_000


def test_an_empty_span_has_no_pieces(tmp_path: Path) -> None:
    with served(tmp_path, {"long.html": LONG, "a.txt": b"One."}) as client:
        for path in ("long.html", "a.txt"):
            answer = source_of(client, path, 2, 2)
            assert (answer["text"], answer["pieces"], answer["source"]) == ("", [], None)
