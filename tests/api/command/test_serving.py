"""What a server process logs about itself, and what SIGHUP does to it."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import httpx2
import psutil
import pytest

from api.command.serving import ACCEPTED_AT_ONCE
from api.web.keys import ALL_SCOPES, KeyFile
from indexer.command.version import version
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, wait_until, write
from tests.api.server_process import ROOT, answers, server_process


@pytest.fixture
def served(folder: Path, index: IndexFolder) -> list[str]:
    """The options that serve an index of one file."""
    write(folder, "ferry.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    return ["--index", str(index.path)]


# The log


def test_start_reload_and_stop_leave_a_line_each(
    served: list[str], folder: Path, index: IndexFolder
) -> None:
    with server_process(*served) as server:
        started = server.event("server started")
        assert (
            started.items()
            >= {
                "level": "info",
                "address": server.address,
                "index": str(index.path),
                "version": version(),
                "pid": server.process.pid,
            }.items()
        )
        first = server.event("generation opened")
        assert first.items() >= {"documents": 1, "passages": 1, "with_vectors": 0}.items()
        write(folder, "bridge.txt", "The bridge is closed.\n")
        second = publish(folder, index)
        index.save_settings('{"fusion": "rrf", "semantic_weight": 0.4}')
        KeyFile(Path(os.environ["SPANLIGHT_KEYS"])).add("anna", ALL_SCOPES)
        wait_until(lambda: len(server.events("generation opened")) == 2)
        tuned = {"fusion": "rrf", "semantic_weight": 0.4}
        assert server.event("ranking settings read")["saved"] == tuned
        httpx2.get(f"{server.address}v1/status")
        assert server.event("keys read")["keys"] == 1
        opened = server.events("generation opened")[1]
        assert (opened["generation"], opened["documents"]) == (second, 2)
        assert opened["seconds"] > 0
        server.stop()
        stopped = server.event("server stopped")
    assert stopped.items() >= {"signal": "SIGTERM", "pid": started["pid"]}.items()
    assert stopped["seconds"] > 0


def test_a_generation_that_cannot_be_opened_leaves_a_line_with_its_code(
    served: list[str], index: IndexFolder
) -> None:
    broken = index.current().folder
    broken.signatures.write_bytes(b"x")
    with server_process(*served) as server:
        (line,) = [
            line
            for line in server.every_event()
            if line["event"].startswith("cannot answer from the published generation: ")
        ]
    assert (line["level"], line["code"]) == ("error", "index_damaged")
    assert line["generation"] == broken.id


def test_the_line_of_a_request_names_client_trace_and_error(served: list[str]) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {
        "X-Forwarded-For": "203.0.113.7",
        "traceparent": f"00-{trace}-b7ad6b7169203331-01",
    }
    # Without keys, only an insecure server answers a proxy.
    with server_process(*served, "--insecure") as server:
        httpx2.get(f"{server.address}v1/search?q=ferry", headers=headers)
        httpx2.get(f"{server.address}v1/search?q=ferry&limit=0")
        httpx2.get(f"{server.address}v1/search?q=ferry", headers={"Host": "evil.example"})
        httpx2.get(f"{server.address}livez", headers={"Host": "evil.example"})
        wait_until(lambda: len(server.events("request")) == 4)
        found, unsound, foreign, quiet = server.events("request")
    # A proxy on this machine is trusted to name the client.
    assert (found["client"], found["trace_id"], found["span_id"]) == (
        *("203.0.113.7", trace),
        "b7ad6b7169203331",
    )
    assert "code" not in found
    assert (unsound["client"], unsound["code"]) == ("127.0.0.1", "invalid_request")
    assert "trace_id" not in unsound
    assert (foreign["status"], foreign["code"]) == (421, "host_not_allowed")
    assert quiet["code"] == "host_not_allowed"


def test_no_file_outside_the_index_is_open_for_writing(
    served: list[str], index: IndexFolder
) -> None:
    """So there is no log file to rotate: the log goes to standard error.

    The file that tells the address of the server is beside the index.
    """
    with server_process(*served) as server:
        httpx2.get(f"{server.address}v1/search?q=ferry")
        files = psutil.Process(server.process.pid).open_files()
    written = {Path(file.path) for file in files if file.mode != "r"}
    outside = [path for path in written if not path.is_relative_to(index.path)]
    assert outside == [index.path.with_name("index.server")]


# Two servers


def test_two_servers_of_one_index_are_restarted_without_a_lost_answer(served: list[str]) -> None:
    statuses: list[int] = []
    finished = threading.Event()

    def ask(addresses: Sequence[str]) -> int:
        """Ask as a proxy does, which turns to the other server if one cannot be reached."""
        for address in addresses:
            with suppress(httpx2.TransportError):
                return httpx2.get(f"{address}v1/search?q=ferry").status_code
        return 0

    def ask_all_the_time(addresses: list[str]) -> None:
        while not finished.is_set():
            addresses.reverse()
            statuses.append(ask(addresses))

    def answers_again(since: int) -> bool:
        return len(statuses) > since + 10

    with ExitStack() as running:
        servers = [running.enter_context(server_process(*served)) for _ in range(2)]
        client = threading.Thread(
            target=ask_all_the_time, args=[[server.address for server in servers]]
        )
        client.start()
        try:
            for server in servers:
                wait_until(partial(answers_again, len(statuses)))
                assert server.stop() in {0, -signal.SIGTERM}
                wait_until(partial(answers_again, len(statuses)))
                port = server.address.rstrip("/").rpartition(":")[2]
                running.enter_context(server_process(*served, "--port", port))
            wait_until(partial(answers_again, len(statuses)))
        finally:
            finished.set()
            client.join()
    assert set(statuses) == {200}


# SIGHUP


def test_a_hangup_of_a_service_reads_everything_again(
    served: list[str], folder: Path, index: IndexFolder
) -> None:
    with server_process(*served, SPANLIGHT_RELOAD_INTERVAL_S="60") as server:
        write(folder, "bridge.txt", "The bridge is closed.\n")
        second = publish(folder, index)
        KeyFile(Path(os.environ["SPANLIGHT_KEYS"])).add("anna", ALL_SCOPES)
        server.process.send_signal(signal.SIGHUP)
        line = server.event("read everything again")
        assert (
            line.items()
            >= {
                "level": "info",
                "generation": second,
                "keys_required": True,
                "problems": [],
            }.items()
        )
        assert httpx2.get(f"{server.address}readyz").json()["generation"] == second
        assert httpx2.get(f"{server.address}v1/status").status_code == 401
        server.stop()
        assert server.event("server stopped")["signal"] == "SIGTERM"


def test_a_hangup_tries_a_generation_again_that_could_not_be_opened(
    served: list[str], index: IndexFolder
) -> None:
    path = index.current().folder.signatures
    content = path.read_bytes()
    path.write_bytes(b"x")
    with server_process(*served, SPANLIGHT_RELOAD_INTERVAL_S="60") as server:
        server.process.send_signal(signal.SIGHUP)
        assert server.event("read everything again")["level"] == "warning"
        path.write_bytes(content)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: answers(f"{server.address}readyz"))


IN_A_TERMINAL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
ignored = sys.argv[1] == "nohup"
signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, "-m", "api", "--port", "0", *sys.argv[2:]])
"""


