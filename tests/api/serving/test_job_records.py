"""Jobs that several servers of one index know, with real servers as separate processes."""

import json
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import psutil
import pytest
from fastapi.testclient import TestClient

from api.serving.job_records import LOST
from indexer.building.backup import back_up
from indexer.building.check import check_index
from indexer.index.folder import IndexFolder
from tests.api.served_index import Json, publish, serve, wait_until, write
from tests.api.server_process import ServerProcess, server_process
from tests.api.serving.frozen_reindexing import frozen_reindexing, reindexing_processes
from tests.other_user import OTHER_USER, place_for_everyone

BUILT_S = 60.0


@pytest.fixture(autouse=True)
def _without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build without a model, because a new index would use the default model."""
    monkeypatch.setenv("SPANLIGHT_MODEL", "none")


@pytest.fixture
def options(folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options of servers of one index, whose folder takes a while to read."""
    monkeypatch.setenv("SPANLIGHT_FOLDER", str(folder))
    for each in range(2_000):
        write(folder, f"{each}.txt", f"On day {each} the ferry sails.\n")
    return ["--index", str(index.path)]


def start(server: ServerProcess) -> str:
    """Start a job and return its id."""
    response = httpx2.post(f"{server.address}v1/reindex")
    assert response.status_code == 202, response.text
    job_id: str = response.json()["id"]
    return job_id


def look(server: ServerProcess, job_id: str) -> Json:
    response = httpx2.get(f"{server.address}v1/jobs/{job_id}")
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found


def finish(server: ServerProcess, job_id: str) -> Json:
    wait_until(lambda: look(server, job_id)["state"] != "running", BUILT_S)
    return look(server, job_id)


def listed(server: ServerProcess) -> list[Json]:
    jobs: list[Json] = httpx2.get(f"{server.address}v1/jobs").json()["jobs"]
    return jobs


@contextmanager
def frozen_while_reading(server: ServerProcess, job_id: str) -> Iterator[psutil.Process]:
    """Pause the job's process once it builds, and let it go on after the block."""
    wait_until(lambda: look(server, job_id)["stage"] == "reading", BUILT_S)
    (process,) = reindexing_processes()
    process.send_signal(signal.SIGSTOP)
    try:
        yield process
    finally:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGCONT)


def test_two_servers_know_the_jobs_of_each_other(options: list[str]) -> None:
    with server_process(*options) as one, server_process(*options) as other:
        job_id = start(one)
        with frozen_while_reading(one, job_id):
            here, there = look(one, job_id), look(other, job_id)
            assert there["seconds"] > 0
            assert (there["id"], there["state"], there["started"]) == (
                here["id"],
                "running",
                here["started"],
            )
            assert [job["id"] for job in listed(other)] == [job_id]
            refused = httpx2.post(f"{other.address}v1/reindex")
            assert (refused.status_code, refused.json()["code"]) == (409, "job_running")
            assert refused.headers["location"] == f"/v1/jobs/{job_id}"
            assert job_id in refused.json()["detail"]
        address = f"{other.address}v1/jobs/{job_id}"
        headers = {"Accept": "text/event-stream"}
        with httpx2.stream("GET", address, headers=headers, timeout=BUILT_S) as events:
            names = [line for line in events.iter_lines() if line.startswith("event: ")]
        assert names[-1] == "event: done"
        assert look(other, job_id) == look(one, job_id)
        assert look(other, job_id)["report"]["added"] == 2_000
        second = start(other)
        assert finish(one, second)["state"] == "succeeded"
        wait_until(lambda: listed(one) == listed(other))
        assert [job["id"] for job in listed(one)] == [second, job_id]


def test_a_server_that_was_restarted_shows_the_jobs_from_before(options: list[str]) -> None:
    with server_process(*options) as server:
        done = finish(server, start(server))
    with server_process(*options) as server:
        assert look(server, done["id"]) == done
        assert listed(server) == [done]


def test_a_job_whose_server_stopped_is_remembered_as_stopped(options: list[str]) -> None:
    with server_process(*options) as server:
        job_id = start(server)
        wait_until(lambda: look(server, job_id)["stage"] == "reading", BUILT_S)
        (process,) = reindexing_processes()
        process.send_signal(signal.SIGSTOP)
        server.stop()
        assert server.event("job stopped").items() >= {"job": job_id, "code": "stopped"}.items()
    with server_process(*options) as server:
        assert look(server, job_id)["state"] == "stopped"


def test_a_job_whose_server_was_killed_does_not_run_for_ever(options: list[str]) -> None:
    with server_process(*options) as other:
        with server_process(*options) as server:
            job_id = start(server)
            with frozen_while_reading(server, job_id) as process:
                server.process.kill()
                server.process.wait()
                lost = look(other, job_id)
                assert (lost["state"], lost["error"]) == ("failed", LOST.model_dump())
                assert lost["ended"] >= lost["started"]
                # The build outlives its server, and no other may begin before it ends.
                refused = httpx2.post(f"{other.address}v1/reindex")
                assert (refused.status_code, refused.json()["code"]) == (409, "job_running")
                assert f"process {process.pid} on " in refused.json()["detail"]
                assert "location" not in refused.headers
                process.kill()
                process.wait(BUILT_S)
        following = finish(other, start(other))
        assert following["state"] == "succeeded"
        assert [job["id"] for job in listed(other)] == [following["id"], job_id]
        line = other.event("job failed")
        assert (line["level"], line["job"], line["code"]) == ("error", job_id, "reindex_failed")


