"""Reindexing over HTTP, with the real command as the child process."""

import json
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.serving import job_process, jobs
from api.settings import ServerSettings
from api.web.app import create_app
from api.web.routes import job_events
from api.web.services import services_of
from indexer.index.folder import IndexFolder
from tests.api.served_index import Json, publish, serve, wait_until, write
from tests.api.serving.frozen_reindexing import freeze, frozen_reindexing, reindexing_processes

FERRY = "The ferry sails at noon.\n"
BUILT_S = 60.0


@pytest.fixture(autouse=True)
def _without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build without a model, because a new index would use the default model."""
    monkeypatch.setenv("SPANLIGHT_MODEL", "none")


@pytest.fixture
def client(folder: Path, index: IndexFolder) -> Iterator[TestClient]:
    """A server for a folder with one file and no index yet."""
    write(folder, "ferry.txt", FERRY)
    with serve(index, ready=False, folder=folder) as client:
        yield client


def start(client: TestClient, **options: bool) -> Json:
    response = client.post("/v1/reindex", json=options) if options else client.post("/v1/reindex")
    assert response.status_code == 202, response.text
    job: Json = response.json()
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["state"], job["ended"], job["report"], job["error"]) == ("running",) + (None,) * 3
    return job


def look(client: TestClient, job: Json) -> Json:
    response = client.get(f"/v1/jobs/{job['id']}")
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found


def finish(client: TestClient, job: Json) -> Json:
    """Return the job once it is done."""
    wait_until(lambda: look(client, job)["state"] != "running", BUILT_S)
    done = look(client, job)
    assert done["ended"] >= done["started"] == job["started"]
    assert done["seconds"] > 0
    return done


def run(client: TestClient, **options: bool) -> Json:
    return finish(client, start(client, **options))


def failure(client: TestClient, **options: bool) -> tuple[str, str]:
    """Run a job that fails; return the code and the message of its error."""
    done = run(client, **options)
    assert (done["state"], done["report"]) == ("failed", None)
    return done["error"]["code"], done["error"]["message"]


def problem(response: httpx2.Response, status: int) -> Json:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: Json = response.json()
    return told


# Jobs


def test_a_job_builds_an_index_that_answers(client: TestClient) -> None:
    done = run(client)
    assert (done["state"], done["error"]) == ("succeeded", None)
    assert (done["stage"], done["done"], done["total"]) == ("reading", 1, 1)
    report = done["report"]
    assert report == {
        "generation": report["generation"],
        "published": True,
        **dict.fromkeys(["changed", "removed", "unchanged", "embedded"], 0),
        **dict.fromkeys(["skipped_count", "detected_count"], 0),
        **dict.fromkeys(["added", "passages"], 1),
        "skipped": [],
        "formats": {"read": {}, "not_read": {}},
        "detected": [],
    }
    wait_until(lambda: client.get("/readyz").status_code == 200)
    answer = client.get("/v1/search", params={"q": "ferry"}).json()
    assert (answer["generation"], answer["total"]["value"]) == (report["generation"], 1)


def test_a_job_follows_the_change(client: TestClient, folder: Path, index: IndexFolder) -> None:
    first = run(client)["report"]["generation"]
    again = run(client)["report"]
    assert (again["published"], again["generation"], again["unchanged"]) == (False, first, 1)
    write(folder, "bridge.txt", "The bridge is closed.\n")
    changed = run(client)["report"]
    assert (changed["added"], changed["unchanged"], changed["published"]) == (1, 1, True)
    assert index.current_id() == changed["generation"] != first


def test_full_reads_everything_again(client: TestClient) -> None:
    run(client)
    assert run(client, full=True)["report"]["added"] == 1
    assert run(client, verify=True)["report"]["unchanged"] == 1


def test_without_a_setting_the_folder_of_the_index_is_used(
    folder: Path, index: IndexFolder
) -> None:
    write(folder, "ferry.txt", FERRY)
    publish(folder, index)
    write(folder, "bridge.txt", "The bridge is closed.\n")
    with serve(index) as client:
        assert run(client)["report"]["added"] == 1


def test_only_some_of_many_skipped_files_are_listed(client: TestClient, folder: Path) -> None:
    for number in range(150):
        write(folder, f"{number:03}.bin", b"\0")
    report = run(client)["report"]
    assert report["skipped_count"] == 150
    assert [each["path"] for each in report["skipped"]] == [f"{n:03}.bin" for n in range(100)]
    assert report["skipped"][0].items() >= {"reason": "binary", "detail": "NUL at byte 0"}.items()


# One at a time


def test_a_second_job_is_refused_while_one_runs(client: TestClient) -> None:
    job = start(client)
    with frozen_reindexing():
        told = problem(response := client.post("/v1/reindex", json={"full": True}), 409)
        assert told["code"] == "job_running"
        assert job["id"] in told["detail"]
        assert response.headers["location"] == f"/v1/jobs/{job['id']}"
        assert len(reindexing_processes()) == 1
    finish(client, job)
    assert run(client)["state"] == "succeeded"


def test_the_jobs_are_listed_newest_first(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "KEPT_JOBS", 2)
    assert client.get("/v1/jobs").json() == {"jobs": []}
    done = [run(client) for _ in range(3)]
    assert client.get("/v1/jobs").json() == {"jobs": [done[2], done[1]]}
    assert re.fullmatch("[0-9a-f]{16}", done[2]["id"])
    assert problem(client.get(f"/v1/jobs/{done[0]['id']}"), 404)["code"] == "job_not_found"


def test_jobs_are_logged_and_counted(
    client: TestClient, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def counted() -> list[float]:
        text = client.get("/metrics").text
        found = re.findall(r'^spanlight_job\w+?(?:{outcome="succeeded"})? (\S+)$', text, re.M)
        return [float(value) for value in found]

    caplog.set_level(logging.INFO, jobs.__name__)
    run(client)
    before = counted()
    done = run(client, full=True)
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [
        *(1, 1, 1),
        pytest.approx(done["seconds"]),
    ]
    (folder / "ferry.txt").unlink()
    folder.rmdir()
    failed = run(client)
    lines = [vars(each) for each in caplog.records if each.name == jobs.__name__]
    assert [(each["message"], each["job"]) for each in lines[2:]] == [
        ("job started", done["id"]),
        ("job succeeded", done["id"]),
        ("job started", failed["id"]),
        ("job failed", failed["id"]),
    ]
    started, succeeded, _, lost = lines[2:]
    assert started.items() >= {"full": True, "verify": False}.items()
    report = {name: done["report"][name] for name in ("generation", "added", "passages")}
    assert succeeded.items() >= {**report, "seconds": done["seconds"], "skipped": 0}.items()
    assert (lost["levelname"], lost["code"]) == ("ERROR", "folder_not_found")
    assert lost["error"] == failed["error"]["message"]


# Failures


def test_a_job_is_refused_while_another_process_builds(
    client: TestClient, index: IndexFolder
) -> None:
    with index.writing():
        told = problem(response := client.post("/v1/reindex"), 409)
    assert told["code"] == "job_running"
    assert told["detail"].startswith(f"process {os.getpid()} on ")
    assert told["detail"].endswith(" is already building the index; wait until it is done")
    # It is not the build of a job, so there is nowhere to look.
    assert "location" not in response.headers
    assert client.get("/v1/jobs").json() == {"jobs": []}
    assert run(client)["state"] == "succeeded"


def test_a_folder_that_is_gone_fails_the_job(client: TestClient, folder: Path) -> None:
    run(client)
    (folder / "ferry.txt").unlink()
    folder.rmdir()
    assert failure(client) == ("folder_not_found", f"there is no folder '{folder}'")


@pytest.mark.parametrize(("empty", "full"), [(False, False), (True, False), (True, True)])
def test_a_folder_that_is_not_mounted_fails_the_job(
    client: TestClient, folder: Path, empty: bool, full: bool
) -> None:
    for number in range(20):
        write(folder, f"disk/{number}.txt", FERRY)
    generation = run(client)["report"]["generation"]
    for path in folder.rglob("*.txt" if empty else "disk/*.txt"):
        path.unlink()
    code, message = failure(client, full=full)
    assert code == "removals_refused"
    assert "run reindex.py with --allow-removals" in message
    assert client.get("/v1/status").json()["generation"] == generation


def test_the_index_of_another_folder_is_replaced_only_by_full(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    write(tmp_path / "other", "bridge.txt", "The bridge is closed.\n")
    publish(tmp_path / "other", index)
    write(folder, "ferry.txt", FERRY)
    with serve(index, folder=folder) as client:
        assert failure(client)[0] == "wrong_folder"
        assert run(client, full=True)["report"]["added"] == 1


def test_without_a_known_folder_the_error_names_the_setting(index: IndexFolder) -> None:
    with serve(index, ready=False) as client:
        told = problem(client.post("/v1/reindex"), 422)
        assert client.get("/v1/jobs").json() == {"jobs": []}
    assert told["code"] == "invalid_setting"
    assert "set SPANLIGHT_FOLDER" in told["detail"]


def test_a_process_that_cannot_be_started_is_reported(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    told = problem(client.post("/v1/reindex"), 503)
    assert told["code"] == "storage_error"
    assert told["detail"] == "cannot start /nowhere/python (No such file or directory)"
    assert client.get("/v1/jobs").json() == {"jobs": []}


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"folder": "/etc"}, "folder"),
        ({"index": "/tmp/elsewhere"}, "index"),
        ({"full": "perhaps"}, "full"),
        ({"verify": 1}, "verify"),
    ],
)
def test_a_request_cannot_choose_the_folder(client: TestClient, body: Json, parameter: str) -> None:
    told = problem(client.post("/v1/reindex", json=body), 422)
    assert (told["code"], told["parameter"]) == ("invalid_request", parameter)
    told = problem(client.post("/v1/reindex?folder=/etc"), 422)
    assert (told["code"], told["parameter"]) == ("invalid_query", "folder")
    assert client.get("/v1/jobs").json() == {"jobs": []}


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
def test_an_unknown_job_is_not_found(client: TestClient, accept: str) -> None:
    told = problem(client.get("/v1/jobs/0123456789abcdef", headers={"accept": accept}), 404)
    assert (told["code"], told["parameter"]) == ("job_not_found", "job_id")


@pytest.mark.parametrize(
    ("number", "state", "code", "message"),
    [
        (
            signal.SIGKILL,
            "failed",
            "reindex_failed",
            "was ended by signal 9, perhaps because memory",
        ),
        (signal.SIGTERM, "stopped", "stopped", "the index is unchanged"),
    ],
)
def test_a_process_ended_by_a_signal_ends_the_job(
    client: TestClient, folder: Path, number: int, state: str, code: str, message: str
) -> None:
    for each in range(2_000):
        write(folder, f"{each}.txt", f"On day {each} the ferry sails.\n")
    job = start(client)
    wait_until(lambda: look(client, job)["stage"] is not None, BUILT_S)
    (process,) = reindexing_processes()
    process.send_signal(number)
    done = finish(client, job)
    assert (done["state"], done["error"]["code"], done["report"]) == (state, code, None)
    assert message in done["error"]["message"]
    assert run(client)["report"]["added"] == 2_001


# The child process


def test_the_child_inherits_nothing_from_the_server(client: TestClient) -> None:
    job = start(client)
    with frozen_reindexing() as process:
        descriptors = {path.name: path for path in Path(f"/proc/{process.pid}/fd").iterdir()}
        links = {name: str(path.readlink()) for name, path in descriptors.items()}
        assert not [link for link in links.values() if link.startswith("socket:")]
        assert links["0"] == "/dev/null"
        # Ctrl-C in the server's terminal reaches only the server.
        assert psutil.Process().pid != process.pid
        stat = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        assert (int(stat[2]), int(stat[3])) == (process.pid, process.pid)
        assert process.nice() == psutil.Process().nice() + job_process.NICENESS
    finish(client, job)


@pytest.fixture
def in_place_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of a script that replaces the command and ends in unexpected ways."""
    script = tmp_path / "other.py"
    monkeypatch.setattr(jobs, "REINDEX", [str(script)])
    return script


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise SystemExit(3)", "ended with status 3"),
        ("raise SystemExit('no such thing')", "ended with status 1: no such thing"),
        ("print('{}')", "ended with status 0"),
        ("print('[]')", "ended with status 0"),
        ("print('{\"error\": 1}')", "ended with status 0"),
        ("print('[' * 100_000)", "ended with status 0"),
        ("print('x' * 20_000_000)", "ended with status 0"),
        ("import sys; sys.exit('y' * 5_000_000)", "ended with status 1: y"),
        ("import sys; sys.exit('reading: 1 of 2 (50%)\\n\\xff' * 200_000)", "with status 1: "),
    ],
    ids=["3", "words", "empty", "list", "error", "deep", "much output", "long line", "many lines"],
)
def test_any_output_of_the_child_ends_the_job(
    client: TestClient, in_place_of_the_command: Path, script: str, message: str
) -> None:
    in_place_of_the_command.write_text(script)
    code, told = failure(client)
    assert code == "reindex_failed"
    assert message in told
    assert len(told) <= job_process.MAX_MESSAGE_CHARS


