"""Variables named SPANLIGHT_: known ones are read, and any other is a mistake."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from api.settings import ServerSettings
from indexer.command.environment import (
    ASKING,
    BUILDING,
    ELSEWHERE,
    PREFIX,
    SERVING,
    read_configuration,
    refuse_unknown_variables,
    with_configuration,
)
from indexer.command.options import parse_options
from indexer.command.version import version
from indexer.errors import InvalidSetting

ROOT = Path(__file__).parents[3]
SPANLIGHT = "import sys; from api.command.spanlight import main; sys.exit(main(sys.argv[1:]))"
# How each command is started, and options with which it would run.
COMMANDS = {
    "reindex": (["scripts/reindex.py"], [".", "--dry-run"]),
    "indexer": (["-m", "indexer"], [".", "--dry-run"]),
    "api": (["-m", "api"], []),
    "keys": (["scripts/keys.py"], ["list"]),
    "backup": (["scripts/backup.py"], ["a", "b"]),
    "evaluate": (["scripts/evaluate.py"], ["a"]),
    "benchmark": (["scripts/benchmark.py"], ["start", "--index", "a"]),
    "spanlight serve": (["-c", SPANLIGHT, "serve"], []),
}


def run_mistaken(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"SPANLIGHT_ALOWED_HOSTS": "search.example"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("mistaken", "meant"),
    [
        ("SPANLIGHT_ALOWED_HOSTS", "SPANLIGHT_ALLOWED_HOSTS"),
        ("SPANLIGHT_ALLOWED_HOST", "SPANLIGHT_ALLOWED_HOSTS"),
        ("SPANLIGHT_KEY", "SPANLIGHT_KEYS"),
        ("spanlight_prot", "SPANLIGHT_PORT"),
        ("SPANLIGHT_MODLE", "SPANLIGHT_MODEL"),
    ],
)
def test_a_mistyped_name_is_refused_with_the_nearest(mistaken: str, meant: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{mistaken} is not a setting; did you mean {meant}"):
        refuse_unknown_variables({mistaken: "x"})


def test_a_name_like_no_other_is_refused_too() -> None:
    with pytest.raises(InvalidSetting, match="SPANLIGHT_ZZZ is not a setting; unset it"):
        refuse_unknown_variables({"SPANLIGHT_ZZZ": "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("SPANLIGHT_PORT", "8000"), ("spanlight_port", "8000"), ("SPANLIGHT_CPUS", "2")],
        # An empty variable counts as unset.
        *[("SPANLIGHT_ALOWED_HOSTS", ""), ("OTHER", "x"), ("SPANLIGHT", "x")],
        # What Kubernetes sets for services called "spanlight" and "spanlight-api".
        *[("SPANLIGHT_SERVICE_HOST", "10.0.0.1"), ("SPANLIGHT_SERVICE_PORT_HTTP", "80")],
        *[("SPANLIGHT_PORT_80_TCP_ADDR", "10.0.0.1"), ("SPANLIGHT_PORT_80_TCP", "tcp://10.0.0.1")],
        *[("SPANLIGHT_API_SERVICE_HOST", "10.0.0.1"), ("SPANLIGHT_API_PORT", "tcp://10.0.0.1:80")],
    ],
)
def test_other_variables_are_none_of_our_business(name: str, value: str) -> None:
    refuse_unknown_variables({name: value})


def test_every_setting_of_the_server_is_known() -> None:
    assert sorted(ServerSettings.model_fields) == sorted(SERVING)


def test_every_name_in_the_project_is_known() -> None:
    known = {PREFIX + name.upper() for name in BUILDING | SERVING | ASKING | ELSEWHERE}
    places = [*ROOT.glob("scripts/*"), *ROOT.glob("docker/**/*"), *ROOT.rglob("README.md")]
    for path in places:
        if path.is_file() and ".venv" not in path.parts:
            named = re.findall(rf"\b{PREFIX}[A-Z0-9_]*[A-Z0-9]\b", path.read_text("utf-8"))
            assert set(named) <= known, path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_a_mistyped_name(command: str) -> None:
    start, options = COMMANDS[command]
    done = run_mistaken(*start, *options)
    assert done.returncode == 2
    assert "SPANLIGHT_ALOWED_HOSTS is not a setting; did you mean SPANLIGHT_ALLOWED" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_its_version(command: str) -> None:
    done = run_mistaken(*COMMANDS[command][0], "--version")
    assert (done.returncode, done.stdout) == (0, f"spanlight {version()}\n")


def test_the_set_up_shows_the_version_of_its_checkout() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    command = [str(ROOT / "scripts" / "run"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"spanlight {project['version']}\n"


def test_a_mistyped_name_does_not_hide_the_help() -> None:
    done = run_mistaken("-m", "api", "--help")
    assert (done.returncode, done.stdout[:7]) == (0, "usage: ")


# The configuration file


def configuration(folder: Path, text: str) -> Path:
    path = folder / "spanlight.toml"
    path.write_text(text)
    return path


def test_a_file_sets_what_the_environment_does_not(tmp_path: Path) -> None:
    path = configuration(tmp_path, 'model = "none"\nlanguage = "german"\nmax_file_bytes = 10')
    given = {"SPANLIGHT_CONFIG": str(path), "SPANLIGHT_LANGUAGE": "french", "SPANLIGHT_MODEL": ""}
    options = parse_options(["docs"], given)
    assert (options.model, options.language, options.max_file_bytes) == ("none", "french", 10)
    options = parse_options(["docs", "--config", str(path), "--model", "m"], {})
    assert (options.model, options.language, options.max_file_bytes) == ("m", "german", 10)


def test_the_option_overrides_the_file_that_the_environment_names(tmp_path: Path) -> None:
    path = configuration(tmp_path, 'model = "none"')
    given = {"SPANLIGHT_CONFIG": str(tmp_path / "missing.toml")}
    assert with_configuration(given, str(path))["SPANLIGHT_MODEL"] == "none"


def test_paths_begin_at_the_folder_of_the_file(tmp_path: Path) -> None:
    path = configuration(tmp_path, 'index = "a/index"\nkeys = "/b/keys.json"\nfolder = "."')
    assert read_configuration(path) == {
        "index": f"{tmp_path}/a/index",
        "keys": "/b/keys.json",
        "folder": str(tmp_path),
    }


def test_paths_of_the_file_are_shown_without_detours(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "real" / "inside").mkdir(parents=True)
    (tmp_path / "etc" / "link").symlink_to(tmp_path / "real" / "inside")
    (tmp_path / "latest").symlink_to(tmp_path / "real")
    lines = ['index = "../latest"', 'folder = ".."', 'keys = "link/../keys.json"']
    path = configuration(tmp_path / "etc", "\n".join(lines))
    assert read_configuration(path) == {
        # A link at the end may be switched while the server runs.
        "index": f"{tmp_path}/latest",
        "folder": str(tmp_path),
        "keys": f"{tmp_path}/real/keys.json",
    }


def test_settings_of_the_server_do_not_matter_to_a_build(tmp_path: Path) -> None:
    path = configuration(tmp_path, 'port = 9000\nallowed_hosts = ["search.example"]')
    given = {"SPANLIGHT_CONFIG": str(path)}
    assert with_configuration(given, None) == given


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('alowed_hosts = ["a"]', "alowed_hosts in FILE is not a setting; did you mean allowed_h"),
        ("rate-limit = 3", "rate-limit in FILE is not a setting; did you mean rate_limit"),
        ("SPANLIGHT_PORT = 1", "SPANLIGHT_PORT in FILE is not a setting; write port ("),
        ("SPANLIGHT_PROT = 1", "SPANLIGHT_PROT in FILE is not a setting; did you mean port?"),
        ("zzz = 1", "zzz in FILE is not a setting; remove it"),
        ("[server]\nport = 1", "server in FILE is not a setting"),
        # It cannot lead to another file.
        ('config = "other.toml"', "config in FILE is not a setting"),
        ('cpus = "2"', "cpus in FILE is not a setting"),
        ("port = ", "the configuration file FILE is not valid TOML: Invalid value (at end"),
        ("model = '\udcff'", "the configuration file FILE is not valid TOML: 'utf-8' codec"),
    ],
)
def test_mistakes_in_a_file_are_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "spanlight.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidSetting) as refused:
        read_configuration(path)
    assert str(refused.value).startswith(told.replace("FILE", str(path)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"file .*/none\.toml cannot be read: No such file"):
        read_configuration(tmp_path / "none.toml")
