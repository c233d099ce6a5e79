"""The server: python -m api [--index DIR] [--host HOST] [--port PORT]."""

import argparse
import errno
import math
import socket
import sys
import threading
from pathlib import Path
from types import FrameType

import uvicorn

from api.settings import ServerSettings, load_settings
from api.telemetry.logs import configure_logs
from api.web.app import create_app
from api.web.services import services_of
from indexer.errors import InvalidSetting, ModelUnusable

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m api",
        description="Serve search over an index, over HTTP and as a page.",
        epilog="Every option can also be set in the environment, as SPANLIGHT_INDEX, "
        "SPANLIGHT_HOST and SPANLIGHT_PORT; the README lists all settings.",
    )
    parser.add_argument("--index", type=Path, help="folder of the index (.spanlight/index)")
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port; 0 takes a free one (8000)")
    parser.add_argument(
        "--insecure",
        action="store_true",
        default=None,
        help="let everybody in who can reach the address, where there are no API keys",
    )
    given = {
        name: value
        for name, value in vars(parser.parse_args(arguments)).items()
        if value is not None
    }
    try:
        settings = load_settings(**given)
        configure_logs(settings)
        listener = _listen(settings)
    except InvalidSetting as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {_listening_problem(settings, error)}", file=sys.stderr)
        return 1
    try:
        app = create_app(settings)
        services = services_of(app)
        services.searchers.require_reranker()
    except (InvalidSetting, ModelUnusable) as error:
        listener.close()
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, InvalidSetting) else 1
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
    _Server(config, services.stopping).run(sockets=[listener])
    return 0


class _Server(uvicorn.Server):
    """Says that it is about to end: it waits for open streams, and these wait for that."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping.set()
        super().handle_exit(sig, frame)


def _listen(settings: ServerSettings) -> socket.socket:
    """Return a socket that listens already, so that a port in use is noticed before anything."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def _listening_problem(settings: ServerSettings, error: OSError) -> str:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use by another program; choose another --port, or stop that program"
    if error.errno == errno.EACCES:
        return f"not permitted to listen on {where}; choose a --port above 1023"
    return f"cannot listen on {where}: {error.strerror or error}"


if __name__ == "__main__":
    sys.exit(main())
