"""The metrics of a server: their names, and what they say about the index and its folder."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.command.version import version
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, wait_until, write

FERRY = "The ferry sails at noon.\n"


@pytest.fixture
def client(folder: Path, index: IndexFolder) -> Iterator[TestClient]:
    write(folder, "ferry.txt", FERRY)
    publish(folder, index)
    with serve(index, drift_interval_s=0.05) as client:
        yield client


def samples(client: TestClient) -> dict[str, float]:
    """Return the value of each series."""
    text = client.get("/metrics").text
    return {name: float(value) for name, value in re.findall(r"^([^#\s]\S*) (\S+)$", text, re.M)}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus's promtool is missing")
def test_prometheus_finds_nothing_to_criticise(client: TestClient) -> None:
    client.get("/v1/search", params={"q": "ferry"})
    client.get("/v1/search")
    text = client.get("/metrics").text
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_no_label_grows_with_the_builds(
    client: TestClient, folder: Path, index: IndexFolder
) -> None:
    def names() -> set[str]:
        return {name for name in samples(client) if name.startswith("spanlight_index")}

    wait_until(lambda: len(names()) == 10)
    before = names()
    write(folder, "bridge.txt", "The bridge is closed.\n")
    publish(folder, index)
    wait_until(lambda: samples(client)["spanlight_index_generation"] == 2)
    wait_until(lambda: len(names()) == 10)
    assert names() == before
    builds = [name for name in samples(client) if name.startswith("spanlight_build_info")]
    assert [version() in each for each in builds] == [True]


def test_the_age_of_the_index_and_of_the_last_success_are_told(
    client: TestClient, folder: Path, index: IndexFolder
) -> None:
    first = samples(client)
    built_s = datetime.fromisoformat(index.current().manifest.built).timestamp()
    assert first["spanlight_index_built_timestamp_seconds"] == built_s
    assert time.time() - 60 < first["spanlight_index_last_success_timestamp_seconds"] < time.time()
    # A build that finds nothing to do succeeds, too.
    publish(folder, index)
    again = samples(client)
    assert again["spanlight_index_built_timestamp_seconds"] == built_s
    succeeded = "spanlight_index_last_success_timestamp_seconds"
    assert again[succeeded] > first[succeeded]


def test_the_drift_of_the_folder_is_told_without_anybody_asking_for_the_status(
    client: TestClient, folder: Path
) -> None:
    def drift() -> list[float | None]:
        now = samples(client)
        return [
            now.get(f'spanlight_index_drift_files{{kind="{kind}"}}')
            for kind in ("added", "changed", "removed")
        ]

    wait_until(lambda: drift() == [0, 0, 0])
    write(folder, "bridge.txt", "The bridge is closed.\n")
    wait_until(lambda: drift() == [1, 0, 0])
    shutil.rmtree(folder)
    # The folder cannot be compared, so its drift is unknown.
    wait_until(lambda: drift() == [None, None, None])


def test_a_build_that_runs_is_told(client: TestClient, index: IndexFolder) -> None:
    assert samples(client)["spanlight_index_building"] == 0
    with index.writing():
        assert samples(client)["spanlight_index_building"] == 1


def test_without_an_index_its_times_are_zero(index: IndexFolder) -> None:
    with serve(index, ready=False) as client:
        now = samples(client)
    assert now["spanlight_index_generation"] == now["spanlight_index_passages"] == 0
    assert now["spanlight_index_last_success_timestamp_seconds"] == 0
    assert now["spanlight_index_built_timestamp_seconds"] == 0
    assert now["spanlight_problems"] == 1
    assert not [name for name in now if name.startswith("spanlight_index_drift_files")]