def test_a_server_that_is_restarted_after_it_was_killed_reports_its_job(
    options: list[str],
) -> None:
    with server_process(*options) as server:
        job_id = start(server)
        with frozen_while_reading(server, job_id) as process:
            server.process.kill()
            server.process.wait()
            process.kill()
    with server_process(*options) as server:
        assert server.event("job failed")["job"] == job_id
        counted = 'spanlight_jobs_ended_total{outcome="failed"} 1.0\n'
        assert counted in httpx2.get(f"{server.address}metrics").text
    with server_process(*options) as server:
        assert look(server, job_id)["error"] == LOST.model_dump()
        assert server.events("job failed") == []


# Without a second server


def run(client: TestClient) -> Json:
    """Run a job and return it once it is done."""
    address = client.post("/v1/reindex").headers["location"]
    wait_until(lambda: client.get(address).json()["state"] != "running", BUILT_S)
    done: Json = client.get(address).json()
    return done


def test_where_nothing_can_be_written_a_server_knows_its_own_jobs(
    folder: Path, index: IndexFolder, caplog: pytest.LogCaptureFixture
) -> None:
    write(folder, "ferry.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    # The superuser may write into any folder, but nobody can write into a file.
    index.jobs.write_text("")
    with serve(index) as client, serve(index) as other:
        done = [run(client), run(client)]
        assert [each["state"] for each in done] == ["succeeded"] * 2
        assert client.get("/v1/jobs").json() == {"jobs": done[::-1]}
        assert other.get("/v1/jobs").json() == {"jobs": []}
    told = [each for each in caplog.records if "only this server knows its jobs" in each.message]
    assert [each.levelname for each in told] == ["WARNING"]


def test_no_record_is_left_in_a_folder_that_is_no_index(folder: Path, index: IndexFolder) -> None:
    write(folder, "ferry.txt", "The ferry sails at noon.\n")
    other = write(index.path, "thesis.txt", "Mine.\n")
    with serve(index, ready=False, folder=folder) as client:
        assert "other files are there" in run(client)["error"]["message"]
    assert [*index.path.iterdir()] == [other]


def test_records_that_cannot_be_read_are_passed_over(folder: Path, index: IndexFolder) -> None:
    write(folder, "ferry.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    for name in ("0123456789abcdef.json", ".0123456789abcdef.json.new", "notes.json"):
        write(index.jobs, name, "{")
    with serve(index) as client:
        assert client.get("/v1/jobs").json() == {"jobs": []}
        assert client.get("/v1/jobs/0123456789abcdef").status_code == 404
        assert client.get("/v1/jobs/notes").status_code == 404
        done = run(client)
    assert {path.name for path in index.jobs.iterdir()} == {f"{done['id']}.json", "lock"}


def test_records_belong_to_the_index_but_not_to_its_copy(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    write(folder, "ferry.txt", "The ferry sails at noon.\n")
    with serve(index, ready=False, folder=folder) as client:
        run(client)
    assert index.jobs.is_dir()
    assert stat.S_IMODE(index.path.stat().st_mode) == 0o700
    assert check_index(index) == []
    copy = IndexFolder(tmp_path / "copy")
    back_up(index, copy)
    assert not copy.jobs.exists()
    publish(folder, index, full=True)
    assert index.jobs.is_dir()


def test_a_job_that_has_nothing_to_tell_is_still_recorded(folder: Path, index: IndexFolder) -> None:
    write(folder, "ferry.txt", "The ferry sails at noon.\n")
    with serve(index, ready=False, folder=folder) as client:
        job_id = client.post("/v1/reindex").json()["id"]
        record = index.jobs / f"{job_id}.json"

        def recorded_s() -> float:
            return float(json.loads(record.read_bytes())["seconds"])

        with frozen_reindexing():
            before_s = recorded_s()
            wait_until(lambda: recorded_s() > before_s + 1)
        wait_until(lambda: client.get(f"/v1/jobs/{job_id}").json()["state"] != "running", BUILT_S)


def test_records_that_root_makes_belong_to_the_owner_of_the_index() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make files for another user")
    with place_for_everyone() as place:
        index = IndexFolder(place / "index")
        os.chown(index.path, OTHER_USER, OTHER_USER)
        write(place / "folder", "ferry.txt", "The ferry sails at noon.\n")
        with serve(index, ready=False, folder=place / "folder") as client:
            assert run(client)["state"] == "succeeded"
        assert {path.stat().st_uid for path in index.path.rglob("*")} == {OTHER_USER}
