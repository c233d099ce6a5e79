"""`If-None-Match`: an answer that the client has already is not sent again.

https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
"""

import re
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Conditions"]

TAG = re.compile(r'(?:W/)?("[^"]*")')
# What describes a body that is not sent.
OF_BODY = ("content-length", "content-type", "content-encoding")


class Conditions:
    """Answers 304 if the tag of an answer to GET is one that the client names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            named = ",".join(Headers(scope=scope).getlist("if-none-match"))
            send = _Unchanged(send, named).send if named else send
        await self._app(scope, receive, send)


class _Unchanged:
    """Sends answers, those with a named tag without their body."""

    def __init__(self, send: Send, named: str) -> None:
        self._send = send
        self._named = set(TAG.findall(named))
        self._any = named.strip() == "*"
        self._dropped = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._is_known(message):
            headers = MutableHeaders(raw=list(message["headers"]))
            for name in OF_BODY:
                del headers[name]
            status = int(HTTPStatus.NOT_MODIFIED)
            await self._send({**message, "status": status, "headers": headers.raw})
            await self._send({"type": "http.response.body"})
            self._dropped = True
        elif not self._dropped:
            await self._send(message)

    def _is_known(self, message: Message) -> bool:
        tag = TAG.fullmatch(Headers(raw=message["headers"]).get("etag", ""))
        is_known = tag is not None and (self._any or tag[1] in self._named)
        return is_known and message["status"] == HTTPStatus.OK
