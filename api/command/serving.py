"""The server process, from its settings until it stops."""

import errno
import logging
import math
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from functools import partial
from types import FrameType

import uvicorn

from api.command.hangup import catch_hangups
from api.settings import ServerSettings
from api.telemetry.logs import configure_logs
from api.web.app import create_app
from api.web.connections.guarding import guarded
from api.web.connections.places import places_of_process
from api.web.services import Services, services_of
from indexer.command.stopping import SIGNAL_EXIT_CODE
from indexer.command.version import version
from indexer.errors import IndexUnusable, SpanlightError

__all__ = ["CannotListen", "serve"]

log = logging.getLogger(__name__)


class CannotListen(SpanlightError):
    """The server cannot listen on its address; the message says why, and what to do."""

    code = "cannot_listen"


def serve(settings: ServerSettings) -> None:
    """Serve until stopped. Raises CannotListen, InvalidSetting or ModelUnusable."""
    configure_logs(settings)
    listener = _listen(settings)
    try:
        app = create_app(settings)
        services = services_of(app)
        services.searchers.require_reranker()
    except SpanlightError:
        listener.close()
        raise
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/"
    print(f"Spanlight serves {settings.index} at {address}", flush=True)
    if (warning := services.access.warning) is not None:
        print(f"Warning: {warning}", flush=True)
        log.warning("%s", warning)
    config = uvicorn.Config(
        app,
        http=guarded(places_of_process()),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # Requests in flight are answered first.
        timeout_graceful_shutdown=math.ceil(settings.time_limit_s) + 1,
    )
    server = _Server(config, services, address)
    catch_hangups(
        closed=partial(server.handle_exit, signal.SIGHUP, None), asked=server.read_everything_again
    )
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        # uvicorn raises the signal again once it has shut down.
        raise SystemExit(SIGNAL_EXIT_CODE + signal.SIGINT) from None


class _Server(uvicorn.Server):
    """Logs that it started and stopped, and sets `stopping` before it shuts down.

    Otherwise it would wait for streams that never end.
    """

    def __init__(self, config: uvicorn.Config, services: Services, address: str) -> None:
        super().__init__(config)
        self._services = services
        self._address = address
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
                "address": self._address,
                "index": str(self._services.settings.index.absolute()),
                "version": version(),
                "pid": os.getpid(),
            },
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        log.info(
            "server stopped",
            extra={
                "address": self._address,
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


def _listen(settings: ServerSettings) -> socket.socket:
    """Return a listening socket, so that a port in use is noticed before anything is loaded."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise CannotListen(_listening_problem(settings, error)) from error
    return listener


def _listening_problem(settings: ServerSettings, error: OSError) -> str:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"{where} is in use by another program; stop that program, or choose another port "
            "(--port or SPANLIGHT_PORT)"
        )
    if error.errno == errno.EACCES:
        return f"no permission to listen on {where}; choose a --port above 1023"
    return f"cannot listen on {where}: {error.strerror or error}"
