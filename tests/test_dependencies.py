"""The program runs with its own dependencies alone, and CONTRIBUTING.md lists them."""

import json
import os
import re
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterable
from importlib.metadata import distributions, packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.documenting.dependencies import licence_of, required

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NEEDED = PROJECT["project"]["dependencies"]
GROUPS = PROJECT["dependency-groups"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
PAGE = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
TABLES = PAGE.partition("\n## Dependencies\n")[2]
# The licence of each package.
ROWS = dict(re.findall(r"^\| `([\w.-]+)` \| ([^|]+) \| [^|]+ \|$", TABLES, re.MULTILINE))
# The groups that scripts/test does not install.
OPTIONAL_GROUPS = ("audit", "fuzz", "peers")
PACKAGES = {canonicalize_name(each.name) for each in distributions()}
INSTALLED = [name for name in ROWS if canonicalize_name(name) in PACKAGES]
# Hides everything that the program does not need; child processes also start with it.
HIDE = """
import sys
from importlib.machinery import PathFinder

HIDDEN = frozenset({names!r})


class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        hidden = name.partition(".")[0] in HIDDEN
        return None if hidden else super().find_spec(name, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = Hiding
"""


def _closure(requirements: Iterable[str]) -> set[str]:
    """Return the names of all packages that these need on this machine, including themselves."""
    found: set[tuple[str, str]] = set()
    left = [Requirement(each) for each in requirements]
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras} - {extra for each, extra in found if each == name}:
            found.add((name, extra))
            needed = [Requirement(each) for each in requires(name) or []]
            left += [
                each
                for each in needed
                if each.marker is None or each.marker.evaluate({"extra": extra})
            ]
    return {name for name, _ in found}


def _modules_of_others() -> set[str]:
    """Return the top-level modules here that no dependency of the program needs."""
    needed = _closure(NEEDED) | {"spanlight"}
    return {
        module
        for module, packages in packages_distributions().items()
        if needed.isdisjoint(canonicalize_name(each) for each in packages)
    }


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment whose processes find only the packages that the program needs."""
    hidden = _modules_of_others()
    assert {"pytest", "hypothesis", "mypy", "psutil", "schemathesis"} <= hidden
    (tmp_path / "sitecustomize.py").write_text(HIDE.format(names=sorted(hidden)))
    return os.environ | {"PYTHONPATH": str(tmp_path)}


def test_packages_of_the_groups_are_hidden(bare: dict[str, str]) -> None:
    done = _run([sys.executable, "-c", "import pytest"], bare)
    assert "No module named 'pytest'" in done.stderr


@pytest.mark.parametrize("model", ["none", pytest.param("default", marks=pytest.mark.model)])
def test_it_runs_without_development_dependencies(
    model: str, bare: dict[str, str], tmp_path: Path
) -> None:
    documents, index = tmp_path / "documents", tmp_path / "index"
    documents.mkdir()
    (documents / "bridge.md").write_text("# Bridge\n\nThe bridge was closed by a storm.\n")
    options = ["--model", "none"] if model == "none" else []
    built = _run(
        [sys.executable, "scripts/reindex.py", str(documents), "--index", str(index), *options],
        bare,
    )
    assert built.returncode == 0, built.stderr
    with subprocess.Popen(
        [sys.executable, "-m", "api", "--index", str(index), "--port", "0"],
        cwd=ROOT,
        env=bare,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1]
            found = json.loads(_get(f"{address}v1/search?q=storm&mode=lexical"))
            assert [hit["document"]["path"] for hit in found["hits"]] == ["bridge.md"]
            assert b"<mark" in _get(f"{address}?q=storm")
            assert b"spanlight_requests_total" in _get(f"{address}metrics")
        finally:
            server.terminate()


def test_evaluating_without_its_extra_says_how_to_install_it(
    bare: dict[str, str], tmp_path: Path
) -> None:
    done = _run([sys.executable, "scripts/evaluate.py", str(tmp_path)], bare)
    assert done.returncode == 1
    assert done.stderr == (
        "evaluate.py: the package ir-measures, which measures relevance, is not installed; install "
        f"what evaluation needs with: {sys.executable} -m pip install ir-measures leather\n"
    )


def test_packages_of_an_extra_are_pinned_and_tested_with_a_group() -> None:
    assert {"evaluate"} == EXTRAS.keys()
    assert set(EXTRAS["evaluate"]) <= set(GROUPS["bench"])


def test_every_dependency_is_listed_and_nothing_else() -> None:
    assert {canonicalize_name(name) for name in ROWS} == required()


def test_nothing_is_missing_but_what_few_need() -> None:
    optional = [Requirement(each).name for name in OPTIONAL_GROUPS for each in GROUPS[name]]
    missing = ROWS.keys() - INSTALLED
    assert {canonicalize_name(name) for name in missing} <= set(map(canonicalize_name, optional))


@pytest.mark.parametrize("name", INSTALLED)
def test_the_listed_licence_matches_the_package(name: str) -> None:
    assert ROWS[name] == licence_of(name)


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:
        content: bytes = answer.read()
    return content


def _run(command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
