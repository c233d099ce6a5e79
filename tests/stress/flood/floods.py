"""Floods by clients without a key: of requests, of bytes that never end, and of connections.

Requests say that they were forwarded, so the server counts them by as many addresses as it likes.
Connections come from another address of this machine than those of users.
"""

import random
import selectors
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

from scripts.benchmarking.serving.server import HOST, ROOT

__all__ = ["FLOODS", "flood_until_told", "flooding"]

SOURCE = "127.0.0.2"
TIMEOUT_S = 5.0
# A few senders with many requests each, so that rates are reached, too.
ADDRESSES = 20
SENT_AT_ONCE = 10
# Together with others, more than the server has places for.
HELD = 30
# Of each attacker: all connections together are fewer than the server has places for.
KEPT = 5
PIPELINED = 60
BLOCK = b"a" * 100_000
TRICKLE_S = 0.05
SIGN_IN_PAGE = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n"
START = f"""
import sys
from {__name__} import flood_until_told
flood_until_told(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
"""

Flood = Callable[[int, threading.Event], None]
"""Sends to the port until the event is set."""


def _requests(line: str, body: str = "", headers: str = "") -> Flood:
    """Return a flood of one request."""

    def flood(port: int, ended: threading.Event) -> None:
        while not ended.is_set():
            with suppress(OSError), _connect(port) as connection:
                while not ended.is_set():
                    connection.sendall(b"".join(_request() for _ in range(SENT_AT_ONCE)))
                    if not connection.recv(1_000_000):
                        break

    def _request() -> bytes:
        lines = [
            f"{line} HTTP/1.1",
            "Host: localhost",
            f"X-Forwarded-For: 192.0.2.{random.randrange(ADDRESSES)}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, *filter(None, [headers]), "", body]).encode()

    return flood


def _endless(start: bytes) -> Flood:
    """Return a flood of requests that never end."""

    def flood(port: int, ended: threading.Event) -> None:
        while not ended.is_set():
            with suppress(OSError), _connect(port) as connection:
                connection.sendall(start)
                while not ended.is_set():
                    connection.sendall(BLOCK)

    return flood


def _slow(start: bytes) -> Flood:
    """Return a flood of requests that arrive one byte at a time."""

    def flood(port: int, ended: threading.Event) -> None:
        while not ended.is_set():
            with suppress(OSError), _connect(port) as connection:
                connection.sendall(start)
                while not ended.wait(TRICKLE_S):
                    connection.sendall(b"a")

    return flood


def _hold(port: int, ended: threading.Event) -> None:
    """Hold many connections without a word, and replace the oldest again and again."""
    held: deque[socket.socket] = deque()
    while not ended.wait(0.001):
        with suppress(OSError):
            held.append(socket.create_connection((HOST, port), TIMEOUT_S, (SOURCE, 0)))
        if len(held) > HELD:
            held.popleft().close()
    for each in held:
        each.close()


def _keep_many(port: int, ended: threading.Event) -> None:
    """Ask on many connections, each from another address, as soon as each is answered."""
    with selectors.DefaultSelector() as kept:
        while not ended.is_set():
            while len(kept.get_map()) < KEPT:
                with suppress(OSError):
                    source = f"127.0.{random.randrange(1, 250)}.{random.randrange(1, 250)}"
                    new = socket.create_connection((HOST, port), TIMEOUT_S, (source, 0))
                    kept.register(new, selectors.EVENT_READ)
                    new.sendall(SIGN_IN_PAGE)
            for key, _ in kept.select(TRICKLE_S):
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                try:
                    if not connection.recv(1_000_000):
                        raise ConnectionResetError
                    connection.sendall(SIGN_IN_PAGE)
                except OSError:
                    kept.unregister(connection)
                    connection.close()
        for key in [*kept.get_map().values()]:
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()


def _pipeline(port: int, ended: threading.Event) -> None:
    """Send many requests on each of many connections, and read no answer."""
    while not ended.is_set():
        with ExitStack() as opened, suppress(OSError):
            for _ in range(KEPT):
                opened.enter_context(_connect(port)).sendall(SIGN_IN_PAGE * PIPELINED)
            ended.wait(1.0)


def _connect(port: int) -> socket.socket:
    # Only connections from 127.0.0.1 are trusted to name the sender.
    return socket.create_connection((HOST, port), TIMEOUT_S)


HEAD = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
FLOODS: Mapping[str, Flood] = {
    "sign-in page": _requests("GET /sign-in"),
    "signing in": _requests("POST /sign-in", "key=spanlight_wrong&next=/"),
    "static files": _requests("GET /static/page.css"),
    "liveness": _requests("GET /livez"),
    "readiness": _requests("GET /readyz"),
    "OPTIONS": _requests("OPTIONS /"),
    "no key": _requests("GET /v1/search?q=ferry"),
    "wrong keys": _requests("GET /v1/search?q=ferry", headers="Authorization: Bearer wrong"),
    "endless headers": _endless(HEAD + b"X-A: "),
    "endless bodies": _endless(HEAD + b"Content-Length: 1000000000\r\n\r\n"),
    "slow headers": _slow(HEAD + b"X-A: "),
    "slow bodies": _slow(HEAD + b"Content-Length: 10000\r\n\r\n"),
    "idle connections": _hold,
    "many connections": _keep_many,
    "requests without end": _pipeline,
}


@contextmanager
def flooding(name: str, port: int, attackers: int) -> Iterator[None]:
    """Let this many clients flood the port while the block runs, in a process of their own."""
    command = [sys.executable, "-c", START, name, str(port), str(attackers)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.stdin.close()


def flood_until_told(name: str, port: int, attackers: int) -> None:
    """Flood until the standard input ends."""
    ended = threading.Event()
    for _ in range(attackers):
        threading.Thread(target=FLOODS[name], args=(port, ended)).start()
    print("begun", flush=True)
    sys.stdin.read()
    ended.set()
