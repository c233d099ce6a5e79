"""HTTP on one connection, bounded in size and time, so that no client can keep the server busy.

uvicorn's parser collects the parts of a header as they arrive, however many come, and waits for
them for ever. Here bytes are counted before the parser gets them. Everything that is neither the
end of a head nor part of a body counts towards one limit: request lines, headers, blank lines
before a request, the sizes and extensions of chunks, trailers.

Requests that are sent without waiting for answers are parsed and answered one after another. Those
behind a refusal are dropped: a client that was refused must not keep the server busy with what it
has sent already.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import httptools
from starlette.responses import Response
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api.contract.errors import (
    HeadTooLarge,
    HeadTooSlow,
    MalformedRequest,
    RequestRefused,
    TooManyConnections,
)
from api.telemetry.outcome import begin_outcome
from api.web.connections.addresses import client_of
from api.web.connections.places import Places
from api.web.connections.starting import Starts, lane_of
from api.web.middleware.headers import add_security_headers
from api.web.problems import problem_without_request

__all__ = ["GuardedConnection", "guarded"]

log = logging.getLogger(__name__)

MAX_HEAD_BYTES = 65_536
MAX_HEADERS = 200
# How many bytes of sizes and extensions of chunks a byte of a body makes up for. Programs that
# write a body in tiny parts, as some JSON encoders do, need five.
OVERHEAD_OF_BODY_BYTE = 8
# From the first byte of a head to its last, and from the connection to its first byte.
HEAD_LIMIT_S = 10.0
# How exactly bytes are counted: what the parser gets at once.
PIECE_BYTES = 512
END_OF_HEAD = b"\r\n\r\n"
# How long what a refused client still sends is thrown away. A connection that is closed with unread
# bytes is reset, and the client might lose its answer.
LINGER_S = 2.0
# Refusals of a client, rather than of what one request asks for.
REFUSED = frozenset({401, 403, 421, 429, 503})
CLOSE = (b"connection", b"close")
NO_PLACE = "all connections of this server are in use; try again in a moment"


class GuardedConnection(HttpToolsProtocol):
    """A connection of a server. Requests that are refused here never reach the application."""

    places: Places
    starts: Starts

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._client = ""
        # Received, but not parsed yet.
        self._unread = b""
        # Parsed in this head, or beside this body and not made up for by it.
        self._counted = 0
        # In this head and in the trailers of its body.
        self._headers = 0
        self._in_head = True
        self._is_silent = True
        self._answered: RequestResponseCycle | None = None
        self._refusal: RequestRefused | None = None
        self._has_ended = False
        # Nothing that was sent after the request is answered.
        self._is_last = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        answered = self._unfinished()
        return answered is None or (answered.more_body and not answered.response_started)

    def drop(self) -> None:
        self._has_ended = True
        self.transport.abort()

    # What the transport calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._client = client_of(self.client)
        if self.places.take(self._client, self):
            self._await_head()
        else:
            self._refuse(TooManyConnections(NO_PLACE, retry_after_s=1))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_ended = True
        self._stop_timer()
        self.places.leave(self._client, self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._has_ended or self._refusal is not None:
            return
        self._is_silent = False
        self._unset_keepalive_if_required()
        self._unread += data
        self._read()

    # What the parser calls

    def on_message_begin(self) -> None:
        # The bytes before it in the same piece may have belonged to another request.
        self._counted = max(self._counted, 1)
        self._headers = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers += 1
        if self._headers > MAX_HEADERS:
            raise HeadTooLarge(f"the request has more than {MAX_HEADERS} headers; send fewer")
        # Trailers would be added to the headers of a request that is already being answered.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._counted = 0
        self._in_head = False
        self._stop_timer()
        self._unset_keepalive_if_required()
        if self._get_upgrade() == b"websocket":
            raise MalformedRequest("this server has no WebSockets; send plain HTTP requests")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._counted = max(self._counted - (1 + OVERHEAD_OF_BODY_BYTE) * len(body), 0)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._counted = 0
        self._in_head = True
        super().on_message_complete()

    # What the answer calls

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        lane = lane_of(self._client, cycle.scope["path"], cycle.scope["headers"])
        self.starts.add(lane, partial(self._begin, cycle, app))

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        if not cycle.disconnected:
            super()._start_asgi_task(cycle, self._dropping_the_rest(cycle, app))

    def _dropping_the_rest(self, cycle: RequestResponseCycle, app: Any) -> Any:
        """Return the application; once it refuses the request, those sent with it are dropped."""

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            async def watching(message: Any) -> None:
                if self.transport.is_closing():
                    # The client has gone. uvloop tells that a little later, and refuses to write.
                    cycle.disconnected = True
                if message.get("status") not in REFUSED or not (self.pipeline or self._unread):
                    await send(message)
                    return
                await send({**message, "headers": [*message["headers"], CLOSE]})
                # Otherwise the connection would be closed without lingering.
                cycle.keep_alive = self._is_last = True

            await app(scope, receive, watching)

        return watched

    def on_response_complete(self) -> None:
        answered = self._answered
        if self._is_last:
            self.pipeline.clear()
        super().on_response_complete()
        self.places.use(self._client, self)
        if self._has_ended or self.transport.is_closing():
            return
        if self._is_last or (answered is not None and answered.more_body):
            # The rest of the body may never end.
            self._end()
        elif self._refusal is not None and self._unfinished() is None:
            self._send(self._refusal)
        else:
            self._read()

    # Reading

    def _read(self) -> None:
        """Parse what has come, except requests behind one that waits for an earlier answer."""
        data, at = self._unread, 0
        while at < len(data) and not self.pipeline and self._refusal is None:
            at += self._parse(data[at : self._end_of_piece(data, at)])
        self._unread = data[at:]
        is_begun = self._in_head and self._counted > 0
        if is_begun and self._unfinished() is None and self._refusal is None:
            self._unset_keepalive_if_required()
            self._await_head()

    def _end_of_piece(self, data: bytes, at: int) -> int:
        """Return where to stop parsing, so that what comes behind a request may wait."""
        end = at + PIECE_BYTES
        found = data.find(END_OF_HEAD, at, end) if self._in_head else -1
        return end if found < 0 else found + len(END_OF_HEAD)

    def _parse(self, piece: bytes) -> int:
        """Return how many of the bytes were parsed."""
        self._counted += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            # Requests for other protocols are answered as if they had not asked.
            return int(upgrade.args[0])
        except httptools.HttpParserError as error:
            refused = error.__context__
            self._refuse(refused if isinstance(refused, RequestRefused) else _malformed())
            return len(piece)
        if self._counted > MAX_HEAD_BYTES:
            self._refuse(
                HeadTooLarge(
                    f"address and headers are longer than {MAX_HEAD_BYTES:,} bytes; send less, or "
                    "send long queries with POST"
                )
            )
        return len(piece)

    def _await_head(self) -> None:
        if self._timer is None:
            self._set_timer(HEAD_LIMIT_S, self._head_is_late)

    def _head_is_late(self) -> None:
        self._timer = None
        if self._is_silent:
            # Browsers open connections in advance, and nobody waits for an answer on them.
            self.transport.close()
        else:
            self._refuse(HeadTooSlow(f"the headers did not arrive within {HEAD_LIMIT_S:g} s"))

    # Refusing

    def _refuse(self, error: RequestRefused) -> None:
        """Answer with the error, after the requests that came before, and end the connection."""
        self._refusal = error
        answered = self._unfinished()
        if answered is None:
            self._send(error)
        elif self.cycle is not answered and self.cycle.more_body:
            # The request whose body is refused has not been started.
            self.pipeline.popleft()
        elif answered.more_body:
            answered.disconnected = True
            answered.message_event.set()
            if answered.response_started:
                self._end()
            else:
                self._send(error)

    def _unfinished(self) -> RequestResponseCycle | None:
        """Return the request that is being answered."""
        answered = self._answered
        return answered if answered is not None and not answered.response_complete else None

    def _send(self, error: RequestRefused) -> None:
        log.info("connection refused", extra={"code": error.code, "client": self._client})
        # Not part of a request that the connection may have had before.
        begin_outcome()
        response = problem_without_request(error)
        add_security_headers(response.headers)
        response.raw_headers.append(CLOSE)
        self.transport.write(_wire_format(response, self.server_state.default_headers))
        self._end()

    def _end(self) -> None:
        """Close the connection as soon as the client has closed it, or after a while."""
        self._has_ended = True
        self._unread = b""
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        self.transport.write_eof()
        self._stop_timer()
        self._set_timer(LINGER_S, self.transport.abort)

    # The timer

    def _set_timer(self, seconds: float, ring: Callable[[], None]) -> None:
        self._timer = self.loop.call_later(seconds, ring)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def guarded(places: Places) -> type[GuardedConnection]:
    """Return the kind of connections that share these places."""
    shared = {"places": places, "starts": Starts()}
    return type(GuardedConnection.__name__, (GuardedConnection,), shared)


def _malformed() -> MalformedRequest:
    return MalformedRequest("this is not an HTTP request that this server can read")


def _wire_format(response: Response, defaults: list[tuple[bytes, bytes]]) -> bytes:
    status = HTTPStatus(response.status_code)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in (*defaults, *response.raw_headers)]
    return b"\r\n".join([*lines, b"", bytes(response.body)])