@pytest.mark.parametrize("command", ["plain", "nohup"])
def test_a_server_ends_gracefully_when_its_terminal_is_closed(
    served: list[str], tmp_path: Path, command: str
) -> None:
    keyboard, terminal = pty.openpty()
    log = tmp_path / "log"
    ignoring = command == "nohup"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL, command, *served],
            cwd=ROOT,
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        os.close(terminal)
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            wait_until(lambda: answers(f"{address}readyz"))
            if not ignoring:
                process.send_signal(signal.SIGHUP)
                wait_until(lambda: "read everything again" in log.read_text())
                assert answers(f"{address}readyz")
            os.close(keyboard)
            if ignoring:
                process.send_signal(signal.SIGHUP)
                assert answers(f"{address}readyz")
                process.terminate()
            process.wait(60)
        finally:
            process.kill()
    stopped = json.loads(log.read_text().splitlines()[-1])
    expected = "SIGTERM" if ignoring else "SIGHUP"
    assert (stopped["event"], stopped["signal"]) == ("server stopped", expected)


# Warnings at the start


def started_on_a_terminal(*arguments: str) -> str:
    """Return what a server writes to a terminal until it answers."""
    ours, theirs = pty.openpty()
    said = b""
    with subprocess.Popen(
        [sys.executable, "-m", "api", "--port", "0", *arguments],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        try:
            while b"server started" not in said:
                said += os.read(ours, 4_096)
            process.terminate()
            # Reading a terminal that nobody has open any more fails.
            with suppress(OSError):
                while more := os.read(ours, 4_096):
                    said += more
        finally:
            process.kill()
            os.close(ours)
    return said.decode().replace("\r\n", "\n")


def test_a_warning_appears_once_on_a_terminal(served: list[str]) -> None:
    said = started_on_a_terminal(*served, "--insecure")
    assert said.count("This server has no API keys") == 1
    assert f"keys.py add NAME --keys {os.environ['SPANLIGHT_KEYS']}\n" in said


def test_a_server_without_an_index_says_so(tmp_path: Path) -> None:
    told = (
        f"searches are refused: there is no index at {tmp_path}/none; build one with: "
        f"python scripts/reindex.py FOLDER --index {tmp_path}/none"
    )
    with server_process("--index", f"{tmp_path}/none") as server:
        assert server.event(told)["level"] == "warning"
        server.stop()
        assert server.process.stdout is not None
        assert server.process.stdout.read() == f"Warning: {told}\n"


def test_a_server_with_a_damaged_index_says_so(served: list[str], index: IndexFolder) -> None:
    index.current().folder.signatures.write_bytes(b"x")
    with server_process(*served) as server:
        wait_until(lambda: bool(server.events("server stopped") or server.events("server started")))
        server.stop()
        assert server.process.stdout is not None
        said = server.process.stdout.read()
    assert said.startswith("Warning: searches are refused: ")
    assert "reindex.py --full" in said


# Proxies on other machines


@pytest.mark.parametrize(
    ("sender", "client"), [("127.0.0.7", "203.0.113.7"), ("127.0.0.9", "127.0.0.9")]
)
def test_only_trusted_proxies_name_the_client(served: list[str], sender: str, client: str) -> None:
    settings = {"SPANLIGHT_TRUSTED_PROXIES": "127.0.0.6/31", "SPANLIGHT_INSECURE": "true"}
    headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    with server_process(*served, **settings) as server:
        with httpx2.Client(transport=httpx2.HTTPTransport(local_address=sender)) as proxy:
            page = proxy.get(f"{server.address}?q=ferry", headers=headers)
            described = proxy.get(f"{server.address}opensearch.xml", headers=headers).text
        assert page.status_code == 200
        wait_until(lambda: len(server.events("request")) == 2)
        assert {line["client"] for line in server.events("request")} == {client}
    scheme = "https" if client != sender else "http"
    assert f'template="{scheme}://' in described


def test_many_connections_are_accepted_at_a_time(served: list[str]) -> None:
    with server_process(*served) as server:
        handles = Path(f"/proc/{server.process.pid}/fd").iterdir()
        sockets = Counter(str(each.readlink()) for each in handles if each.is_socket())
        assert max(sockets.values()) == ACCEPTED_AT_ONCE


def test_this_machine_is_trusted_whichever_version_of_ip_it_uses(served: list[str]) -> None:
    headers = {"X-Forwarded-For": "203.0.113.7"}
    with server_process(*served, "--insecure", "--host", "::") as server:
        port = server.address.rpartition(":")[2].rstrip("/")
        for host in ("127.0.0.1", "[::1]"):
            httpx2.get(f"http://{host}:{port}/v1/search?q=ferry", headers=headers)
        wait_until(lambda: len(server.events("request")) == 2)
        assert {line["client"] for line in server.events("request")} == {"203.0.113.7"}
