"""The real server as a child process, and requests to it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

from indexer.errors import SpanlightError

__all__ = [
    "HOST",
    "LIMIT",
    "ROOT",
    "Server",
    "ServerFailed",
    "connect",
    "first_byte_ms",
    "free_port",
    "get_body",
    "get_json",
    "request_ms",
    "running_server",
    "search_target",
    "serving",
]

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"
START_LIMIT = 180.0
POLL = 0.01
STOP_LIMIT = 15.0
# Hits on a page.
LIMIT = 10


class ServerFailed(SpanlightError):
    """The server did not start, or answered a search with an error."""

    code = "server_failed"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; seconds count from the start of its process."""

    pid: int
    port: int
    lexical_ready_seconds: float
    ready_seconds: float


@contextmanager
def running_server(index: Path, **environment: str) -> Iterator[Server]:
    """Start the server on a free port, wait until every mode answers, and stop it at the end."""
    port = free_port()
    command = [sys.executable, "-m", "api", "--index", str(index), "--host", HOST]
    # The user of this command may have API keys in the default place.
    without_keys = {"SPANLIGHT_KEYS": f"{index}.keys.json"}
    with serving(
        [*command, "--port", str(port)],
        port,
        ["/readyz?mode=lexical", "/readyz"],
        without_keys | environment,
    ) as server:
        yield server


@contextmanager
def serving(
    command: Sequence[str],
    port: int,
    ready: Sequence[str],
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run a server until the block ends. It is ready when the targets have answered, in order.

    The first target answers when lexical search is ready, and the last when every mode is.
    """
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | (environment or {}),
        )
        try:
            seconds = [_wait_until_ready(process, log, port, target, began) for target in ready]
            yield Server(process.pid, port, seconds[0], seconds[-1])
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_LIMIT)
            process.kill()
            process.wait()


def connect(port: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    connection.connect()
    return connection


def search_target(query: str, mode: str) -> str:
    """Return the path of a search for a page of hits."""
    return "/v1/search?" + urlencode({"q": query, "mode": mode, "limit": LIMIT})


def request_ms(connection: http.client.HTTPConnection, target: str) -> float:
    """Return the milliseconds from sending a request to the last byte of its answer."""
    return _timed(connection, target)[1]


def first_byte_ms(connection: http.client.HTTPConnection, target: str) -> float:
    """Return the milliseconds from sending a request to the first byte of its answer's body."""
    return _timed(connection, target)[0]


def _timed(connection: http.client.HTTPConnection, target: str) -> tuple[float, float]:
    """Return the milliseconds to the first and to the last byte."""
    began = time.perf_counter()
    connection.request("GET", target)
    response = connection.getresponse()
    body = response.read(1)
    first = time.perf_counter()
    body += response.read()
    last = time.perf_counter()
    if response.status != http.client.OK:
        raise ServerFailed(f"{response.status} for {target}: {body[:200].decode()}")
    return (first - began) * 1_000, (last - began) * 1_000


def get_body(port: int, target: str) -> bytes:
    """Return the body of an answer."""
    with closing(connect(port)) as connection:
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read()
    if response.status != http.client.OK:
        raise ServerFailed(f"{response.status} for {target}: {body[:200].decode()}")
    return body


def get_json(port: int, target: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(get_body(port, target))
    return found


def _wait_until_ready(
    process: "subprocess.Popen[bytes]", log: IO[bytes], port: int, target: str, began: float
) -> float:
    while time.perf_counter() - began < START_LIMIT:
        if process.poll() is not None:
            break
        if _answers_ok(port, target):
            return time.perf_counter() - began
        time.sleep(POLL)
    log.seek(0)
    said = log.read().decode(errors="replace")
    print(said, file=sys.stderr)
    raise ServerFailed(f"the server did not become ready ({target}); its output is above")


def _answers_ok(port: int, target: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", target)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
