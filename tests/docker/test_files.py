"""The files under docker/ agree with the program, with each other, and with their page."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from api.settings import ServerSettings
from tests.api.server_process import server_process

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
UNITS = [DOCKER / "systemd" / "spanlight@.service", DOCKER / "systemd" / "spanlight-index.service"]
ALERTS = DOCKER / "monitoring" / "alerts.yml"
DASHBOARD = DOCKER / "monitoring" / "dashboard.json"
PROMETHEUS = DOCKER / "monitoring" / "prometheus.yml"
METRIC = re.compile(r"\b(?:spanlight|process)_\w+")
# What follows the name of a histogram in its series.
SERIES = re.compile(r"_(?:bucket|sum|count)$")
# Places in the container: the image decides them, and a file of settings would need a mount.
PLACES = {"config", "folder", "host", "index", "keys", "port", "unix_socket"}
# A build needs no network, a server does.
ABOUT_NETWORK = {"IPAddressAllow", "RestrictAddressFamilies", "PrivateNetwork"}


# Metrics, alerts and the dashboard


def test_every_metric_of_the_alerts_and_the_dashboard_exists(tmp_path: Path) -> None:
    with server_process("--index", str(tmp_path)) as server:
        text = httpx2.get(f"{server.address}metrics").text
    exist = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    named = set(METRIC.findall(ALERTS.read_text("utf-8") + DASHBOARD.read_text("utf-8")))
    assert len(named) > 15
    assert sorted(SERIES.sub("", name) for name in named if SERIES.sub("", name) not in exist) == []


def test_the_page_lists_the_alerts() -> None:
    (group,) = _yaml(ALERTS)["groups"]
    page = (DOCKER / "README.md").read_text("utf-8")
    assert re.findall(r"^\| `(Spanlight\w+)` \|", page, re.MULTILINE) == [
        rule["alert"] for rule in group["rules"]
    ]


def test_every_alert_says_what_to_do() -> None:
    (group,) = _yaml(ALERTS)["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert {"summary", "action"} == set(rule["annotations"])


def test_the_job_of_the_alerts_is_the_one_that_is_scraped() -> None:
    (job,) = _yaml(PROMETHEUS)["scrape_configs"]
    text = ALERTS.read_text("utf-8") + DASHBOARD.read_text("utf-8").replace("\\", "")
    assert set(re.findall(r'job="(\w+)"', text)) == {job["job_name"]}


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    places = [
        (x, y)
        for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24


def test_prometheus_accepts_the_rules() -> None:
    assert "SUCCESS" in _run("promtool", "check", "rules", str(ALERTS))


def test_alerts_are_raised_in_trouble_and_only_then() -> None:
    assert "SUCCESS" in _run("promtool", "test", "rules", "tests/docker/alerts_test.yml")


# Units


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_exposes_little(unit: Path) -> None:
    said = _run("systemd-analyze", "security", "--offline=true", "--no-pager", str(unit))
    levels = re.findall(r"exposure level for \S+: ([\d.]+)", said)
    assert [float(level) < 3 for level in levels] == [True]


def test_both_units_have_the_same_restrictions() -> None:
    server, index = (_restrictions(unit) for unit in UNITS)
    assert server == index
    assert len(server) > 20


def test_a_unit_gives_the_server_time_to_finish() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNITS[0].read_text("utf-8"), re.MULTILINE)
    assert int(seconds) > ServerSettings.model_fields["time_limit_s"].default + 1


# Containers


def test_a_pod_has_time_to_finish() -> None:
    pod = _documents(DOCKER / "kubernetes.yaml")[0]["spec"]["template"]["spec"]
    server = next(each for each in pod["containers"] if each["name"] == "api")
    (_, wait_s) = server["lifecycle"]["preStop"]["exec"]["command"]
    limit_s = ServerSettings.model_fields["time_limit_s"].default
    assert pod["terminationGracePeriodSeconds"] > int(wait_s) + limit_s + 1


def test_a_pod_mounts_what_it_declares() -> None:
    pod = _documents(DOCKER / "kubernetes.yaml")[0]["spec"]["template"]["spec"]
    declared = {volume["name"] for volume in pod["volumes"]}
    for container in pod["initContainers"] + pod["containers"]:
        assert {mount["name"] for mount in container["volumeMounts"]} <= declared


def test_the_compose_file_passes_on_every_setting() -> None:
    passed = _yaml(DOCKER / "compose.yaml")["services"]["api"]["environment"]
    wanted = ServerSettings.model_fields.keys() - PLACES
    assert sorted(name for name in wanted if f"SPANLIGHT_{name.upper()}" not in passed) == []


def test_the_compose_file_gives_the_server_time_to_finish() -> None:
    grace = _yaml(DOCKER / "compose.yaml")["services"]["api"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > ServerSettings.model_fields["time_limit_s"].default + 1


def _restrictions(unit: Path) -> list[str]:
    """Return what limits the process, apart from what depends on whether it has a network."""
    lines = [line for line in unit.read_text("utf-8").splitlines() if not line.startswith("#")]
    begin = lines.index("ProtectSystem=strict")
    limits = [line for line in lines[begin:] if "=" in line and not line.startswith("WantedBy")]
    return [line for line in limits if line.partition("=")[0] not in ABOUT_NETWORK]


def _documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text("utf-8")))


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _run(program: str, *arguments: str) -> str:
    """Return what the program says, or skip the test if it is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run(
        [program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
