"""Indexes of small folders, and searchers or whole applications that answer from them."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from os import utime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.search.models.cross_encoder import CrossEncoder, load_cross_encoder
from api.search.models.query_model import QueryModel
from api.search.models.reranker import reranker_of
from api.search.searcher import Searcher
from api.settings import ServerSettings
from api.web.app import create_app
from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.config import NO_MODEL, IndexConfig
from indexer.embedding.embedder import Embedder
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot
from tests.hashed_embedder import HashedEmbedder

__all__ = [
    "HASHED",
    "Json",
    "publish",
    "search_files",
    "search_index",
    "serve",
    "wait_until",
    "write",
]

Json = dict[str, Any]

HASHED = "hashed words"
"""The name under which indexes of these tests know their embedder."""


def write(folder: Path, path: str, content: str | bytes, *, modified: str | None = None) -> Path:
    """Write a file below the folder; text is written as UTF-8 with unchanged line ends."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    if modified is not None:
        seconds = datetime.fromisoformat(modified).replace(tzinfo=UTC).timestamp()
        utime(target, (seconds, seconds))
    return target


def publish(
    folder: Path,
    index: IndexFolder,
    embedder: Embedder | None = None,
    *,
    full: bool = False,
    **config: Any,
) -> str:
    """Update the index to the folder's state; return the name of its generation."""
    options = IndexConfig(model=HASHED if embedder is not None else NO_MODEL, **config)
    report = build_index(BuildTask(folder, index, options, embedder), full=full)
    assert report.generation is not None
    return report.generation


@contextmanager
def search_index(
    index: IndexFolder,
    embedder: Embedder | None = None,
    *,
    load_reranker: Callable[[str], CrossEncoder] = load_cross_encoder,
    **settings: Any,
) -> Iterator[Searcher]:
    """Open the current generation, with loaded models or without any."""
    model = QueryModel(embedder) if embedder is not None else None
    if model is not None:
        model.load()
    snapshot = open_snapshot(index, index.current())
    options = ServerSettings(index=index.path, **settings)
    reranker = reranker_of(options, load_reranker)
    if reranker is not None:
        reranker.load()
    searcher = Searcher(snapshot, model, options, reranker)
    try:
        yield searcher
    finally:
        searcher.snapshot.close()


@contextmanager
def search_files(
    place: Path, files: Mapping[str, str], embedder: Embedder | None = None, **config: Any
) -> Iterator[Searcher]:
    """Write the files into a new folder in this place, index them, and open the index.

    Without an embedder, only their words are indexed.
    """
    for path, text in files.items():
        write(place / "folder", path, text)
    index = IndexFolder(place / "index")
    publish(place / "folder", index, embedder, **config)
    with search_index(index, embedder) as searcher:
        yield searcher


@contextmanager
def serve(
    index: IndexFolder,
    load_model: Callable[[str], Embedder] = lambda name: HashedEmbedder(),
    load_reranker: Callable[[str], CrossEncoder] = load_cross_encoder,
    *,
    ready: bool = True,
    **settings: Any,
) -> Iterator[TestClient]:
    """Run the application; with `ready`, yield once every mode of the index answers."""
    options: dict[str, Any] = {
        "reload_interval_s": 0.05,
        "keys": index.path.with_name("keys.json"),
    } | settings
    app = create_app(ServerSettings(index=index.path, **options), load_model, load_reranker)
    # Making the OpenAPI document takes longer than many tests, and is always the same.
    vars(app).update(_description())
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        if ready:
            wait_until(lambda: client.get("/readyz").status_code == 200)
        yield client


@cache
def _description() -> dict[str, Any]:
    """Return what an application keeps once it has described itself in its OpenAPI document."""
    app = create_app(ServerSettings())
    app.openapi()
    return {name: vars(app)[name] for name in ("openapi_schema", "_openapi_routes_version")}


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Return when the condition is true; fail if it is not within the time."""
    began = time.monotonic()
    while not condition():
        waited_s = time.monotonic() - began
        assert waited_s < timeout_s, f"the condition was not true within {timeout_s} s"
        # Checking costs more than waiting, so long waits check less often.
        time.sleep(min(0.01 + waited_s / 10, 0.1))
