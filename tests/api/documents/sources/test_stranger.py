"""The programs in api/README.md rebuild texts from the bytes of files, and know nothing of ours."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.documents.sources.many_formats import FILES, served, whole
from tests.api.served_index import Json

README = (Path(__file__).parents[4] / "api" / "README.md").read_text("utf-8")
REBUILT = [name for name in FILES if name.endswith((".docx", ".eml", ".epub", ".mbox", ".pptx"))]
Rebuild = Callable[[Json, bytes], Iterator[tuple[dict[str, int], str]]]


def program(name: str, function: str) -> Rebuild:
    """Return a function of the program in the README with this comment before it."""
    found = re.search(rf"<!-- checked: {name} -->\n```python\n(.*?)^```", README, re.S | re.M)
    assert found is not None
    assert "spanlight" not in found[1]
    assert "indexer" not in found[1]
    values: dict[str, Any] = {}
    exec(found[1], values)
    rebuild: Rebuild = values[function]
    return rebuild


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("formats"), FILES) as client:
        yield client


@pytest.mark.parametrize("path", ["page.html", *REBUILT])
def test_a_stranger_rebuilds_a_text_from_the_bytes_of_its_file(
    client: TestClient, path: str
) -> None:
    answer = whole(client, path)
    require_same(answer, program("a stranger rebuilds a text", "rebuilt"), FILES[path])


def test_a_stranger_reads_the_words_of_a_pdf(client: TestClient) -> None:
    answer = whole(client, "island.pdf")
    require_same(answer, program("a stranger reads a page", "words"), FILES["island.pdf"])


def require_same(answer: Json, rebuild: Rebuild, content: bytes) -> None:
    """Require that the pieces are those of the text, and that only blanks are between them."""
    text = answer["text"]
    end = 0
    for span, rebuilt in rebuild(answer, content):
        assert text[span["start"] : span["end"]] == rebuilt
        assert set(text[end : span["start"]]) <= set(" \t\n")
        end = span["end"]
    assert end == len(text) > 0
