"""HEAD for everything that GET answers, and OPTIONS for every path.

Load balancers and monitors send both. HEAD is computed like GET, and only its head is sent.
"""

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.middleware.routing import methods_of

__all__ = ["Methods"]


class Methods:
    """Answers HEAD and OPTIONS; requests with other methods are passed on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope.get("method")
        if method == "HEAD":
            await self._app({**scope, "method": "GET"}, receive, _HeadOnly(send).send)
        elif method == "OPTIONS" and (allowed := methods_of(scope)):
            answer = Response(status_code=204, headers={"Allow": ", ".join(sorted(allowed))})
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class _HeadOnly:
    """Sends the head of an answer, and ends it there: a stream would go on for ever."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._send(message)
            await self._send({"type": "http.response.body"})
