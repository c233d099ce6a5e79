"""Admits as many requests as can be computed at once; the others wait or are refused.

Requests without a key have a few turns of their own, so they can only take turns from each other.

A request's body is read before its turn comes, and its turn ends when its answer begins, so a slow
client does not delay others. A client that disconnects gives up its place, and work that has begun
for it ends at the next stage.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.contract.errors import BodyTooLarge, BodyTooSlow, Overloaded, RequestRefused
from api.telemetry.metrics import REQUESTS_RUNNING, REQUESTS_WAITING
from api.telemetry.stages import Deadline, deadline_of_request
from api.web.middleware.authentication import HEALTH, is_public
from api.web.middleware.refusing import Refuse

__all__ = ["MAX_BODY_BYTES", "Admission"]

# More than are computed at once, because queries that wait for the model are embedded together.
RUNNING_AT_ONCE = 16
# Twice as much as a batch of a hundred searches needs.
MAX_BODY_BYTES = 1_048_576
# For what needs no key: the files of the page, and signing in.
PUBLIC_AT_ONCE = 4
PUBLIC_WAITING = 32
MAX_PUBLIC_BODY_BYTES = 16_384
# How long a client may take to read one message.
SENDING_LIMIT_S = 60.0


class _ClientGoneError(Exception):
    """The client has disconnected."""


class Admission:
    """Gives each request its turn and its time."""

    def __init__(
        self, app: ASGIApp, *, time_limit_s: float, max_waiting: int, refuse: Refuse
    ) -> None:
        self._app = app
        self._time_limit_s = time_limit_s
        self._refuse = refuse
        self._queue = _Queue(RUNNING_AT_ONCE, max_waiting, MAX_BODY_BYTES)
        self._public_queue = _Queue(PUBLIC_AT_ONCE, PUBLIC_WAITING, MAX_PUBLIC_BODY_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        queue = self._queue_of(scope) if scope["type"] == "http" else None
        if queue is None:
            await self._app(scope, receive, send)
            return
        deadline = Deadline(self._time_limit_s)
        try:
            body = await _read_body(receive, deadline, queue.max_body_bytes)
            async with _watching(receive) as gone:
                turn = await queue.turn(deadline, gone)
                try:
                    await self._answer(scope, _Body(body, gone), send, turn, deadline, gone)
                finally:
                    turn.end()
        except _ClientGoneError:
            return
        except RequestRefused as error:
            await self._refuse(error, scope, receive, send)

    def _queue_of(self, scope: Scope) -> "_Queue | None":
        """Return the queue in which the request waits; None if it is always answered at once."""
        path, caller = scope["path"], scope["state"].get("caller")
        # Load balancers send OPTIONS. Neither costs more than being refused.
        if path in HEALTH or scope["method"] == "OPTIONS":
            return None
        has_key = caller is not None and caller.key is not None
        if is_public(path) and not has_key:
            return self._public_queue
        return None if path.startswith("/static/") else self._queue

    async def _answer(
        self,
        scope: Scope,
        body: "_Body",
        send: Send,
        turn: "_Turn",
        deadline: Deadline,
        gone: "asyncio.Task[None]",
    ) -> None:
        """Run the application, and send an error instead of an answer that is not ready in time.

        Returns only when the application has ended, because its threads are busy until then.
        """
        answer = _Answer(send, turn)
        token = deadline_of_request.set(deadline)
        try:
            work = asyncio.ensure_future(self._app(scope, body.receive, answer.send))
        finally:
            deadline_of_request.reset(token)
        try:
            await _first_of({work, gone, answer.begun}, deadline)
            late = not work.done() and not answer.begun.done()
            if late:
                deadline.give_up()
                if not gone.done():
                    await self._refuse(deadline.error(), scope, body.receive, answer.replace())
            await work
        except Exception:
            # Errors after the client has its answer, or has gone, are dropped.
            if not answer.is_replaced and not gone.done():
                raise
        finally:
            deadline.give_up()
            work.cancel()


class _Queue:
    """Turns for some requests, and a bounded number of requests that wait for one."""

    def __init__(self, at_once: int, max_waiting: int, max_body_bytes: int) -> None:
        self.max_body_bytes = max_body_bytes
        self._max_waiting = max_waiting
        self._turns = asyncio.Semaphore(at_once)
        self._waiting = 0

    async def turn(self, deadline: Deadline, gone: "asyncio.Task[None]") -> "_Turn":
        """Return when the request may be computed. Raises Overloaded or _ClientGoneError."""
        if self._turns.locked():
            if self._waiting >= self._max_waiting:
                raise Overloaded(
                    f"{self._waiting} requests are already waiting; try again in a moment",
                    retry_after_s=1,
                )
            await self._wait(deadline, gone)
        else:
            await self._turns.acquire()
        return _Turn(self._turns)

    async def _wait(self, deadline: Deadline, gone: "asyncio.Task[None]") -> None:
        turn = asyncio.create_task(self._turns.acquire())
        taken = False
        self._waiting += 1
        REQUESTS_WAITING.inc()
        try:
            await _first_of({turn, gone}, deadline)
            taken = turn.done() and not gone.done()
        finally:
            self._waiting -= 1
            REQUESTS_WAITING.dec()
            if not taken and not turn.cancel():
                self._turns.release()
        if gone.done():
            raise _ClientGoneError
        if not taken:
            raise Overloaded(
                "the server was too busy to begin in time; try again in a moment", retry_after_s=1
            )


class _Turn:
    """The right to compute, which can be given back once."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._ended = False
        REQUESTS_RUNNING.inc()

    def end(self) -> None:
        if not self._ended:
            self._ended = True
            REQUESTS_RUNNING.dec()
            self._turns.release()


