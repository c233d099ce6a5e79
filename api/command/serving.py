"""The server process, from its settings until it stops."""

import gc
import ipaddress
import logging
import math
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.command.hangup import catch_hangups
from api.command.listening import Listener, listen
from api.serving.announcement import announced
from api.settings import ServerSettings
from api.telemetry.logs import configure_logs
from api.web.app import create_app
from api.web.connections.guarding import guarded
from api.web.connections.places import places_of_process
from api.web.services import Services, services_of
from indexer.command.stopping import SIGNAL_EXIT_CODE
from indexer.command.version import version
from indexer.errors import IndexUnusable, SpanlightError

__all__ = ["serve"]

log = logging.getLogger(__name__)

THIS_MACHINE = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
# uvloop accepts one connection of a socket in each turn of the event loop, for each of its handles.
# During a flood a turn takes long, and somebody who connects would wait behind the whole flood.
ACCEPTED_AT_ONCE = 32
# What comes before an address of version 4 in one of version 6.
MAPPED_BITS = 96


def serve(settings: ServerSettings) -> None:
    """Serve until stopped. Raises CannotListen, InvalidSetting or ModelUnusable."""
    configure_logs(settings)
    listener = listen(settings)
    try:
        app = create_app(settings)
        services = services_of(app)
        services.searchers.require_reranker()
    except SpanlightError:
        listener.close()
        raise
    print(f"Spanlight serves {settings.index} at {listener.address}", flush=True)
    if (warning := services.access.warning) is not None:
        _warn(warning)
    if (missing := services.access.missing_file) is not None:
        log.warning(missing)
    trusted = _trusted(settings)
    config = uvicorn.Config(
        _FromThisMachine(app, trusted) if settings.unix_socket is not None else app,
        http=guarded(places_of_process()),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # The wrapper has read the headers already.
        proxy_headers=settings.unix_socket is None,
        forwarded_allow_ips=trusted,
        # Requests in flight are answered first.
        timeout_graceful_shutdown=math.ceil(settings.time_limit_s) + 1,
    )
    # The objects of the modules are never garbage, and the collector takes time to visit them.
    gc.freeze()
    server = _Server(config, services, listener)
    catch_hangups(
        closed=partial(server.handle_exit, signal.SIGHUP, None), asked=server.read_everything_again
    )
    try:
        with announced(settings.index, listener.address):
            server.run(sockets=_handles(listener.socket))
    except KeyboardInterrupt:
        # uvicorn raises the signal again once it has shut down.
        raise SystemExit(SIGNAL_EXIT_CODE + signal.SIGINT) from None


def _handles(listening: socket.socket) -> list[socket.socket]:
    """Return the socket, and copies of its handle."""
    return [listening, *(listening.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]


def _warn(message: str) -> None:
    """Print the warning, and log it, unless both would appear on the same terminal."""
    print(f"Warning: {message}", flush=True)
    if not all(stream is not None and stream.isatty() for stream in (sys.stdout, sys.stderr)):
        log.warning("%s", message)


def _trusted(settings: ServerSettings) -> list[str]:
    """Return the addresses and networks whose senders may name another sender."""
    proxies = [ipaddress.ip_network(proxy) for proxy in settings.trusted_proxies]
    # A socket for both versions of IP sees addresses of version 4 like this.
    mapped = [
        f"::ffff:{proxy.network_address}/{MAPPED_BITS + proxy.prefixlen}"
        for proxy in proxies
        if proxy.version == 4
    ]
    return [*THIS_MACHINE, *map(str, proxies), *mapped]


class _FromThisMachine:
    """Gives requests over a unix socket a sender, and trusts the proxy there to name another one.

    uvicorn trusts proxies by their addresses only, and the sender at a unix socket has none.
    """

    # uvicorn has its own types for the same protocol.
    def __init__(self, app: Any, trusted: list[str]) -> None:
        self._app: Any = ProxyHeadersMiddleware(app, trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["client"] = (THIS_MACHINE[0], 0)
        await self._app(scope, receive, send)


class _Server(uvicorn.Server):
    """Logs that it started and stopped, and sets `stopping` before it shuts down.

    Otherwise it would wait for streams that never end.
    """

    def __init__(self, config: uvicorn.Config, services: Services, listener: Listener) -> None:
        super().__init__(config)
        self._services = services
        self._listener = listener
        self._clock = time.monotonic()
        self._signal: int | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._signal = self._signal or sig
        self._services.stopping.set()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        log.info(
            "server started",
            extra={
                "address": self._listener.address,
                "index": str(self._services.settings.index.absolute()),
                "version": version(),
                "pid": os.getpid(),
            },
        )
        try:
            self._services.searchers.current()
        except IndexUnusable as problem:
            _warn(f"searches are refused: {problem}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Afterwards it might be the file of a server that has started meanwhile.
        self._listener.withdraw()
        await super().shutdown(sockets)
        log.info(
            "server stopped",
            extra={
                "address": self._listener.address,
                "pid": os.getpid(),
                "signal": signal.Signals(self._signal).name if self._signal else None,
                "seconds": round(time.monotonic() - self._clock, 3),
            },
        )

    def read_everything_again(self) -> None:
        """Read the index, its settings and the keys again, without delaying any request."""
        threading.Thread(
            target=_read_again, args=[self._services], name="read again", daemon=True
        ).start()


def _read_again(services: Services) -> None:
    searchers = services.searchers
    searchers.refresh(again=True)
    generation = None
    with suppress(IndexUnusable):
        generation = searchers.current().snapshot.manifest.generation
    problems = searchers.problems()
    log.log(
        logging.WARNING if problems else logging.INFO,
        "read everything again",
        extra={
            "generation": generation,
            "keys_required": services.access.required,
            "problems": problems,
        },
    )