def test_a_child_that_leaves_its_streams_to_another_is_not_waited_for(
    client: TestClient, in_place_of_the_command: Path
) -> None:
    in_place_of_the_command.write_text(
        "import subprocess, sys\n"
        "command = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "sys.exit(str(subprocess.Popen(command).pid))\n"
    )
    done = run(client)
    psutil.Process(int(done["error"]["message"].rpartition(" ")[2])).kill()
    assert done["seconds"] < 30


# When the server stops


def test_a_server_that_stops_ends_the_job(folder: Path, index: IndexFolder) -> None:
    write(folder, "ferry.txt", FERRY)
    generation = publish(folder, index)
    for each in range(2_000):
        write(folder, f"{each}.txt", f"On day {each} the ferry sails.\n")
    with serve(index) as client:
        job = start(client)
        wait_until(lambda: look(client, job)["stage"] is not None, BUILT_S)
        app: Any = client.app
    stopped = services_of(app).jobs.job(job["id"])
    assert stopped.error is not None
    assert (stopped.state, stopped.error.code) == ("stopped", "stopped")
    assert stopped.error.message == "stopped; the index is unchanged"
    assert reindexing_processes() == []
    assert index.current_id() == generation
    with index.writing():
        pass  # the lock is free


def test_a_child_that_does_not_end_is_killed(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_process, "STOP_TIMEOUT_S", 0.2)
    write(folder, "ferry.txt", FERRY)
    with serve(index, ready=False, folder=folder) as client:
        job = start(client)
        process = freeze()
        app: Any = client.app
    assert not process.is_running()
    stopped = services_of(app).jobs.job(job["id"])
    assert stopped.error is not None
    assert (stopped.state, stopped.error.code) == ("stopped", "stopped")


