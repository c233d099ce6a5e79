"""The socket that the server listens on: at an address and a port, or at a path."""

import errno
import os
import socket
import stat
from pathlib import Path

from api.settings import ServerSettings
from indexer.errors import SpanlightError

__all__ = ["CannotListen", "Listener", "listen"]

# struct sockaddr_un of unix(7), without the zero at the end.
LONGEST_PATH_BYTES = 107
BACKLOG = 2_048
# The user and the group of the server may connect; a proxy is in that group.
NOT_FOR_OTHERS = 0o117


class CannotListen(SpanlightError):
    """The server cannot listen on its address; the message says why, and what to do."""

    code = "cannot_listen"


class Listener:
    """A listening socket, and how people write its address."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.address = _address(sock)
        self._path = Path(sock.getsockname()) if sock.family == socket.AF_UNIX else None
        self._created = _identity(self._path) if self._path is not None else None

    def withdraw(self) -> None:
        """Remove the socket's file, if it has one. The socket itself stays open.

        Another server may have replaced the file meanwhile, and then it stays.
        """
        if self._path is not None and _identity(self._path) == self._created:
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        self.withdraw()
        self.socket.close()


def listen(settings: ServerSettings) -> Listener:
    """Return the listening socket of the settings. Raises CannotListen.

    It is opened before anything is loaded, so that an address in use is noticed at once.
    """
    if settings.unix_socket is not None:
        return Listener(_at_path(settings.unix_socket))
    return Listener(_at_port(settings.host, settings.port))


def _at_port(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(_problem(f"{host}:{port}", error)) from error
    return listener


def _reason(path: Path, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"there is no folder {path.parent}; make it first, for the user of the server"
    if len(os.fsencode(path.absolute())) > LONGEST_PATH_BYTES:
        return f"its path is too long; choose one of at most {LONGEST_PATH_BYTES} bytes"
    return error.strerror or str(error)


def _at_path(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    try:
        _remove_stale(path)
        before = os.umask(NOT_FOR_OTHERS)
        try:
            listener.bind(os.fspath(path.absolute()))
        finally:
            os.umask(before)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(f"cannot listen on {path}: {_reason(path, error)}") from error
    except CannotListen:
        listener.close()
        raise
    return listener


def _remove_stale(path: Path) -> None:
    """Remove the socket of a server that no longer runs. Raises CannotListen for anything else."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise CannotListen(
            f"cannot listen on {path}: it is there already, and is not a socket; choose another "
            "path (--unix-socket or SPANLIGHT_UNIX_SOCKET)"
        )
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(os.fspath(path.absolute()))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise CannotListen(
        f"{path} is in use by another program; stop that program, or choose another path "
        "(--unix-socket or SPANLIGHT_UNIX_SOCKET)"
    )


def _problem(where: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"{where} is in use by another program; stop that program, or choose another port "
            "(--port or SPANLIGHT_PORT)"
        )
    if error.errno == errno.EACCES:
        return f"no permission to listen on {where}; choose a --port above 1023"
    return f"cannot listen on {where}: {error.strerror or error}"


def _address(sock: socket.socket) -> str:
    if sock.family == socket.AF_UNIX:
        return f"unix:{sock.getsockname()}"
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
