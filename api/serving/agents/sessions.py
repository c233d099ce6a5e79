"""The protocol over HTTP. It is loaded with its first request, so that other servers save that."""

import asyncio
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from api.serving.agents.tools import Toolbox

if TYPE_CHECKING:
    from api.serving.agents.protocol import HttpSessions

__all__ = ["AgentSessions"]


class AgentSessions:
    """Answers agents over HTTP, from the first request until `stop`."""

    def __init__(self, toolbox: Toolbox, max_body_bytes: int) -> None:
        self._toolbox = toolbox
        self._max_body_bytes = max_body_bytes
        self._starting = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._sessions: HttpSessions | None = None
        self._running: asyncio.Task[None] | None = None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        sessions = await self._started()
        await sessions.handle(scope, receive, send)

    async def stop(self) -> None:
        """End what is still running."""
        self._stopping.set()
        if self._running is not None:
            await self._running

    async def _started(self) -> "HttpSessions":
        async with self._starting:
            if self._sessions is None:
                # In a thread, because loading takes half a second.
                sessions = await asyncio.to_thread(self._load)
                ready = asyncio.Event()
                self._running = asyncio.create_task(self._run(sessions, ready))
                await ready.wait()
                self._sessions = sessions
            return self._sessions

    def _load(self) -> "HttpSessions":
        from api.serving.agents.protocol import HttpSessions

        return HttpSessions(self._toolbox, self._max_body_bytes)

    async def _run(self, sessions: "HttpSessions", ready: asyncio.Event) -> None:
        # The SDK wants to be started and stopped by the same task.
        async with sessions.run():
            ready.set()
            await self._stopping.wait()
