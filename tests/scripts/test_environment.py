"""The input of scripts/environment.sh to pip, and its message when pip refuses."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "environment.sh"
PINS = """\
pip==26.3 \\
    --hash=sha256:aa
tiny==1.0 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
torch==2.13.0 \\
    --hash=sha256:dd
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project whose environment has a Python and nothing else."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / ".venv" / "spanlight-state").touch()
    (tmp_path / "constraints.txt").write_text(PINS)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["tiny>=1", "six"]\n')
    return tmp_path


def bash(place: Path, commands: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [shutil.which("bash") or "bash", "-c", f"set -euo pipefail; source {SCRIPT}; {commands}"],
        cwd=place,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_pin_has_all_of_its_hashes(place: Path) -> None:
    done = bash(place, "write_requirements; pins_of tiny; cat $FIRST_PINS $DEPENDENCIES")
    assert done.stdout == (
        "tiny==1.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
        "pip==26.3 \\\n    --hash=sha256:aa\n"
        "tiny>=1\nsix\n"
    )


def test_another_build_of_torch_may_be_named_by_its_hash(place: Path) -> None:
    own = "0f" * 32
    done = bash(place, "write_requirements; pins_of torch", SPANLIGHT_TORCH_SHA256=own)
    assert done.stdout == f"torch==2.13.0 \\\n    --hash=sha256:{own} \\\n    --hash=sha256:dd\n"


def test_an_invalid_hash_is_refused(place: Path) -> None:
    done = bash(place, "install_packages", SPANLIGHT_TORCH_SHA256="abc")
    assert done.returncode == 1
    assert "SPANLIGHT_TORCH_SHA256 is not a SHA-256 hash: abc" in done.stderr


def test_a_file_with_another_hash_is_refused_and_explained(place: Path) -> None:
    wheel = write_wheel(place)
    (place / "needed.txt").write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    install = 'run_pip install --dry-run "${CHECKED[@]}" --requirement needed.txt'
    links = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(place)}
    done = bash(place, install, **links)
    assert done.returncode == 1
    assert f"Got        {hashlib.sha256(wheel.read_bytes()).hexdigest()}" in done.stderr
    assert "Error: The hash of a file is not in constraints.txt" in done.stderr


def test_a_file_without_a_known_hash_is_refused(place: Path) -> None:
    write_wheel(place)
    (place / "needed.txt").write_text("tiny==1.0\n")
    install = 'run_pip install --dry-run "${CHECKED[@]}" --requirement needed.txt'
    done = bash(place, install, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(place))
    assert done.returncode == 1
    assert "Hashes are required" in done.stderr


def write_wheel(place: Path) -> Path:
    path = place / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr(
            "tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
        )
        wheel.writestr(
            "tiny-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return path
