"""The server process, from its settings until it stops."""

import errno
import math
import signal
import socket
import threading
from types import FrameType

import uvicorn

from api.settings import ServerSettings
from api.telemetry.logs import configure_logs
from api.web.app import create_app
from api.web.services import services_of
from indexer.command.stopping import SIGNAL_EXIT_CODE
from indexer.errors import SpanlightError

__all__ = ["CannotListen", "serve"]


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
    print(f"Spanlight serves {settings.index} at http://{shown}:{port}/", flush=True)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        # Requests in flight are answered first.
        timeout_graceful_shutdown=math.ceil(settings.time_limit_s) + 1,
    )
    try:
        _Server(config, services.stopping).run(sockets=[listener])
    except KeyboardInterrupt:
        # uvicorn raises the signal again once it has shut down.
        raise SystemExit(SIGNAL_EXIT_CODE + signal.SIGINT) from None


class _Server(uvicorn.Server):
    """Sets `stopping` before it shuts down. Otherwise it would wait for streams that never end."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping.set()
        super().handle_exit(sig, frame)


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
