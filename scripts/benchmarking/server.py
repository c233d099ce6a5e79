"""The real server as a child process, and requests to it."""

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from indexer.errors import SpanlightError

__all__ = [
    "Server",
    "ServerFailed",
    "connect",
    "first_byte_ms",
    "get_body",
    "get_json",
    "request_ms",
    "running_server",
]

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
START_LIMIT = 180.0
POLL = 0.01
STOP_LIMIT = 15.0


class ServerFailed(SpanlightError):
    """The server did not start, or answered a search with an error."""

    code = "server_failed"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers; seconds count from the start of its process."""

    pid: int
    port: int
    lexical_ready_seconds: float
    ready_seconds: float


@contextmanager
def running_server(index: Path) -> Iterator[Server]:
    """Start the server on a free port, wait until every mode answers, and stop it at the end."""
    port = _free_port()
    command = [sys.executable, "-m", "api", "--index", str(index), "--host", HOST]
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            lexical = _wait_until_ready(process, log, port, "/readyz?mode=lexical", began)
            every = _wait_until_ready(process, log, port, "/readyz", began)
            yield Server(process.pid, port, lexical, every)
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
    """Return the body of an answer, as it was sent."""
    connection = connect(port)
    connection.request("GET", target)
    response = connection.getresponse()
    body = response.read()
    connection.close()
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
    raise ServerFailed(f"the server did not get ready ({target}); it said:\n{said}")


def _answers_ok(port: int, target: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", target)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