class _Answer:
    """The answer that is sent: the application's, or one that replaces it."""

    def __init__(self, send: Send, turn: _Turn) -> None:
        self._send = send
        self._turn = turn
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_replaced = False

    async def send(self, message: Message) -> None:
        """Pass on a message of the application. Raises _ClientGoneError if it is not read."""
        if self.is_replaced:
            return
        if message["type"] == "http.response.start":
            self.begun.set_result(None)
            self._turn.end()
        try:
            async with asyncio.timeout(SENDING_LIMIT_S):
                await self._send(message)
        except TimeoutError:
            raise _ClientGoneError from None

    def replace(self) -> Send:
        """Drop all further messages of the application, and return how to send another answer."""
        self.is_replaced = True
        return self._send


class _Body:
    """A body that was read: an application receives it once, and then the client's disconnect."""

    def __init__(self, body: bytes, gone: "asyncio.Task[None]") -> None:
        self._unread: bytes | None = body
        self._gone = gone

    async def receive(self) -> Message:
        if self._unread is not None:
            body, self._unread = self._unread, None
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.shield(self._gone)
        return {"type": "http.disconnect"}


async def _read_body(receive: Receive, deadline: Deadline, most: int) -> bytes:
    """Return the body. Raises BodyTooLarge, BodyTooSlow or _ClientGoneError."""
    body = bytearray()
    while True:
        try:
            async with asyncio.timeout(deadline.left_s):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow("the body of the request did not arrive in time") from None
        if message["type"] == "http.disconnect":
            raise _ClientGoneError
        body += message.get("body", b"")
        if len(body) > most:
            raise BodyTooLarge(f"the body is larger than {most:,} bytes; send less")
        if not message.get("more_body", False):
            return bytes(body)


@asynccontextmanager
async def _watching(receive: Receive) -> AsyncIterator["asyncio.Task[None]"]:
    """Yield a task that ends when the client has gone."""

    async def watch() -> None:
        # After the body, a disconnect is the only message.
        while (await receive())["type"] != "http.disconnect":
            pass

    gone = asyncio.create_task(watch())
    try:
        yield gone
    finally:
        gone.cancel()


async def _first_of(awaited: "set[asyncio.Future[Any]]", deadline: Deadline) -> None:
    """Return when one of them is done, or no time is left."""
    await asyncio.wait(awaited, timeout=deadline.left_s, return_when=asyncio.FIRST_COMPLETED)
