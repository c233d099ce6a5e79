"""Write constraints.txt: the exact version of every package that the set-up commands install, and
the SHA-256 of each of its wheels on the package index.

Versions and hashes that are already in constraints.txt stay, unless --upgrade is given.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from indexer.command.arguments import Parser, run_command
from indexer.errors import StorageError, UsageError

__all__ = ["Pin", "fits", "hashes_on", "main", "read_pins", "requirements_of", "written"]

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
# `benchmark.py peers` needs hundreds of megabytes of packages that nothing else needs. Few people
# install the package for `stress.py fuzz`.
UNPINNED_GROUPS = frozenset({"fuzz", "peers"})
OLDEST_PYTHON = 11  # of Python 3
SYSTEMS = ("manylinux", "musllinux", "linux", "macosx")
PROCESSORS = ("x86_64", "aarch64", "arm64", "universal2")
INDEX_TYPE = "application/vnd.pypi.simple.v1+json"
THREADS = 8
TIMEOUT_S = 60

HEADER = """\
# The exact version of everything that scripts/run, scripts/test and scripts/audit install, and the
# SHA-256 of each of its wheels for Python 3.11 and later on Linux and macOS: pip installs nothing
# else. pyproject.toml says what is needed; a pin that a machine does not need does nothing there.
#
# torch comes in several builds. These are the hashes of the package index's own and of the build
# for CPUs, Python 3.11 and x86-64; for another one: SPANLIGHT_TORCH_SHA256 of scripts/run --help.
#
# Written by scripts/pin_packages.py.

"""
ELSEWHERE = "\n# What other machines need, such as the package index's own torch for CUDA.\n\n"


@dataclass(frozen=True, slots=True)
class Pin:
    """A package, its only allowed version, and the SHA-256 of each of its allowed files."""

    name: str
    version: str
    hashes: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The normalised name of the package. https://peps.python.org/pep-0503/"""
        return re.sub(r"[-_.]+", "-", self.name).lower()


def main(arguments: Sequence[str] | None = None, *, program: str = "pin_packages.py") -> int:
    """Return the exit code: 0, 1 if something failed, 2 if the options are wrong."""
    return run_command(program, lambda: _pin(_parser(program).parse_args(arguments)))


def _parser(program: str) -> argparse.ArgumentParser:
    parser = Parser(prog=program, description=__doc__)
    parser.add_argument(
        "--index-url",
        default=os.environ.get("PIP_INDEX_URL"),
        metavar="URL",
        help="address of a package index with PEP 691's JSON (default: $PIP_INDEX_URL)",
    )
    parser.add_argument(
        "--wheel",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="also allow this file, such as another build of torch; repeatable",
    )
    parser.add_argument(
        "--upgrade", action="store_true", help="use the newest versions that pyproject.toml allows"
    )
    return parser


def _pin(parsed: argparse.Namespace) -> None:
    if not parsed.index_url:
        raise UsageError("the address of the package index is missing; give it with --index-url")
    old = {pin.key: pin for pin in read_pins(CONSTRAINTS.read_text("utf-8"))}
    needed = {pin.key: pin for pin in _resolved([] if parsed.upgrade else list(old.values()))}
    elsewhere = [pin for key, pin in old.items() if key not in needed]

    def complete(pin: Pin) -> Pin:
        known = old.get(pin.key)
        kept = known.hashes if known is not None and known.version == pin.version else frozenset()
        found = hashes_on(_page(parsed.index_url, pin.key), pin.version)
        if not found:
            raise StorageError(f"the package index has no wheel of {pin.name} {pin.version}")
        return replace(pin, hashes=kept | found | _hashes_of_files(parsed.wheel, pin))

    with ThreadPoolExecutor(THREADS) as threads:
        pins = list(threads.map(complete, needed.values()))
        others = list(threads.map(complete, elsewhere))
    CONSTRAINTS.write_text(written(pins, others), "utf-8")


