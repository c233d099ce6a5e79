"""Listening on a unix socket, alone and behind real proxies."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import pytest

from api.command.listening import CannotListen, listen
from api.command.serve import main
from api.settings import ServerSettings
from api.web.keys import ALL_SCOPES, KeyFile
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, wait_until, write
from tests.api.server_process import ROOT

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def path() -> Iterator[Path]:
    """A short path: the system allows about a hundred bytes, and folders of tests are deep."""
    with TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder) / "spanlight.sock"


def at(path: Path) -> ServerSettings:
    return ServerSettings(unix_socket=path)


def test_only_user_and_group_may_connect(path: Path) -> None:
    listener = listen(at(path))
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert listener.address == f"unix:{path}"
    listener.close()
    assert not path.exists()


def test_a_socket_of_a_server_that_was_killed_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    listen(at(path)).close()


def test_a_socket_in_use_is_left_alone(path: Path) -> None:
    listener = listen(at(path))
    before = path.stat().st_ino
    with pytest.raises(CannotListen, match=r"in use by another program.*--unix-socket"):
        listen(at(path))
    assert path.stat().st_ino == before
    listener.close()


def test_another_file_is_left_alone(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(CannotListen, match="is not a socket"):
        listen(at(path))
    assert path.read_text() == "precious"


def test_the_socket_of_the_next_server_stays(path: Path) -> None:
    first = listen(at(path))
    path.unlink()
    second = listen(at(path))
    first.close()
    assert path.exists()
    second.close()


@pytest.mark.parametrize("name", ["missing/spanlight.sock", "x" * 200])
def test_a_place_where_no_socket_can_be_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotListen, match=f"cannot listen on .*{name}: "):
        listen(at(tmp_path / name))


# The server


@contextmanager
def serving(path: Path, index: IndexFolder, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a server on the socket; yield it once it answers, and end it."""
    arguments = ["-m", "api", "--unix-socket", str(path), "--index", str(index.path), *options]
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().endswith(f" at unix:{path}\n")
            with connected(path) as client:
                wait_until(lambda: client.get("/readyz").status_code == 200, 60)
            yield process
        finally:
            process.terminate()
            process.wait(20)


def connected(path: Path) -> httpx2.Client:
    transport = httpx2.HTTPTransport(uds=str(path), retries=10)
    return httpx2.Client(transport=transport, base_url="http://localhost")


@pytest.fixture
def built(folder: Path, index: IndexFolder) -> IndexFolder:
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    return index


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_server_answers_at_its_socket_and_removes_it(
    path: Path, built: IndexFolder, ending: signal.Signals
) -> None:
    with serving(path, built) as process:
        with connected(path) as client:
            found = client.get("/v1/search", params={"q": "ferry"})
            assert found.json()["hits"][0]["text"] == "The ferry sails at noon."
        process.send_signal(ending)
        process.wait(20)
        assert not path.exists()


def test_after_a_crash_the_next_server_starts(path: Path, built: IndexFolder) -> None:
    with serving(path, built) as process:
        process.kill()
        process.wait(20)
    assert path.exists()
    with serving(path, built):
        pass


def test_what_comes_through_a_proxy_needs_a_key(path: Path, built: IndexFolder) -> None:
    forwarded = {"X-Forwarded-For": "192.0.2.7"}
    with serving(path, built), connected(path) as client:
        assert client.get("/v1/status").status_code == 200
        assert client.get("/v1/status", headers=forwarded).json()["code"] == "keys_missing"
        secret = KeyFile(Path(os.environ["SPANLIGHT_KEYS"])).add("anna", ALL_SCOPES)
        assert client.get("/v1/status", headers=forwarded).status_code == 401
        found = client.get("/v1/status", headers=forwarded | {"X-API-Key": secret})
        assert found.status_code == 200


def test_a_proxy_at_the_socket_may_name_scheme_and_sender(path: Path, built: IndexFolder) -> None:
    secret = KeyFile(Path(os.environ["SPANLIGHT_KEYS"])).add("anna", ALL_SCOPES)
    with serving(path, built), connected(path) as client:
        for scheme in ("http", "https"):
            answer = client.post(
                "/sign-in", data={"key": secret}, headers={"X-Forwarded-Proto": scheme}
            )
            assert ("Secure" in answer.headers["set-cookie"]) is (scheme == "https")


def test_a_socket_in_use_is_reported(path: Path, built: IndexFolder, capsys: Captured) -> None:
    listener = listen(at(path))
    assert main(["--unix-socket", str(path), "--index", str(built.path)]) == 1
    assert "in use by another program" in capsys.readouterr().err
    listener.close()
