"""How other programs on this machine find the running server of an index: INDEX.server.

The file is beside the index, and says the server's address. The server locks it for as long as it
runs, so the file of a killed server is not mistaken for that of a running one.
"""

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from indexer.errors import IndexUnusable
from indexer.index.disk.lock import ProcessLock

__all__ = ["announced", "server_of"]

log = logging.getLogger(__name__)


@contextmanager
def announced(index: Path, address: str) -> Iterator[None]:
    """Tell programs on this machine the address, while the block runs.

    The first of several servers of an index is told. A server whose folder is read-only is not.
    """
    file = _file(index)
    with ExitStack() as stack:
        try:
            with suppress(OSError):
                file.parent.mkdir(exist_ok=True)
            stack.enter_context(ProcessLock(file).acquired(address=address))
        except IndexUnusable as problem:
            log.info("other programs are not told the address", extra={"problem": str(problem)})
        else:
            stack.callback(file.unlink, missing_ok=True)
        yield


def server_of(index: Path) -> str | None:
    """Return the address of a server of this index that runs on this machine, if there is one."""
    entry = ProcessLock(_file(index)).entry()
    if entry is None or entry.get("host") != socket.gethostname():
        return None
    address = entry.get("address")
    return address if isinstance(address, str) else None


def _file(index: Path) -> Path:
    path = index.resolve()
    return path.with_name(f"{path.name}.server")
