"""The server started as `python -m api` in a separate process."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx2
import pytest

from api.command.serve import main
from api.web.keys import ALL_SCOPES, KeyFile
from indexer.index.folder import IndexFolder
from tests.api.search.models.tiny_cross_encoder import make_tiny_cross_encoder
from tests.api.served_index import publish, wait_until, write

ROOT = Path(__file__).parents[2]


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start a server on a free port; yield its address, and end it."""
    with subprocess.Popen(
        [sys.executable, "-m", "api", "--port", "0", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            assert said.startswith("Spanlight serves "), said
            yield said.split()[-1], process
        finally:
            process.terminate()
            process.wait(20)


def answers(address: str) -> bool:
    try:
        return httpx2.get(address).status_code == 200
    except httpx2.TransportError:
        return False


def test_ctrl_c_ends_the_server_without_a_traceback(index: IndexFolder) -> None:
    command = [sys.executable, "-m", "api", "--port", "0", "--index", str(index.path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        wait_until(lambda: answers(f"{address}livez"))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_a_server_picks_up_an_index_that_is_built_later(folder: Path, index: IndexFolder) -> None:
    with running("--index", str(index.path)) as (address, process):
        assert address.startswith("http://127.0.0.1:")
        wait_until(lambda: answers(f"{address}livez"))
        response = httpx2.get(f"{address}v1/search", params={"q": "ferry"})
        assert (response.status_code, response.json()["code"]) == (503, "index_not_found")
        write(folder, "a.txt", "The ferry sails at noon.\n")
        publish(folder, index)
        wait_until(lambda: answers(f"{address}readyz"), timeout_s=5)
        found = httpx2.get(f"{address}v1/search", params={"q": "ferry"}).json()
        assert [hit["text"] for hit in found["hits"]] == ["The ferry sails at noon."]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in {0, -signal.SIGTERM}


def test_a_server_that_ends_first_answers_requests_in_flight(
    folder: Path, index: IndexFolder
) -> None:
    for number in range(30):
        write(folder, f"{number}.txt", f"Ferry {number} sails at noon. " * 200)
    publish(folder, index)
    batch = {"searches": [{"q": f"ferry {number}", "limit": 20} for number in range(40)]}
    statuses: list[int] = []

    def ask(address: str) -> None:
        with httpx2.Client(timeout=100) as client:
            statuses.append(client.post(f"{address}v1/search/batch", json=batch).status_code)

    # Long enough for a busy machine.
    with running("--index", str(index.path), SPANLIGHT_TIME_LIMIT_S="100") as (address, process):
        wait_until(lambda: answers(f"{address}readyz"))
        clients = [threading.Thread(target=ask, args=(address,)) for _ in range(4)]
        for client in clients:
            client.start()
        running_line = "\nspanlight_requests_running 4.0\n"
        wait_until(lambda: running_line in httpx2.get(f"{address}metrics").text)
        process.send_signal(signal.SIGTERM)
        for client in clients:
            client.join()
        process.wait(100)
    assert statuses == [200] * 4


def test_a_stream_of_events_ends_with_the_server(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    with running("--index", str(index.path)) as (address, process):
        wait_until(lambda: answers(f"{address}readyz"))
        job = httpx2.post(f"{address}v1/reindex").json()
        target = f"{address}v1/jobs/{job['id']}"
        with httpx2.stream("GET", target, headers={"Accept": "text/event-stream"}) as events:
            process.send_signal(signal.SIGTERM)
            events.read()
        process.wait(10)


def test_remote_clients_need_keys_or_an_explicit_setting(
    index: IndexFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--index", str(index.path), "--host", "0.0.0.0", "--port", "0"]) == 2
    assert "--insecure" in capsys.readouterr().err
    for options in (["--insecure"], []):
        if not options:
            KeyFile(Path(os.environ["SPANLIGHT_KEYS"])).add("anna", ALL_SCOPES)
        everywhere = ["--index", str(index.path), "--host", "0.0.0.0", *options]
        with running(*everywhere) as (address, _):
            port = address.rstrip("/").rpartition(":")[2]
            here = f"http://127.0.0.1:{port}"
            wait_until(partial(answers, f"{here}/livez"))
            assert httpx2.get(f"{here}/v1/status").status_code == (503 if options else 401)


def test_environment_variables_work_like_options(index: IndexFolder) -> None:
    with running(SPANLIGHT_INDEX=str(index.path), SPANLIGHT_HOST="127.0.0.2") as (address, _):
        assert address.startswith("http://127.0.0.2:")


def test_a_port_in_use_is_reported_before_anything_is_loaded(
    index: IndexFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["--index", str(index.path), "--port", port]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"spanlight serve: 127.0.0.1:{port} is in use by another program")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--port", "65536"], 2, "SPANLIGHT_PORT (or --port) is 65536"),
        (["--host", "256.0.0.1", "--port", "0"], 1, "cannot listen on 256.0.0.1:0"),
        (["--host", "192.0.2.1", "--port", "0"], 1, "cannot listen on 192.0.2.1:0"),
        (["--host", "..", "--port", "0"], 1, "cannot listen on ..:0"),
    ],
)
def test_an_index_that_cannot_be_served_is_reported(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, told: str
) -> None:
    assert main(arguments) == status
    said = capsys.readouterr().err
    assert said.startswith(f"spanlight serve: {told}")
    assert said.count("\n") == 1


def test_a_bad_variable_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPANLIGHT_DEPTH", "deep")
    assert main([]) == 2
    assert "SPANLIGHT_DEPTH is 'deep'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("./nowhere", "there is no model folder at './nowhere'"),
        ("nobody/no-such-model", "nor reachable on the model hub (HF_HUB_OFFLINE is set)"),
    ],
)
def test_a_server_does_not_start_without_a_reranker_that_is_required(
    index: IndexFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    told: str,
) -> None:
    monkeypatch.setenv("SPANLIGHT_RERANKER", name)
    monkeypatch.setenv("SPANLIGHT_RERANKER_REQUIRED", "true")
    assert main(["--index", str(index.path), "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("spanlight serve: SPANLIGHT_RERANKER: ")
    assert told in said
    assert said.count("\n") == 1


def test_a_server_starts_once_its_required_reranker_is_loaded(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    tiny = make_tiny_cross_encoder(tmp_path / "tiny")
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    required = {"SPANLIGHT_RERANKER": str(tiny), "SPANLIGHT_RERANKER_REQUIRED": "true"}
    with running("--index", str(index.path), **required) as (address, _):
        wait_until(lambda: answers(f"{address}livez"))
        assert httpx2.get(f"{address}readyz").json()["problems"] == []
        assert httpx2.get(f"{address}v1/status").json()["reranker"] == str(tiny)


@pytest.mark.parametrize("arguments", [["--port", "http"], ["--nothing"], ["a", "b"]])
def test_wrong_usage_is_reported(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(arguments, program="python -m api") == 2
    said = capsys.readouterr().err
    assert said.startswith("python -m api: ")
    assert said.endswith(" (see --help)\n")


def test_a_missing_folder_is_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([str(tmp_path / "nowhere")], program="spanlight serve") == 2
    assert capsys.readouterr().err.startswith("spanlight serve: there is no folder ")


def test_a_forbidden_low_port_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Whether a port below 1024 is permitted depends on the user who runs the tests.
    def not_permitted(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", not_permitted)
    assert main(["--port", "80"]) == 1
    assert "no permission to listen on 127.0.0.1:80" in capsys.readouterr().err
