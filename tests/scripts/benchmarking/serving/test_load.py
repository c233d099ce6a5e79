"""Requests of several clients, to a server of a few lines."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.benchmarking.serving.load import run_load
from scripts.benchmarking.serving.server import ServerFailed

asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """Answers everything except `/missing`, and keeps connections open as the real server does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked.append(self.path)
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize("clients", [1, 3, 8])
def test_every_request_is_sent_once(port: int, clients: int) -> None:
    targets = [f"/{number}" for number in range(10)]
    run = run_load(port, targets, clients)
    assert sorted(asked) == sorted(targets)
    assert len(run.milliseconds) == 10
    assert 0 < max(run.milliseconds) / 1_000 <= run.seconds


def test_an_error_of_the_server_fails_the_run(port: int) -> None:
    with pytest.raises(ServerFailed, match="404 for /missing"):
        run_load(port, ["/there", "/missing"], 2)
