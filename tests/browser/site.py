"""A server of a real index, for tests that drive a browser."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from playwright.sync_api import Page

from api.settings import load_settings
from api.web.app import create_app
from api.web.services import services_of
from indexer.building import build
from indexer.building.task import BuildTask
from indexer.config import NO_MODEL, IndexConfig
from indexer.embedding.embedder import LazyEmbedder
from indexer.index.folder import IndexFolder
from tests.api.served_index import wait_until

__all__ = [
    "HOSTILE_NAME",
    "ROOT",
    "NewPage",
    "SharedPage",
    "Site",
    "build_index",
    "document_id",
    "serve",
]

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 120

# A file that would act as markup, and reverse the text around it, if anything were careless.
HOSTILE_NAME = "<img src=x onerror=alert(1)>\u202e\"quoted'.txt"

# Opens a page; takes the options of Playwright's `new_context`.
NewPage = Callable[..., Page]
# Returns a blank page, with scripts or without.
SharedPage = Callable[[bool], Page]


@dataclass(frozen=True, slots=True)
class Site:
    """A running server; its pages are compared with the answers of its API."""

    origin: str

    def search(self, q: str, **parameters: str | int) -> dict[str, Any]:
        return self._get("/v1/search", {"q": q, **parameters})

    def text(self, document: str) -> str:
        text: str = self._get(f"/v1/documents/{document}/text", {})["text"]
        return text

    def _get(self, path: str, parameters: dict[str, str | int]) -> dict[str, Any]:
        response = httpx2.get(self.origin + path, params=parameters, timeout=60)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


def document_id(path: str) -> str:
    """Return the id of the document at a path relative to the indexed folder."""
    return sha256(path.encode()).hexdigest()[:16]


def build_index(folder: Path, index: Path, *, model: str) -> None:
    embedder = LazyEmbedder(model) if model != NO_MODEL else None
    task = BuildTask(folder, IndexFolder(index), IndexConfig(model=model), embedder)
    build.build_index(task)


@contextmanager
def serve(index: Path, *, probe: str = "/readyz", **settings: object) -> Iterator[Site]:
    """Yield a server whose probe answers 200; a server without an index is alive, never ready.

    It runs in a thread, because a process would take longer to start than most tests.
    """
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(f"SPANLIGHT_{name.upper()}", str(value))
        app = create_app(load_settings(index=index))
        config = uvicorn.Config(app, port=0, log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            wait_until(lambda: server.started)
            address = server.servers[0].sockets[0].getsockname()
            site = Site(f"http://{address[0]}:{address[1]}")
            wait_until(lambda: httpx2.get(site.origin + probe).status_code == 200, START_TIMEOUT_S)
            yield site
        finally:
            services_of(app).stopping.set()
            server.should_exit = True
            thread.join(START_TIMEOUT_S)
            assert not thread.is_alive()
