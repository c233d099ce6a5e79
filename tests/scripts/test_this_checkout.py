import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
STARTED = sorted(
    path.name
    for path in SCRIPTS.glob("*.py")
    if "import this_checkout" in path.read_text("utf-8") and path.stem != "this_checkout"
)


def test_every_script_that_starts_a_command_runs_its_own_checkout() -> None:
    assert {"reindex.py", "keys.py", "backup.py", "evaluate.py", "stress.py"} <= set(STARTED)


@pytest.mark.parametrize("name", STARTED)
def test_a_script_runs_the_code_beside_it(tmp_path: Path, name: str) -> None:
    # The installed Spanlight is another checkout.
    script = (SCRIPTS / name).read_text("utf-8")
    module = next(line.split()[1] for line in script.splitlines() if line.endswith("import main"))
    (tmp_path / "scripts").mkdir()
    for each in (name, "this_checkout.py"):
        shutil.copy(SCRIPTS / each, tmp_path / "scripts")
    (tmp_path / "indexer" / "command").mkdir(parents=True)
    shutil.copy(SCRIPTS.parent / "indexer/command/version.py", tmp_path / "indexer" / "command")
    path = tmp_path.joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    top = tmp_path / module.split(".")[0]
    for folder in {top, *(each for each in path.parents if each.is_relative_to(top))}:
        (folder / "__init__.py").touch()
    path.write_text("def main(**_):\n    print('the other checkout')\n")
    done = subprocess.run(
        [sys.executable, tmp_path / "scripts" / name], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("the other checkout\n", "")


@pytest.mark.parametrize(
    "started", [["-m", "api"], ["-m", "indexer"], *(["scripts/" + name] for name in STARTED)]
)
def test_a_python_without_the_packages_is_told_in_one_line(started: list[str]) -> None:
    # Without its site, a Python finds no packages.
    done = subprocess.run(
        [sys.executable, "-S", *started],
        cwd=SCRIPTS.parent,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (said,) = done.stderr.splitlines()
    assert said.startswith(
        f"Spanlight's packages are not installed for this Python ({sys.executable}); "
    )
    assert re.search(r"; (use /.*/\.venv/bin/python|run /.*/scripts/run first)$", said)
