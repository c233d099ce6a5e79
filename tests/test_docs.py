"""The READMEs are true: their tables match the code, their links lead somewhere, and their
examples run.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import api.contract.errors
import indexer.errors
from api.contract.search import SearchRequest
from api.query.syntax import SYNTAX
from api.settings import ServerSettings
from indexer.errors import SpanlightError
from scripts.documenting.blocks import names_of_blocks
from scripts.documenting.command import DOCUMENTS, TABLES
from scripts.documenting.commands import COMMANDS
from tests.api.server_process import server_process

ROOT = Path(__file__).parent.parent
# The files of the corpora are test data, not documents for readers.
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("", ".github", "api", "docker", "indexer", "scripts", "tests")
    for path in (ROOT / folder).glob("*.md" if folder in {"", ".github"} else "**/*.md")
    if not path.is_relative_to(ROOT / "tests" / "relevance" / "corpus")
)
TEXTS = {page: (ROOT / page).read_text("utf-8") for page in PAGES}
README = TEXTS["README.md"]
API = TEXTS["api/README.md"]
# The programs in the READMEs that are not Python; their options are not checked.
OTHER_PROGRAMS = {"./scripts/run", "curl"}
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:api|indexer|scripts|tests|docker)/[\w./-]*)`")


# Tables


def test_generated_tables_are_up_to_date() -> None:
    assert _run(sys.executable, "scripts/document.py", "--check") == ""


def test_every_table_has_its_place() -> None:
    found = [name for page in DOCUMENTS for name in names_of_blocks(TEXTS[page])]
    assert sorted(found) == sorted(TABLES)


def test_every_setting_is_documented() -> None:
    missing = [
        name for name in ServerSettings.model_fields if f"| `{_variable(name)}` |" not in API
    ]
    assert not missing


def test_every_setting_in_the_documents_exists() -> None:
    sources = "".join(
        path.read_text("utf-8")
        for pattern in ("api/**/*.py", "indexer/**/*.py", "scripts/*", "docker/compose.yaml")
        for path in ROOT.glob(pattern)
        if path.is_file()
    )
    known = set(re.findall(r"SPANLIGHT_[A-Z_0-9]+", sources))
    known |= {_variable(name) for name in ServerSettings.model_fields}
    named = {name for text in TEXTS.values() for name in re.findall(r"SPANLIGHT_[A-Z_0-9]+", text)}
    assert named <= known


def test_every_error_code_is_documented() -> None:
    modules = (indexer.errors, api.contract.errors)
    found = [getattr(module, name) for module in modules for name in module.__all__]
    kinds = [each for each in found if isinstance(each, type)]
    codes = {kind.code for kind in kinds if issubclass(kind, SpanlightError)}
    codes -= {"spanlight_error"}
    codes |= {"method_not_allowed", "internal_error"}
    assert len(codes) > 30
    assert not [code for code in sorted(codes) if f"| `{code}` |" not in API]


def test_every_warning_is_documented() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "api").rglob("*.py"))
    found = set(re.findall(r'(?:_warn|Notice)\("(\w+)"|Warning\(\s*code="(\w+)"', sources))
    found |= set(re.findall(r'code = "(\w+)" if .* else "(\w+)"', sources))
    codes = {code for pair in found for code in pair if code}
    assert {"too_many_filters", "no_vectors", "model_loading", "reranker_unusable"} <= codes
    assert not [code for code in sorted(codes) if f"| `{code}` |" not in API]


def test_every_parameter_of_a_search_is_documented() -> None:
    assert not [name for name in SearchRequest.model_fields if f"| `{name}` |" not in API]


def test_the_query_language_is_documented() -> None:
    assert not [row for row in SYNTAX if f"| `{row.example}` | {row.meaning} |" not in API]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_documented(command: str) -> None:
    shown = _help(command)
    assert "usage:" in shown
    options = set(re.findall(r"^  (--[a-z-]+)", shown, re.MULTILINE))
    # Every command has this one, and scripts/README.md says so once.
    options.remove("--version")
    text = "".join(TEXTS.values())
    assert not [option for option in sorted(options) if f"| `{option}" not in text]


# Links and paths


def test_the_readme_is_one_page() -> None:
    assert len(README.splitlines()) <= 150
    assert len(README.encode()) <= 9 * 1_024


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", TEXTS[page])):
        if ":" in link:
            continue
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        known = _anchors(target) if anchor and target.suffix == ".md" else {anchor}
        if not target.exists() or anchor not in known:
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", PAGES)
def test_every_path_exists(page: str) -> None:
    assert not [path for path in PATH.findall(TEXTS[page]) if not (ROOT / path).exists()]


def test_the_threat_model_names_guards_and_tests() -> None:
    paths = PATH.findall(TEXTS["api/web/THREATS.md"])
    assert len([path for path in paths if path.startswith("tests/")]) > 8
    assert len(paths) > 25


# Examples


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`(python [^`]+)`", README))))
def test_every_command_next_to_a_figure_exists(command: str) -> None:
    _require_known(command)


def test_every_command_of_the_readme_exists() -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    commands = [line for block in blocks for line in block.splitlines()]
    assert len(commands) >= 5
    for command in commands:
        _require_known(command)


@pytest.mark.parametrize("page", PAGES)
def test_commands_name_the_python_that_has_the_packages(page: str) -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```$", TEXTS[page], re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    assert not [line for line in lines if re.match(r"(python3?|pip|pytest) ", line)]


@pytest.mark.model
def test_the_example_of_a_configuration_file_fits_an_index_that_exists(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("The ferry sails at noon.", "utf-8")
    build = (sys.executable, "-m", "indexer", str(documents))
    _run(*build, "--index", str(tmp_path / "index"))
    file = tmp_path / "spanlight.toml"
    file.write_text(_example(API, "toml"), "utf-8")
    _run(*build, "--config", str(file))
    with server_process("--config", str(file)) as server:
        assert httpx2.get(f"{server.address}readyz?mode=lexical").status_code == 200


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample corpus, indexed and served by the commands that the README gives."""
    index = tmp_path_factory.mktemp("readme") / "index"
    _run(
        *(sys.executable, "-m", "indexer", "tests/relevance/corpus"),
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
    code = _example(README, "python").replace("http://127.0.0.1:8000", address)
    assert "bridge" in _run(sys.executable, "-c", code)


def test_the_javascript_example_runs(address: str, tmp_path: Path) -> None:
    script = tmp_path / "check.mjs"
    code = _example(API, "javascript").replace("http://127.0.0.1:8000", address)
    script.write_text(code, "utf-8")
    assert "bridge" in _run(_node(), str(script))


def _variable(field: str) -> str:
    return f"SPANLIGHT_{field.upper()}"


def _anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.strip().lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


def _require_known(command: str) -> None:
    """Assert that the command exists and has the options that it is given."""
    words = shlex.split(command, comments=True)
    program, *arguments = words
    if not program.endswith("python"):
        assert program in OTHER_PROGRAMS
        return
    names = {"indexer": "reindex", "api": "serve"}
    if arguments[0] == "-m":
        name, given = names[arguments[1]], arguments[2:]
    else:
        name, given = Path(arguments[0]).stem, arguments[1:]
    subcommands = given[:1] if name in {"benchmark", "stress"} else []
    shown = _help(name, *subcommands)
    missing = [each for each in given if each.startswith("--") and f"{each} " not in f"{shown} "]
    assert not missing


def _help(command: str, *subcommands: str) -> str:
    place = COMMANDS[command]
    program = [place] if place.endswith(".py") else ["-m", *place.split()]
    return _run(sys.executable, *program, *subcommands, "--help")


def _example(text: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
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
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
