"""A server in a process of its own, as an operator starts it, and what it logs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import httpx2

from tests.api.served_index import Json, wait_until

__all__ = ["ROOT", "ServerProcess", "answers", "server_process"]

ROOT = Path(__file__).parents[2]
STARTED_S = 60.0
# The tests themselves may run under nohup, whose children ignore hangups.
AS_A_SERVICE = ["env", "--default-signal=HUP"]


class ServerProcess:
    """A server that answers at `address`."""

    def __init__(self, process: subprocess.Popen[str], errors: IO[bytes]) -> None:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("Spanlight serves "), said
        self.address = said.split()[-1]
        self.process = process
        self._errors = errors

    def events(self, name: str) -> list[Json]:
        """Return the events of this name that the server has logged."""
        return [line for line in self.every_event() if line["event"] == name]

    def every_event(self) -> list[Json]:
        """Return everything that the server has logged, as JSON."""
        size = os.fstat(self._errors.fileno()).st_size
        written = os.pread(self._errors.fileno(), size, 0).decode()
        # The last line may still be written.
        return [json.loads(line) for line in written.split("\n")[:-1]]

    def event(self, name: str) -> Json:
        """Return the only event of this name, once it has been logged."""
        wait_until(lambda: bool(self.events(name)), STARTED_S)
        (found,) = self.events(name)
        return found

    def stop(self) -> int:
        """End the server as a service manager does, and return its exit code."""
        self.process.terminate()
        return self.process.wait(STARTED_S)


@contextmanager
def server_process(*arguments: str, **environment: str) -> Iterator[ServerProcess]:
    """Start a server on a free port, yield it once it answers, and end it."""
    with (
        TemporaryFile() as errors,
        subprocess.Popen(
            [*AS_A_SERVICE, sys.executable, "-m", "api", "--port", "0", *arguments],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            server = ServerProcess(process, errors)
            wait_until(lambda: answers(f"{server.address}livez"), STARTED_S)
            yield server
        finally:
            process.terminate()
            process.wait(STARTED_S)


def answers(address: str) -> bool:
    """Return whether a request of the address succeeds."""
    try:
        return httpx2.get(address).status_code == 200
    except httpx2.TransportError:
        return False
