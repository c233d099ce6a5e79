"""The real commands on full or read-only disks, and with a second writer, while clients ask a real
server: no request fails, nothing is lost, and nothing is left unfinished.
"""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from indexer.building.check import check_index
from indexer.errors import IndexLocked
from indexer.index.folder import IndexFolder
from scripts.benchmarking.serving.server import get_json, running_server
from tests.api.served_index import wait_until
from tests.indexer.building.test_failing_storage import free_bytes, small_disk
from tests.indexer.command.test_reindex import (
    TIMEOUT_S,
    command_line,
    environment,
    without_progress,
)
from tests.stress.kill.clients import Client, asking
from tests.stress.kill.known_folder import KnownFolder

FILES = 150


def reindex(folder: KnownFolder, index: IndexFolder, *options: str) -> tuple[int, str]:
    """Return the exit code and the text on standard error."""
    done = subprocess.run(
        command_line([folder.path, "--index", index.path, *options]),
        env=environment({"SPANLIGHT_MODEL": "none"}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return done.returncode, without_progress(done.stderr)


@contextmanager
def asked_server(folder: KnownFolder, index: IndexFolder) -> Iterator[int]:
    """Serve the index and keep asking; fail if an answer is wrong or missing."""
    with running_server(index.path) as server:
        clients = [
            Client(server.port, folder, str(number), ("lexical",), 0.03) for number in range(2)
        ]
        with asking(clients, threading.Event()):
            yield server.port
        for client in clients:
            assert client.errors == []
            assert client.counts["hits compared"] > 10


def wait_until_served(port: int, index: IndexFolder) -> None:
    wait_until(lambda: bool(get_json(port, "/readyz")["generation"] == index.current_id()))


def assert_refused(done: tuple[int, str], index: IndexFolder, *reasons: str) -> None:
    exit_code, errors = done
    assert exit_code == 1, errors
    assert errors.startswith("reindex.py: ")
    assert errors.count("\n") == 1
    assert any(reason in errors for reason in reasons), errors
    assert str(index.path) in errors


def test_a_server_answers_while_the_disk_is_full(tmp_path: Path) -> None:
    folder = KnownFolder(tmp_path / "folder", FILES, "full")
    with small_disk(tmp_path / "disk") as disk:
        index = IndexFolder(disk / "index")
        assert reindex(folder, index) == (0, "")
        with asked_server(folder, index) as port:
            folder.rewrite_all(index.published_number())
            before = index.current_id()
            failed = 0
            for leave_free in [0, 4_096, 40_000, 200_000, 600_000, 1_000_000, 1_500_000]:
                filler = disk / "filler"
                filler.write_bytes(bytes(max(0, free_bytes(disk) - leave_free)))
                done = reindex(folder, index)
                published = index.current_id()
                time.sleep(0.1)  # a file to search for while the disk is full
                filler.unlink()
                if done == (0, ""):
                    break
                failed += 1
                assert_refused(done, index, "No space left on device", "full")
                assert published == before
                assert check_index(index) == []
            assert failed >= 3
            assert reindex(folder, index) == (0, "")
            assert index.current_id() != before
            wait_until_served(port, index)
        assert check_index(index) == []
        assert not list(index.path.rglob("*.new"))


def test_a_server_answers_from_a_read_only_disk(tmp_path: Path) -> None:
    folder = KnownFolder(tmp_path / "folder", 30, "read-only")
    with small_disk(tmp_path / "disk") as disk:
        index = IndexFolder(disk / "index")
        assert reindex(folder, index) == (0, "")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with asked_server(folder, index) as port:
            folder.rewrite_all(index.published_number())
            for options in ([], ["--full"]):
                assert_refused(reindex(folder, index, *options), index, "Read-only file system")
            assert reindex(folder, index, "--check") == (0, "")
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
            assert reindex(folder, index) == (0, "")
            wait_until_served(port, index)
            time.sleep(0.2)
        assert check_index(index) == []


def test_a_second_watch_waits_for_the_first_writer(tmp_path: Path) -> None:
    """With two watchers of the same folder, each build is done by one of them."""
    folder = KnownFolder(tmp_path / "folder", 30, "watch")
    index = IndexFolder(tmp_path / "index")
    assert reindex(folder, index) == (0, "")
    with (
        asked_server(folder, index) as port,
        watching(folder, index) as first,
        watching(folder, index) as second,
    ):
        for _ in range(4):
            change_alone(folder, index)
            wait_until(lambda: is_of_the_folder(index, folder), TIMEOUT_S)
        exit_code, errors = reindex(folder, index)
        assert exit_code == 0 or "is being written by process" in errors
        wait_until_served(port, index)
        for process in (first, second):
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=TIMEOUT_S)
            assert process.returncode == 0
            for line in output.splitlines():
                error = json.loads(line).get("error", {"code": "index_locked"})
                assert error["code"] == "index_locked"
    assert check_index(index) == []
    assert len(list((index.path / "generations").iterdir())) == len(index.published())


@contextmanager
def watching(folder: KnownFolder, index: IndexFolder) -> "Iterator[subprocess.Popen[str]]":
    with subprocess.Popen(
        command_line([folder.path, "--index", index.path, "--watch", "--json"]),
        env=environment({"SPANLIGHT_MODEL": "none"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())
            yield process
        finally:
            process.kill()


def change_alone(folder: KnownFolder, index: IndexFolder) -> None:
    """Change the folder while no build runs, so that no generation has a state in between."""
    while True:
        with suppress(IndexLocked), index.writing():
            folder.change_some(index.published_number())
            return


def is_of_the_folder(index: IndexFolder, folder: KnownFolder) -> bool:
    """Return whether the newest generation has the current state of the folder."""
    return folder.state_of(index.published_number()) == folder.newest
