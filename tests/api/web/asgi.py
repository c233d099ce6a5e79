"""Middleware around small applications, called without a server."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.problems import problem_of
from indexer.errors import SpanlightError

__all__ = ["Client", "answering", "refuse", "scope_of"]


async def refuse(error: SpanlightError, scope: Scope, receive: Receive, send: Send) -> None:
    await problem_of(Request(scope, receive), error)(scope, receive, send)


def answering(work: Callable[[Request], Coroutine[Any, Any, str]]) -> ASGIApp:
    """Return an application that answers with the function's result."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        text = await work(Request(scope, receive))
        await PlainTextResponse(text)(scope, receive, send)

    return app


def scope_of(
    path: str = "/", method: str = "GET", headers: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Return the scope of a request from 192.0.2.7, as a server passes it on."""
    sent = {"host": "localhost"} | dict(headers)
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("192.0.2.7", 50_000),
        "server": ("127.0.0.1", 8_000),
        "scheme": "http",
        "state": {},
    }


@dataclass
class Client:
    """A client: its messages come from `incoming`, and the answers go to `sent`."""

    incoming: "asyncio.Queue[Message]" = field(default_factory=asyncio.Queue)
    sent: list[Message] = field(default_factory=list)

    async def ask(self, app: ASGIApp, scope: dict[str, Any], body: bytes = b"") -> None:
        """Send a whole request, and wait for the end of the answer."""
        self.incoming.put_nowait({"type": "http.request", "body": body})
        await app(scope, self.incoming.get, self.take)

    async def take(self, message: Message) -> None:
        self.sent.append(message)

    def leave(self) -> None:
        self.incoming.put_nowait({"type": "http.disconnect"})

    @property
    def status(self) -> int | None:
        return next((each["status"] for each in self.sent if "status" in each), None)

    @property
    def headers(self) -> dict[str, str]:
        return {
            name.decode(): value.decode()
            for each in self.sent
            for name, value in each.get("headers", [])
        }

    @property
    def text(self) -> str:
        return b"".join(each.get("body", b"") for each in self.sent).decode()
