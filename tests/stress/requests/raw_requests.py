"""Requests over a socket that no HTTP library would send, and checks of the answers to them.

The server must soon answer each or close its connection. No answer may be a 5xx, and every error
must be a problem document or a page.
"""

import gzip
import json
import re
import select
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from scripts.benchmarking.serving.server import HOST

__all__ = ["RawAnswer", "RawRequest", "ask", "complaints", "raw_requests"]

# No request may take longer, even on a busy machine.
LIMIT_S = 10.0
# After this long without an answer, the server is assumed to wait for the rest of the request.
PATIENCE_S = 0.2
RECEIVED = 65_536
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})")
SEARCH = "/v1/search"
# More than a head may have.
MEGABYTE = b"a" * 1_000_000


class RawRequest(NamedTuple):
    """Bytes to send. The first answer must have one of the `statuses`.

    Without `statuses`, it may have any but 5xx, or be missing.
    """

    name: str
    content: bytes
    statuses: tuple[int, ...] = ()


class RawAnswer(NamedTuple):
    """The bytes received until the server closed the connection; `timed_out` if it did not."""

    content: bytes
    timed_out: bool = False

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in STATUS_LINE.findall(self.content)]


def raw_requests() -> Iterator[RawRequest]:
    """Yield hostile requests, each with a unique name."""
    yield from _request_lines()
    yield from _addresses()
    yield from _headers()
    yield from _lengths()
    yield from _bodies()


def ask(port: int, request: RawRequest) -> RawAnswer:
    """Send the request and return all that comes back.

    A request that may be incomplete is ended after a while by closing the sending side.
    """
    received = bytearray()
    with socket.create_connection((HOST, port), timeout=LIMIT_S) as connection:
        # The server may answer and close before it has read everything.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request.content)
        try:
            if not request.statuses and not _answers_soon(connection):
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(RECEIVED):
                received += part
        except TimeoutError:
            return RawAnswer(bytes(received), timed_out=True)
        except OSError:  # the connection was closed
            pass
    return RawAnswer(bytes(received))


def _answers_soon(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], PATIENCE_S)[0])


def complaints(request: RawRequest, answer: RawAnswer) -> Iterator[str]:
    """Yield what is wrong with the answer."""
    statuses = answer.statuses
    if answer.timed_out:
        yield f"{request.name}: not closed within {LIMIT_S:.0f} s"
    if any(status >= 500 for status in statuses):
        yield f"{request.name}: {answer.content[:300]!r}"
    if request.statuses and (not statuses or statuses[0] not in request.statuses):
        yield f"{request.name}: {statuses[:1]}, not one of {request.statuses}"
    if len(statuses) == 1 and statuses[0] >= 400 and not _is_told(answer.content):
        yield f"{request.name}: not a problem document: {answer.content[:300]!r}"


def _is_told(content: bytes) -> bool:
    head, _, body = content.partition(b"\r\n\r\n")
    if b"application/problem+json" not in head.lower():
        # The page says it in HTML.
        return b"text/html" in head.lower()
    return not body or json.loads(body)["status"] == int(STATUS_LINE.findall(head)[0])


