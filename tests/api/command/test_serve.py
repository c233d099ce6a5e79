"""The options of the server, and its configuration file."""

from pathlib import Path

import httpx2
import pytest

from api.command.serve import main
from tests.api.served_index import wait_until, write
from tests.api.server_process import server_process


def test_a_server_and_its_builds_read_the_configuration_file(tmp_path: Path) -> None:
    write(tmp_path / "documents", "a.txt", "Die Fähren fahren mittags.\n")
    path = tmp_path / "spanlight.toml"
    path.write_text('index = "index"\nfolder = "documents"\nmodel = "none"\nlanguage = "german"\n')
    with server_process("--config", str(path)) as server:
        assert httpx2.post(f"{server.address}v1/reindex").status_code == 202
        wait_until(lambda: httpx2.get(f"{server.address}readyz").status_code == 200, 60)
        status = httpx2.get(f"{server.address}v1/status").json()
    assert (status["model"], status["language"]) == ("none", "german")
    assert status["folder"] == str(tmp_path / "documents")
    assert (tmp_path / "index").is_dir()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 8000", "prot in {} is not a setting; did you mean port?"),
        ('port = "eighty"', "port in {} is 'eighty': "),
        ("port = ", "the configuration file {} is not valid TOML"),
        ('allowed_hosts = ["search.example"]', "as search.example (SPANLIGHT_ALLOWED_HOSTS), but"),
    ],
)
def test_a_mistake_in_the_file_is_told_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    told: str,
) -> None:
    # The command sets it for its builds; this puts it back after the test.
    monkeypatch.setenv("SPANLIGHT_CONFIG", "")
    path = tmp_path / "spanlight.toml"
    path.write_text(text)
    options = ["--index", str(tmp_path / "index")]
    if "port" not in text:
        options += ["--port", "0"]
    assert main(["--config", str(path), *options]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert told.format(path) in said
