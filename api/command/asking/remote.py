"""A running server, asked over HTTP."""

import json
import os
import socket
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from indexer.errors import SpanlightError

__all__ = ["Json", "Refused", "Remote", "Unreachable"]

Json = dict[str, Any]
KEY = "SPANLIGHT_API_KEY"
UNIX = "unix:"
# Longer than a server takes for any answer by default.
TIMEOUT_S = 60.0
NOT_ALLOWED = (401, 403)
OF_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Unreachable(Exception):
    """There is no server at the address, or it lets nobody in without a key that is not given."""


class Refused(SpanlightError):
    """The server's answer is an error; `code` is the one of its API."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Remote:
    """A server. Requests raise Refused, or Unreachable."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._key = os.environ.get(KEY)

    def search(self, request: Json) -> Json:
        return self._ask("POST", "/v1/search", request)

    def verify(self, request: Json) -> Json:
        return self._ask("POST", "/v1/verify", request)

    def text(self, document_id: str, start: int, end: int) -> str:
        query = urlencode({"start": start, "end": end})
        answer = self._ask("GET", f"/v1/documents/{quote(document_id)}/text?{query}")
        return str(answer["text"])

    def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        headers = {"Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        content = None
        if body is not None:
            content = json.dumps(body)
            headers["Content-Type"] = "application/json"
        connection = _connection(self._address)
        try:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(str(error)) from error
        finally:
            connection.close()
        if response.status in NOT_ALLOWED and not self._key:
            raise Unreachable("the server requires a key")
        if response.status != 200:
            raise Refused(
                f"the server at {self._address} says: {answer.get('detail')}",
                str(answer.get("code")),
            )
        return dict(answer)


class _AtPath(HTTPConnection):
    """A connection to a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(self._path)


def _connection(address: str) -> HTTPConnection:
    if address.startswith(UNIX):
        return _AtPath(address.removeprefix(UNIX))
    parts = urlsplit(address)
    host = parts.hostname or ""
    return HTTPConnection(OF_ANY_ADDRESS.get(host, host), parts.port, timeout=TIMEOUT_S)
