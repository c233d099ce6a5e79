"""`import spanlight`: an index in a Python program, without a server."""

from pathlib import Path
from typing import Any

import pytest

import spanlight
from indexer.config import DEFAULT_MODEL, IndexConfig
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, write

TEXT = "First line.\nThe ferry leaves the harbour at 12. Die Fähre fährt 🚢 um zwölf.\nLast line.\n"


@pytest.fixture
def indexed(folder: Path, index: IndexFolder) -> IndexFolder:
    write(folder, "notes/ferry.txt", TEXT)
    write(folder, "bridge.txt", "The bridge was closed because a girder had cracked.\n")
    publish(folder, index)
    return index


def test_three_lines_find_a_quotation(folder: Path, indexed: IndexFolder) -> None:
    with spanlight.open_index(index=indexed.path) as index:
        answer = index.search("when does the ferry leave", mode="lexical", limit=1)
        (hit,) = answer.hits
        assert isinstance(hit, spanlight.Hit)
        assert hit.document.path == "notes/ferry.txt"
        assert TEXT[hit.span.start : hit.span.end] == hit.text
        assert index.folder == folder
        assert (folder / hit.document.path).read_text("utf-8") == TEXT


def test_spans_are_read_and_quotations_verified(folder: Path, indexed: IndexFolder) -> None:
    with spanlight.open_index(index=indexed.path) as index:
        (hit,) = index.search("Fähre", path=("notes/",)).hits
        read = index.read(hit.document.id, 12, 49)
        assert read.text == TEXT[12:49]
        assert index.passage(hit.passage_id, before=1).passage.text == hit.text
        quotation = "Die Fähre fährt 🚢 um zwölf."
        start = TEXT.index(quotation)
        found = index.verify(
            quotation, path="notes/ferry.txt", span=(start, start + len(quotation))
        )
        assert found.verdict is spanlight.Verdict.EXACT
        (folder / "notes/ferry.txt").write_text("Nothing.")
        assert index.verify(quotation, path="notes/ferry.txt").verdict is spanlight.Verdict.CHANGED
        assert index.documents(limit=1).total == index.status().documents == 2


def test_it_answers_as_a_server_does(indexed: IndexFolder) -> None:
    with serve(indexed) as client, spanlight.open_index(index=indexed.path) as index:
        for parameters in ({"facets": ["folder"]}, {"group_by": "document"}, {"limit": 1}):
            request: dict[str, Any] = {"q": "the ferry or the bridge", **parameters}
            served = client.post("/v1/search", json=request).json()
            opened = index.search(**request).model_dump(mode="json")
            assert opened | {"took_ms": 0} == served | {"took_ms": 0}


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"limit": 0}, "limit: must be a whole number"),
        ({"limt": 3}, "limt: there is no parameter 'limt'; did you mean 'limit'?"),
        ({"mode": "guess"}, "mode: "),
    ],
)
def test_a_wrong_parameter_is_named(
    parameters: dict[str, Any], told: str, indexed: IndexFolder
) -> None:
    with (
        spanlight.open_index(index=indexed.path) as index,
        pytest.raises(spanlight.SpanlightError) as raised,
    ):
        index.search("ferry", **parameters)
    assert str(raised.value).startswith(told)


def test_a_folder_finds_its_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".spanlight").mkdir()
    write(tmp_path / "docs", "inside/ferry.txt", TEXT)
    publish(tmp_path / "docs", IndexFolder(tmp_path / ".spanlight" / "index-docs"))
    monkeypatch.setenv("SPANLIGHT_INDEXES", str(tmp_path / ".spanlight"))
    monkeypatch.chdir(tmp_path)
    with spanlight.open_index("docs/inside") as index:
        assert index.folder == tmp_path / "docs"
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(spanlight.SpanlightError, match="spanlight index elsewhere"):
        spanlight.open_index("elsewhere")


@pytest.mark.model
def test_a_hybrid_search_waits_for_the_model(folder: Path, index: IndexFolder) -> None:
    from indexer.building.build import build_index
    from indexer.building.task import BuildTask
    from indexer.embedding.embedder import LazyEmbedder

    write(folder, "ferry.txt", TEXT)
    build_index(BuildTask(folder, index, IndexConfig(), LazyEmbedder(DEFAULT_MODEL)))
    with spanlight.open_index(index=index.path) as opened:
        answer = opened.search("departure of the ship")
        assert answer.mode is spanlight.Mode.HYBRID
        assert answer.warnings == []
        assert answer.hits[0].document.path == "ferry.txt"