def _request_lines() -> Iterator[RawRequest]:
    yield RawRequest("nothing", b"")
    yield RawRequest("blank lines", b"\r\n" * 1_000)
    yield RawRequest("endless blank lines", b"\r\n" * 100_000, (431,))
    yield RawRequest("HTTP/0.9", b"GET /\r\n")
    yield RawRequest("HTTP/9.9", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n")
    yield RawRequest("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    yield RawRequest("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)))
    yield RawRequest("every byte", bytes(range(256)) * 16)
    yield RawRequest("no blank", b"GET" * 100_000)
    yield RawRequest("half a line", b"GET /v1/status HT")
    yield RawRequest("line feeds alone", b"GET /livez HTTP/1.1\nHost: localhost\n\n")
    yield RawRequest("HEAD of the API", _request(f"{SEARCH}?q=ferry", method="HEAD"), (200,))
    yield RawRequest("OPTIONS of the API", _request(SEARCH, method="OPTIONS"), (204,))
    yield RawRequest("OPTIONS as haproxy sends it", b"OPTIONS / HTTP/1.0\r\n\r\n", (204,))
    for method in ("TRACE", "PUT", "PATCH", "DELETE"):
        yield RawRequest(f"{method} of the API", _request(SEARCH, method=method), (405,))
    yield RawRequest("CONNECT", b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield RawRequest("OPTIONS *", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield RawRequest("a method of its own", _request(SEARCH, method="SPAN"))
    yield RawRequest("100 requests at once", _request("/livez", close=False) * 99 + _get("/livez"))


def _addresses() -> Iterator[RawRequest]:
    for name, address in (
        ("NUL", b"/\x00"),
        ("escaped NUL", b"/%00"),
        ("bytes that are no UTF-8", b"/\xff\xfe"),
        ("escapes that are no UTF-8", b"/v1/documents/%ff%fe"),
        ("half an escape", b"/v1/documents/%f"),
        ("a lone surrogate", b"/v1/documents/%ed%a0%80"),
        ("another server", b"http://example.org/v1/status"),
        ("a path above the root", b"/static/../../../../etc/passwd"),
        ("an escaped path above the root", b"/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
        ("slashes", b"/" * 10_000),
        ("dots", b"/static" + b"/.." * 10_000),
    ):
        yield RawRequest(f"address: {name}", b"GET %b HTTP/1.1\r\n%b" % (address, HEADERS))
    for name, start in (("path", b"/"), ("identifier", b"/v1/documents/"), ("query", b"/?q=")):
        line = b"GET %b%b HTTP/1.1\r\n%b" % (start, MEGABYTE, HEADERS)
        yield RawRequest(f"address: a megabyte of {name}", line, (431,))
    for name, query in (
        ("bytes that are no UTF-8", b"q=\xff"),
        ("escapes that are no UTF-8", b"q=%ff"),
        ("NUL", b"q=%00"),
        ("a lone surrogate", b"q=%ed%a0%80"),
        ("nothing", b""),
        ("no names", b"&" * 50_000),
        ("many names", b"&".join(b"a%d=1" % number for number in range(5_000))),
        ("many globs", b"q=a" + b"&path=**/a*" * 5_000),
        ("one name often", b"q=a" + b"&q=a" * 10_000),
        ("semicolons", b"q=a;" * 10_000),
        ("a number of 10,000 digits", b"q=a&limit=" + b"9" * 10_000),
        ("not a number", b"q=a&semantic_weight=nan&min_score=-inf"),
    ):
        for path in (b"/v1/search", b"/search", b"/v1/suggest"):
            line = b"GET %b?%b HTTP/1.1\r\n%b" % (path, query, HEADERS)
            yield RawRequest(f"query of {path.decode()}: {name}", line)


def _headers() -> Iterator[RawRequest]:
    line = b"GET /v1/status HTTP/1.1\r\n"
    for name, headers in (
        ("no host", b"Connection: close\r\n"),
        ("two hosts", b"Host: localhost\r\nHost: example.org\r\nConnection: close\r\n"),
        ("many", b"".join(b"X-%d: a\r\n" % number for number in range(4_000))),
        ("no colon", b"nothing\r\n"),
        ("a blank in the name", b"Content Type: a\r\n"),
        ("NUL", b"X-Nul: a\0b\r\n"),
        ("bytes that are no ASCII", b"X-Bytes: \xff\xfe\r\n"),
        ("a folded line", b"X-Folded: a\r\n b\r\n"),
        ("many cookies", b"Cookie: " + b"a=b; " * 10_000 + b"\r\n"),
        ("another protocol", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        ("many encodings", b"Accept-Encoding: " + b"gzip, " * 9_000 + b"identity\r\n"),
        ("many types", b"Accept: " + b"a/b;q=0.1, " * 5_000 + b"*/*\r\n"),
    ):
        yield RawRequest(f"headers: {name}", line + b"Connection: close\r\n" + headers + b"\r\n")
    for name, headers in (
        ("too many", b"".join(b"X-%d: a\r\n" % number for number in range(100_000))),
        ("one of a megabyte", b"X-Long: " + MEGABYTE + b"\r\n"),
        ("a name of a megabyte", MEGABYTE + b": a\r\n"),
        ("too many cookies", b"Cookie: " + b"a=b; " * 100_000 + b"\r\n"),
    ):
        yield RawRequest(f"headers: {name}", line + headers + b"\r\n", (431,))
    socket = b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    yield RawRequest("WebSockets", socket, (400,))
    ranges = b"bytes=" + b",".join(b"%d-" % start for start in range(2_000))
    for value in (ranges, b"bytes=0-0,-1", b"bytes=9-0", b"bytes=-" + b"9" * 5_000, b"lines=1-2"):
        yield RawRequest(
            f"range: {value[:20].decode()}",
            b"GET /static/page.css HTTP/1.1\r\nRange: " + value + b"\r\n" + HEADERS,
            (200,),
        )


def _lengths() -> Iterator[RawRequest]:
    body = b'{"q": "ferry"}'
    for name, headers in (
        ("too short", b"Content-Length: 3"),
        ("too long", b"Content-Length: 999"),
        ("negative", b"Content-Length: -1"),
        ("no number", b"Content-Length: many"),
        ("beyond all bounds", b"Content-Length: " + b"9" * 40),
        ("two of them", b"Content-Length: 14\r\nContent-Length: 3"),
        ("none", b"X-Nothing: a"),
        ("chunks and a length", b"Content-Length: 3\r\nTransfer-Encoding: chunked"),
        ("chunks that are none", b"Transfer-Encoding: chunked"),
        ("an unknown coding", b"Transfer-Encoding: br"),
        ("waiting for leave", b"Content-Length: 14\r\nExpect: 100-continue"),
    ):
        head = b"POST /v1/search HTTP/1.1\r\nContent-Type: application/json\r\n" + headers
        yield RawRequest(f"length: {name}", head + b"\r\n" + HEADERS + body)
    chunked = (
        b"POST /v1/search HTTP/1.1\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n" + HEADERS
    )
    for name, chunks in (
        ("endless size", b"f" * 40 + b"\r\n" + body),
        ("negative size", b"-1\r\n" + body),
        ("no end", b"e\r\n" + body + b"\r\n"),
        ("one byte each", b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"),
        ("trailers", b"e\r\n" + body + b"\r\n0\r\n" + b"X-A: b\r\n" * 5_000 + b"\r\n"),
    ):
        yield RawRequest(f"chunks: {name}", chunked + chunks)
    for name, chunks in (
        ("an extension of a megabyte", b"e;" + MEGABYTE + b"\r\n" + body),
        ("a trailer of a megabyte", b"0\r\nX-A: " + MEGABYTE),
        ("endless trailers", b"0\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\n"),
    ):
        yield RawRequest(f"chunks: {name}", chunked + chunks, (431,))


def _bodies() -> Iterator[RawRequest]:
    packed = gzip.compress(b'{"q": "ferry"}')
    bomb = gzip.compress(b'{"q": "' + b"a" * 10_000_000 + b'"}')
    for name, body in (
        ("100,000 lists", b"[" * 100_000),
        ("100,000 lists, closed", b"[" * 100_000 + b"]" * 100_000),
        ("100,000 objects", b'{"q":' * 100_000),
        ("bytes that are no UTF-8", b'{"q": "\xff"}'),
        ("a lone surrogate", rb'{"q": "\ud800"}'),
        ("a lone surrogate for a name", rb'{"\ud800": 1, "q": "a"}'),
        ("NUL", b'{"q": "a\0b"}'),
        ("a number of 10,000 digits", b'{"q": "a", "limit": ' + b"9" * 10_000 + b"}"),
        ("not a number", b'{"q": "a", "min_score": NaN}'),
        ("infinity", b'{"q": "a", "semantic_weight": -Infinity}'),
        ("a huge exponent", b'{"q": "a", "limit": 1e999999}'),
        ("UTF-16", '{"q": "ferry"'.encode("utf-16")),
        ("packed", packed),
        ("packed, cut", packed[:-9]),
        ("a million characters", b'{"q": "' + b"a" * 1_000_000 + b'"}'),
        ("ten million characters", b'{"q": "' + b"a" * 10_000_000 + b'"}'),
        ("100,000 names", json.dumps(dict.fromkeys(map(str, range(100_000)), 1)).encode()),
        ("100,000 searches", b'{"searches": [' + b"{}," * 99_999 + b"{}]}"),
        ("blanks", b" " * 1_000_000),
    ):
        for path in (SEARCH, "/v1/search/batch", "/v1/verify"):
            yield RawRequest(
                f"body of {path}: {name}", _request(path, method="POST", body=body), (413, 422)
            )
    twice = b'{"q": "ferry", "q": "bridge"}'
    yield RawRequest("body: a name twice", _request(SEARCH, method="POST", body=twice), (200, 422))
    for name, coded in (("packed", packed), ("a bomb", bomb)):
        content = _request(SEARCH, method="POST", body=coded, more="Content-Encoding: gzip")
        yield RawRequest(f"body, declared: {name}", content, (413, 415, 422))
    for kind in ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded", ";;="):
        form = b"q=ferry&" * 50_000
        content = _request(SEARCH, method="POST", body=form, kind=kind)
        yield RawRequest(f"body of type {kind}", content, (413, 422))


HEADERS = b"Host: localhost\r\nConnection: close\r\n\r\n"


def _get(path: str) -> bytes:
    return _request(path)


def _request(
    path: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    kind: str = "application/json",
    more: str = "X-More: none",
    close: bool = True,
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", more]
    if close:
        lines.append("Connection: close")
    if body:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