def read_pins(text: str) -> list[Pin]:
    """Return the pins in the text of a constraints file, in its order."""
    lines = text.replace("\\\n", " ").splitlines()
    found = [re.match(r"([\w.-]+)==(\S+)(.*)", line) for line in lines]
    return [
        Pin(each[1], each[2], frozenset(re.findall(r"--hash=sha256:(\w+)", each[3])))
        for each in found
        if each is not None
    ]


def written(pins: Iterable[Pin], elsewhere: Iterable[Pin]) -> str:
    """Return the text of a constraints file with these pins, each part sorted by name."""
    return HEADER + _sorted_lines(pins) + ELSEWHERE + _sorted_lines(elsewhere)


def _sorted_lines(pins: Iterable[Pin]) -> str:
    return "".join(_line(pin) for pin in sorted(pins, key=lambda pin: pin.key))


def _line(pin: Pin) -> str:
    hashes = (f"--hash=sha256:{each}" for each in sorted(pin.hashes))
    return " \\\n    ".join([f"{pin.name}=={pin.version}", *hashes]) + "\n"


def requirements_of(project: dict[str, Any]) -> list[str]:
    """Return the requirements in a pyproject.toml: to run, of its groups, and to be installed."""
    groups = project["dependency-groups"]
    return [
        *project["project"]["dependencies"],
        *(each for name in groups if name not in UNPINNED_GROUPS for each in groups[name]),
        *project["build-system"]["requires"],
        "pip",
    ]


def _resolved(known: Iterable[Pin]) -> list[Pin]:
    """Return what pip would install here, in the known versions if possible, without hashes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        constraints, report = Path(scratch, "constraints.txt"), Path(scratch, "report.json")
        constraints.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in known), "utf-8")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"),
                *("--ignore-installed", "--only-binary", ":all:"),
                *("--constraint", str(constraints), "--report", str(report)),
                *requirements_of(project),
            ],
            check=False,
        )
        if done.returncode:
            raise StorageError("pip finds no versions that fit together; its output is above")
        packages = [entry["metadata"] for entry in json.loads(report.read_bytes())["install"]]
    # The local part of a version, such as `+cpu`, distinguishes builds of the same version.
    return [Pin(each["name"], each["version"].partition("+")[0]) for each in packages]


def _page(index_url: str, name: str) -> dict[str, Any]:
    """Return the index's page of a package. https://peps.python.org/pep-0691/"""
    request = urllib.request.Request(
        f"{index_url.rstrip('/')}/{name}/", headers={"Accept": INDEX_TYPE}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            page: dict[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        raise StorageError(f"cannot read the package index's page of {name}: {error}") from error
    return page


def hashes_on(page: dict[str, Any], version: str) -> frozenset[str]:
    """Return the hashes of the version's wheels that fit."""
    return frozenset(
        file["hashes"]["sha256"]
        for file in page["files"]
        if fits(file["filename"]) and file["filename"].split("-")[1] == version
    )


def fits(filename: str) -> bool:
    """Return whether this is a wheel for a Python and a machine that Spanlight supports."""
    stem, dot, suffix = filename.rpartition(".")
    parts = stem.split("-")
    if not dot or suffix != "whl" or len(parts) < 5:
        return False
    pythons, abi, platforms = parts[-3:]
    return any(_is_new(python, abi) for python in pythons.split(".")) and any(
        platform == "any" or (platform.startswith(SYSTEMS) and platform.endswith(PROCESSORS))
        for platform in platforms.split(".")
    )


def _is_new(python: str, abi: str) -> bool:
    found = re.fullmatch(r"(py|cp)3(\d*)", python)
    return found is not None and (
        found[1] == "py" or "abi3" in abi or int(found[2] or 0) >= OLDEST_PYTHON
    )


def _hashes_of_files(paths: Iterable[Path], pin: Pin) -> frozenset[str]:
    """Return the hashes of those files that belong to the package."""
    own = [path for path in paths if Pin(path.name.partition("-")[0], "").key == pin.key]
    try:
        return frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in own)
    except OSError as error:
        raise StorageError(f"{error.filename}: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
