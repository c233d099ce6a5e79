"""Serving below a path of another host, such as https://example.org/search/."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["RootPath"]


class RootPath:
    """Removes the path from requests, if the proxy has not, and adds it to redirects.

    Everything inside sees the addresses of a server that has a host of its own.
    """

    def __init__(self, app: ASGIApp, *, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_root_path(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if (location := headers.get("location", "")).startswith("/"):
                    headers["location"] = self._root_path + location
            await send(message)

        await self._app(self._inner(scope), receive, with_root_path)

    def _inner(self, scope: Scope) -> Scope:
        path: str = scope["path"]
        if path != self._root_path and not path.startswith(self._root_path + "/"):
            return scope
        raw = scope.get("raw_path") or b""
        return {
            **scope,
            "path": path.removeprefix(self._root_path) or "/",
            "raw_path": raw.removeprefix(self._root_path.encode()) or b"/",
        }
