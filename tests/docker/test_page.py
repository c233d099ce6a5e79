"""docker/README.md is true: its commands run in order on a Debian machine, and its files do there
what the page says.

The machine exists only for this test (machine.sh): a copy of the file system in memory, a network
of its own, and systemd as the first process.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.model

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = ["nginx", "haproxy", "caddy", "prometheus", "promtool", "openssl", "curl", "git"]
DEBIAN_PYTHON = "/usr/bin/python3"
SYSTEMD = Path("/lib/systemd/systemd")
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# The machine has no network to install from, and no Docker.
NOT_RUN = ("prepare_environment", "git pull", "docker compose", "docker build")
NEEDED_SECTIONS = {
    "On one machine",
    "Behind a proxy",
    "Below a path",
    "Monitoring",
    "Restart without a gap",
    "Upgrade",
}
# The form, and the key that is sent with it.
REQUESTS_OF_A_SIGN_IN = 2


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what the checks wrote after each section of the page had run."""
    if (reason := _reason_to_skip()) is not None:
        pytest.skip(reason)
    scratch = tmp_path_factory.mktemp("machine")
    (scratch / "script.sh").write_text(_script(), "utf-8")
    places = [str(scratch), str(ROOT), sysconfig.get_path("purelib")]
    done = subprocess.run(
        ["timeout", "--signal=KILL", "400", "bash", str(HERE / "machine.sh"), *places],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    log = scratch / "out" / "log"
    said = (
        log.read_text("utf-8", "replace")[-5_000:] if log.exists() else "the machine wrote nothing"
    )
    assert done.returncode == 0, said + done.stdout + done.stderr
    return scratch / "out"


# On one machine


def test_the_units_are_sound(results: Path) -> None:
    assert _read(results, "verify") == ""


def test_the_units_expose_little(results: Path) -> None:
    levels = re.findall(r"exposure level for (\S+): ([\d.]+)", _read(results, "security"))
    assert len(levels) == 2
    assert all(float(level) < 3 for _, level in levels)


def test_the_server_answers_under_its_restrictions(results: Path) -> None:
    assert _is_hit(_read(results, "search"))


def test_a_reload_of_the_service_reads_everything_again(results: Path) -> None:
    assert "read everything again" in _read(results, "reload")


def test_the_server_builds_under_its_restrictions(results: Path) -> None:
    assert json.loads(_read(results, "job"))["state"] == "succeeded"


def test_keys_belong_to_the_service(results: Path) -> None:
    assert _read(results, "keys") == "spanlight 600\n"


# Behind a proxy


@pytest.mark.parametrize("name", ["redirect", "haproxy-redirect", "caddy-redirect"])
def test_port_80_leads_to_tls(results: Path, name: str) -> None:
    headers = _read(results, name).lower()
    assert re.match(r"http/1.1 30[18] ", headers)
    assert "location: https://search.example/" in headers


@pytest.mark.parametrize("name", ["sign-in", "sign-in-8443", "haproxy-sign-in", "caddy-sign-in"])
def test_people_sign_in_on_any_port(results: Path, name: str) -> None:
    headers = _read(results, name).lower()
    assert re.match(r"http/[\d.]+ 303 ", headers)
    assert "location: /index" in headers
    assert re.search(r"set-cookie: .*secure", headers)


def test_people_sign_in_below_a_path(results: Path) -> None:
    headers = _read(results, "path-sign-in").lower()
    assert re.match(r"http/[\d.]+ 303 ", headers)
    assert "location: /search/index" in headers


def test_the_other_site_keeps_its_pages(results: Path) -> None:
    assert _read(results, "path-neighbour") == "the other site"


def test_rules_of_the_other_site_do_not_apply_below_the_path(results: Path) -> None:
    assert _read(results, "path-static") == "200"


@pytest.mark.parametrize("name", ["sign-in", "haproxy-sign-in", "caddy-sign-in"])
def test_browsers_are_told_to_insist_on_tls(results: Path, name: str) -> None:
    assert "strict-transport-security: max-age=31536000" in _read(results, name).lower()


@pytest.mark.parametrize(
    "name",
    [
        "nginx-search",
        "socket-search",
        "path-search",
        "haproxy-search",
        "haproxy-shortest-check",
        "caddy-search",
    ],
)
def test_a_search_goes_through(results: Path, name: str) -> None:
    assert _is_hit(_read(results, name))


@pytest.mark.parametrize("name", ["client", "socket-client"])
def test_the_log_has_the_address_of_the_client(results: Path, name: str) -> None:
    assert '"route": "/v1/search"' in _read(results, name)


def test_only_nginx_reaches_the_socket(results: Path) -> None:
    folder, socket = _read(results, "socket").splitlines()
    assert folder == "spanlight www-data 750"
    assert re.fullmatch(r"spanlight www-data 7?[67][67]0", socket)


def test_nobody_pretends_to_have_another_address(results: Path) -> None:
    assert "192.0.2.66" not in _read(results, "pretended")


@pytest.mark.parametrize("name", ["flood", "sign-in-flood", "path-sign-in-flood", "haproxy-flood"])
def test_a_flood_from_one_address_is_refused(results: Path, name: str) -> None:
    statuses = Counter(_read(results, name).split())
    assert set(statuses) == {"200", "429"}


def test_twenty_people_of_an_office_can_sign_in_at_once(results: Path) -> None:
    statuses = Counter(_read(results, "sign-in-flood").split())
    assert statuses["200"] >= 20 * REQUESTS_OF_A_SIGN_IN


def test_a_flood_does_not_reach_other_addresses(results: Path) -> None:
    assert _read(results, "flood-neighbour").split() == ["200"]


def test_the_log_of_nginx_has_no_queries(results: Path) -> None:
    log = _read(results, "nginx-log")
    assert '"GET /v1/search"' in log
    assert "bridge" not in log


# Monitoring


def test_prometheus_finds_no_fault_with_the_metrics(results: Path) -> None:
    assert _read(results, "check-metrics") == ""


def test_prometheus_scrapes_the_server_with_its_key(results: Path) -> None:
    (target,) = json.loads(_read(results, "prometheus"))["targets"]
    assert target["health"] == "up"


def test_no_alert_is_raised_on_a_sound_server(results: Path) -> None:
    rules = json.loads(_read(results, "prometheus"))["rules"]
    assert len(rules) >= 10
    assert {(rule["health"], rule["state"]) for rule in rules} == {("ok", "inactive")}


def test_the_dashboard_shows_something_everywhere(results: Path) -> None:
    found = json.loads(_read(results, "prometheus"))
    assert found["queries"] > 15
    assert found["errors"] == []
    assert found["empty"] == []


# Restart and upgrade


def test_no_request_fails_while_the_servers_are_restarted(results: Path) -> None:
    statuses = Counter(_read(results, "statuses-during-restart").split())
    assert set(statuses) == {"200"}
    assert statuses["200"] > 20


def test_an_upgrade_restarts_every_server(results: Path) -> None:
    before = _read(results, "servers-before-upgrade").split()
    after = _read(results, "servers-after-upgrade").split()
    assert len(before) == len(after) == 2
    assert not {"0", *before} & set(after)


def test_the_upgraded_server_answers(results: Path) -> None:
    assert _is_hit(_read(results, "upgraded-search"))


def test_the_backup_has_the_index_and_the_keys(results: Path) -> None:
    assert len(_read(results, "backups").splitlines()) == 2


def test_sigterm_ends_the_service_cleanly(results: Path) -> None:
    assert _read(results, "stopped") == "Result=success\n"


def test_the_page_has_what_is_run() -> None:
    assert not NEEDED_SECTIONS - {name for name, _ in _sections()}
    assert sum(len(blocks) for _, blocks in _sections()) >= 10


def _script() -> str:
    """Return the commands of the page, with the checks before and after each section."""
    lines = [
        "set -Eeuo pipefail",
        "trap 'journalctl --no-pager --lines 30' ERR",
        "export HF_HUB_OFFLINE=1",
        "source tests/docker/checks.sh",
    ]
    for name, blocks in _sections():
        function = name.lower().replace(" ", "_")
        lines += [f"echo '## {name}'", _call(f"before_{function}")]
        lines += ["set -x", *blocks, "{ set +x; } 2>/dev/null", _call(f"after_{function}")]
    return "\n".join(lines) + "\n"


def _call(function: str) -> str:
    return f"if declare -F {function} >/dev/null; then {function}; fi"


def _sections() -> list[tuple[str, list[str]]]:
    """Return the names of the sections with the blocks that the machine can run."""
    text = (ROOT / "docker" / "README.md").read_text("utf-8")
    _, *parts = SECTION.split(text)
    found = zip(parts[::2], (BLOCK.findall(body) for body in parts[1::2]), strict=True)
    return [
        (name, [block for block in blocks if not any(word in block for word in NOT_RUN)])
        for name, blocks in found
    ]


def _reason_to_skip() -> str | None:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "only root can start a machine"
    if not SYSTEMD.exists():
        return "systemd is not installed"
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"not installed: {', '.join(missing)}"
    if not _is_pythons_version(DEBIAN_PYTHON):
        return f"{DEBIAN_PYTHON} is not the Python version of these packages"
    cgroups = subprocess.run(
        ["findmnt", "--types", "cgroup2", "--noheadings"], capture_output=True, check=False
    )
    if cgroups.returncode != 0 or not os.access("/sys/fs/cgroup", os.W_OK):
        return "no cgroup can be made"
    return None


def _is_pythons_version(python: str) -> bool:
    code = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.split() == [str(number) for number in sys.version_info[:2]]


def _read(results: Path, name: str) -> str:
    return (results / name).read_text("utf-8")


def _is_hit(answer: str) -> bool:
    return "bridge" in json.loads(answer)["hits"][0]["text"]
