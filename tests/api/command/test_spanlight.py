"""`spanlight COMMAND`: each command uses its own name."""

import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from tomllib import loads

import pytest

from api.command.spanlight import main
from indexer.command.version import version
from indexer.index.folder import IndexFolder
from tests.imported_modules import printed_and_imported
from tests.indexer.builds import NIGHT, write_files

ROOT = Path(__file__).parents[3]
SCRIPT = loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]["spanlight"]
COMMANDS = (
    *("search", "cite", "verify", "open", "status"),
    *("index", "serve", "mcp", "keys", "backup", "evaluate", "completion"),
)
Captured = pytest.CaptureFixture[str]


def test_the_help_lists_every_command(capsys: Captured) -> None:
    assert main([]) == main(["--help"]) == main(["-h"]) == 0
    shown = capsys.readouterr().out
    assert tuple(re.findall(r"^  (\w+) ", shown, re.MULTILINE)) == 3 * COMMANDS


def test_the_version_is_that_of_the_package(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"spanlight {version()}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_begins_with_its_name(command: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: spanlight {command} ")
    assert ".py" not in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_an_error_begins_with_the_name_of_the_command(command: str, capsys: Captured) -> None:
    assert main([command, "--nothing"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"spanlight {command}: ")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("indx", "there is no command 'indx'; did you mean 'index'?"),
        ("reindex", "there is no command 'reindex'; did you mean 'index'?"),
        ("server", "there is no command 'server'; did you mean 'serve'?"),
        ("--quiet", "there is no command '--quiet'; choose one of search, cite, verify, open, "),
        ("\x1b[2J", "there is no command '\\x1b[2J'; choose one of search, "),
    ],
)
def test_an_unknown_command_suggests_the_nearest_one(
    name: str, told: str, capsys: Captured
) -> None:
    assert main([name, "documents"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"spanlight: {told}")
    assert said.count("\n") == 1


def test_the_installed_command_runs_and_its_help_loads_nothing_heavy() -> None:
    script = EntryPoint("spanlight", SCRIPT, "console_scripts")
    assert script.load() is main
    call = f"import sys; from {script.module} import {script.attr}; sys.exit({script.attr}())"
    printed, imported = printed_and_imported(["-c", call, "--help"])
    assert printed.startswith("usage: spanlight FOLDER")
    assert "difflib" in imported
    assert imported.isdisjoint({"numpy", "pydantic", "fastapi", "tantivy", "faiss", "torch"})


INDEX_COMMANDS = {
    "reindex.py": ("scripts/reindex.py",),
    "python -m indexer": ("-m", "indexer"),
    "spanlight index": (
        *("-c", "import sys; from api.command.spanlight import main; sys.exit(main())"),
        "index",
    ),
}


@pytest.mark.parametrize("program", INDEX_COMMANDS)
def test_every_name_of_the_command_indexes_alike(program: str, tmp_path: Path) -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *INDEX_COMMANDS[program], *arguments],
            cwd=ROOT,
            env=os.environ | {"SPANLIGHT_INDEX": str(tmp_path / "index")},
            capture_output=True,
            text=True,
            check=False,
        )

    folder = tmp_path / "docs"
    folder.mkdir()
    write_files(folder, night=NIGHT)
    done = run(str(folder), "--model", "none")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Indexed {folder} into {tmp_path / 'index'}\n")
    manifest = IndexFolder(tmp_path / "index").current().manifest
    assert (manifest.folder, manifest.documents) == (str(folder), 1)
    wrong = run(str(folder / "nowhere"))
    assert wrong.returncode == 2
    assert wrong.stderr.startswith(f"{program}: there is no folder ")
    assert run("--help").stdout.startswith(f"usage: {program} FOLDER [OPTION...]\n")
