"""The README tells the truth: what it lists exists, what exists is listed, its examples run."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.contract.search import SearchRequest
from api.query.query import SYNTAX
from api.settings import ServerSettings
from indexer import errors

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = (
    *("reindex", "keys", "backup", "evaluate", "benchmark", "compare_commits", "pin_packages"),
    "stress",
)


def test_every_setting_of_the_server_is_in_the_readme() -> None:
    missing = [
        variable
        for name in ServerSettings.model_fields
        if f"`{(variable := f'SPANLIGHT_{name.upper()}')}`" not in README
    ]
    assert not missing


def test_every_setting_in_the_readme_exists() -> None:
    sources = "".join(
        path.read_text("utf-8")
        for folder in ("api", "indexer", "scripts")
        for path in (ROOT / folder).rglob("*.py")
    )
    known = {f"SPANLIGHT_{name.upper()}" for name in ServerSettings.model_fields}
    known |= set(re.findall(r"SPANLIGHT_[A-Z_]+", sources))
    assert set(re.findall(r"`(SPANLIGHT_[A-Z_]+)`", README)) <= known


def test_every_error_code_is_in_the_readme() -> None:
    found = [getattr(errors, name) for name in errors.__all__]
    kinds = [each for each in found if isinstance(each, type)]
    codes = {kind.code for kind in kinds if issubclass(kind, errors.SpanlightError)}
    codes -= {"spanlight_error"}
    codes |= {"method_not_allowed", "internal_error"}
    assert not [code for code in sorted(codes) if f"| `{code}` |" not in README]


def test_every_parameter_of_a_search_is_in_the_readme() -> None:
    assert not [name for name in SearchRequest.model_fields if f"`{name}`" not in README]


def test_the_query_language_is_in_the_readme() -> None:
    assert not [row for row in SYNTAX if f"| `{row.example}` | {row.meaning} |" not in README]


def test_every_option_of_reindexing_is_in_the_readme() -> None:
    shown = _run(sys.executable, "scripts/reindex.py", "--help")
    options = set(re.findall(r"^  (--[a-z-]+)", shown, re.MULTILINE))
    assert options
    assert not [option for option in sorted(options) if f"`{option}" not in README]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_text(command: str) -> None:
    assert "usage:" in _run(sys.executable, f"scripts/{command}.py", "--help")


def test_every_module_and_test_in_the_threat_model_exists() -> None:
    text = (ROOT / "api/web/THREATS.md").read_text("utf-8")
    paths = re.findall(r"`([\w/]+(?:\.py|\.sh|\.txt|/))`", text)
    assert len(paths) > 20
    assert not [
        path for path in paths if not (ROOT / path).exists() and not (ROOT / "api" / path).exists()
    ]


def test_every_path_in_the_readme_exists() -> None:
    paths = re.findall(r"\]\(([^)#:]+)\)", README)
    paths += re.findall(r"`((?:api|indexer|scripts|tests|docker)/[\w./-]*)`", README)
    assert paths
    assert not [path for path in paths if not (ROOT / path).exists()]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample corpus, served by the commands that the README gives."""
    index = tmp_path_factory.mktemp("readme") / "index"
    _run(
        *(sys.executable, "scripts/reindex.py", "tests/relevance/corpus"),
        *("--index", str(index), "--model", "none"),
    )
    server = subprocess.Popen(
        [sys.executable, "-m", "api", "--index", str(index), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        yield re.findall(r"http://[\d.:]+", server.stdout.readline())[0]
    finally:
        server.terminate()
        server.wait(timeout=30)
        assert server.stdout is not None
        server.stdout.close()


def test_the_python_example_runs(address: str) -> None:
    code = _example("python").replace("http://127.0.0.1:8000", address)
    assert "bridge" in _run(sys.executable, "-c", code)


def test_the_javascript_example_runs(address: str, tmp_path: Path) -> None:
    script = tmp_path / "check.mjs"
    script.write_text(_example("javascript").replace("http://127.0.0.1:8000", address), "utf-8")
    assert "bridge" in _run(_node(), str(script))


def _example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def _node() -> str:
    """Return Node.js: the system's, or the one that Playwright brings."""
    import playwright

    bundled = Path(playwright.__file__).parent / "driver" / "node"
    return shutil.which("node") or str(bundled)


def _run(*command: str) -> str:
    environment = os.environ | {"COLUMNS": "200"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
