"""A real server over a real index, for tests that drive a browser."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page

__all__ = ["HOSTILE_NAME", "ROOT", "NewPage", "Site", "build_index", "document_id", "serve"]

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 120

# A file of the corpus that would be markup, and turn its surroundings, if anything were careless.
HOSTILE_NAME = "<img src=x onerror=alert(1)>\u202e\"quoted'.txt"

# Opens a page; takes the options of Playwright's `new_context`.
NewPage = Callable[..., Page]


@dataclass(frozen=True, slots=True)
class Site:
    """A running server; what its API answers is what its pages are compared with."""

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
    options = ["--index", str(index), "--model", model]
    command = [sys.executable, "scripts/reindex.py", str(folder), *options]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serve(index: Path, *, probe: str = "/readyz", **settings: object) -> Iterator[Site]:
    """Yield a server whose probe answers 200; a server without an index is alive, never ready."""
    variables = {f"SPANLIGHT_{name.upper()}": str(value) for name, value in settings.items()}
    port = _free_port()
    command = [sys.executable, "-m", "api", "--index", str(index), "--port", str(port)]
    environment = os.environ | variables
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            site = Site(f"http://127.0.0.1:{port}")
            _wait_for(server, site.origin + probe)
            yield site
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    said = "nothing"
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server ended with {server.returncode}"
        with suppress(httpx2.TransportError):
            answer = httpx2.get(address)
            if answer.status_code == 200:
                return
            said = answer.text
        time.sleep(0.1)
    raise TimeoutError(f"{address} did not answer 200 within {START_TIMEOUT_S} s, but {said}")