# Events


@contextmanager
def real_server(app: FastAPI) -> Iterator[str]:
    """Serve the application on a free port; yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        services_of(app).stopping.set()
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


Event = tuple[str, Json]


def events_of(lines: Iterator[str]) -> Iterator[Event]:
    """Yield the events, with `comment` for lines without content."""
    name = ""
    for line in lines:
        if line.startswith(": "):
            yield "comment", {}
        elif line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@contextmanager
def event_stream(origin: str, job: Json) -> Iterator[Iterator[Event]]:
    headers = {"accept": "text/event-stream"}
    address = f"{origin}/v1/jobs/{job['id']}"
    with httpx2.stream("GET", address, headers=headers, timeout=BUILT_S) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        yield events_of(stream.iter_lines())


@pytest.fixture
def app(folder: Path, index: IndexFolder) -> FastAPI:
    for each in range(1_000):
        write(folder, f"{each}.txt", f"On day {each} the ferry sails.\n")
    return create_app(ServerSettings(index=index.path, folder=folder))


def test_events_report_a_job_until_it_is_done(app: FastAPI) -> None:
    with real_server(app) as origin:
        job = httpx2.post(f"{origin}/v1/reindex").json()
        with event_stream(origin, job) as stream:
            told = list(stream)
        job = httpx2.get(f"{origin}/v1/jobs/{job['id']}").json()
        with event_stream(origin, job) as stream:
            assert list(stream) == [("done", job)]
    assert {name for name, _ in told[:-1]} == {"progress"}
    assert told[-1] == ("done", job)
    assert job["report"]["added"] == 1_000
    progress = [(each["stage"], each["done"]) for _, each in told[:-1]]
    assert len(set(progress)) == len(progress) > 1
    assert ("reading", 1_000) in [*progress, (job["stage"], job["done"])]


def test_a_quiet_stream_is_kept_alive_and_ends_with_the_server(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_events, "KEEP_ALIVE_S", 0.3)
    with real_server(app) as origin:
        job = httpx2.post(f"{origin}/v1/reindex").json()
        with frozen_reindexing(), event_stream(origin, job) as stream:
            assert next(stream)[0] == "progress"
            assert [next(stream)[0] for _ in range(2)] == ["comment", "comment"]
            services_of(app).stopping.set()
            assert [name for name, _ in stream if name != "comment"] == []


def test_a_reader_that_disconnects_does_not_stop_the_job(app: FastAPI) -> None:
    with real_server(app) as origin:
        job = httpx2.post(f"{origin}/v1/reindex").json()
        with event_stream(origin, job) as stream:
            next(stream)
        with event_stream(origin, job) as stream:
            assert list(stream)[-1][1]["state"] == "succeeded"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/event-stream", "text/event-stream"),
        ("application/json, Text/Event-Stream;q=0.9", "text/event-stream"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/event-streams", "application/json"),
    ],
)
def test_events_are_sent_on_request(client: TestClient, accept: str, kind: str) -> None:
    job = run(client)
    response = client.get(f"/v1/jobs/{job['id']}", headers={"accept": accept})
    assert response.headers["content-type"].partition(";")[0] == kind
    assert response.headers["cache-control"] == "no-store"
    encoded = ", Accept-Encoding" if kind == "application/json" else ""
    assert response.headers["vary"] == f"Accept{encoded}"


def test_the_api_describes_jobs(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert paths["/v1/reindex"]["post"]["requestBody"].get("required", False) is False
    assert {"202", "409", "422", "503"} <= paths["/v1/reindex"]["post"]["responses"].keys()
    told = paths["/v1/jobs/{job_id}"]["get"]["responses"]
    assert told["200"]["content"].keys() == {"application/json", "text/event-stream"}
    assert "404" in told
    assert "/v1/jobs" in paths
