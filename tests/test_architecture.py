"""Rules that keep the tree readable: imports point one way, and engines stay where they belong.

They are read from the source with `ast`, so that an import inside a function counts too.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# The rooms of each package in the order of the data flow. A module imports from its own room and
# from earlier ones.
ROOMS = {
    "indexer": [
        *["errors", "spans", "config", "documents", "processes"],
        *["reading", "splitting", "embedding", "index", "building", "command", "__main__"],
    ],
    "api": [
        *["ranking", "contract", "settings", "query", "telemetry", "documents", "suggest"],
        *["search", "serving", "web", "command", "__main__"],
    ],
}
# The number of names that a reader takes in at a glance.
MOST_ENTRIES = 14
# The API reads an index; it must not use the rooms that write one.
READ_ROOMS = {*ROOMS["indexer"]} - {"splitting", "building", "__main__"}
LAYERS = {
    "indexer": {"indexer"},
    "api": {"api", "indexer"},
    "spanlight": {"api", "indexer"},
    "scripts": {"scripts", "api", "indexer"},
    # The long runs that try to break Spanlight are tests.
    "scripts.stress": {"scripts", "tests"},
}
PACKAGES = [name for name in LAYERS if "." not in name]
# What other programs import exports names of other modules, too.
PUBLIC_DOOR = "spanlight"
# The engines that Spanlight is compared with.
REFERENCE = "scripts.benchmarking.embedding.reference"
PEERS = "scripts.benchmarking.peers"
ENGINES = f"{PEERS}.engines"
ONLY_IMPORTERS = {
    "tantivy": {
        "indexer.index.analysis.analyzer",
        *(
            f"indexer.index.lexical.{name}"
            for name in ("proximity", "queries", "reader", "vocabulary", "writer")
        ),
    },
    "faiss": {"indexer.index.vectors.vector_index", f"{ENGINES}.plain_script"},
    "sqlite3": {
        *["indexer.index.store.connections", "indexer.index.store.file"],
        *["indexer.index.store.reader", "indexer.index.store.writer"],
    },
    "rensa": {"indexer.index.near_duplicates"},
    "ctypes": {"indexer.reading.notifications", "indexer.reading.extraction.pdf.engine"},
    "python_calamine": {"indexer.reading.extraction.office.workbook.reader"},
    "turbohtml": {"indexer.reading.extraction.html.markup"},
    "pypdfium2": {f"indexer.reading.extraction.pdf.{name}" for name in ("engine", "rendering")},
    "sentence_transformers": {
        "indexer.embedding.sentence_transformer",
        "api.search.models.cross_encoder",
        REFERENCE,
    },
    "transformers": {
        "indexer.embedding.sentence_transformer",
        "api.search.models.cross_encoder",
        REFERENCE,
    },
    "torch": {"indexer.embedding.sentence_transformer", "api.search.models.cross_encoder"},
    "openvino": {"indexer.embedding.bert"},
    "safetensors": {"indexer.embedding.bert"},
    "mcp": {"api.serving.agents.protocol"},
    "mcp_types": {"api.serving.agents.protocol"},
    "tokenizers": {
        "indexer.embedding.bert",
        "indexer.embedding.late_pooling",
        "indexer.embedding.static_embedding",
    },
    "huggingface_hub": {"indexer.embedding.model_files"},
    "uvicorn": {"api.command.serving", "api.web.connections.guarding", f"{PEERS}.plain_app"},
    "jinja2": {"api.web.pages.rendering"},
    "opentelemetry": {
        *["api.telemetry.logs", "api.telemetry.stages", "api.web.middleware.observation"],
    },
    "prometheus_client": {"api.telemetry.metrics"},
    "structlog": {"api.telemetry.logs"},
    "ir_measures": {"api.command.evaluation.metrics"},
    "leather": {"api.command.evaluation.reporting.plots"},
    "bm25s": {f"{ENGINES}.plain_script"},
    "lancedb": {f"{ENGINES}.lancedb_peer"},
    "txtai": {f"{ENGINES}.txtai_peer"},
}
# The parts of a generation, which only a snapshot may open.
PARTS = re.compile(r"indexer\.index\.(lexical|store|vectors)(\.|$)")
MOST_PARAMETERS = 6
WEB = {"fastapi", "starlette", "uvicorn", "jinja2", "pydantic_settings"}
# Ranking and query parsing are functions of plain values.
PURE = [
    *["api.query.alternatives", "api.query.filters", "api.query.joints", "api.query.notices"],
    "api.query.media_types",
    *["api.query.options", "api.query.parser", "api.query.query", "api.query.query_tokens"],
    *["api.query.syntax", "api.query.typography", "api.documents.highlighter"],
]
PURE_STANDARD_LIBRARY = {
    *["bisect", "collections", "dataclasses", "datetime", "enum", "functools", "itertools", "math"],
    *["re", "typing", "unicodedata"],
}
# Arrays of scores are plain values too.
PURE_LIBRARIES = {"numpy"}
PURE_API = {"api.contract.errors", "api.contract.limits"}
PURE_INDEXER = {
    "indexer.index.analysis.gershayim",
    "indexer.index.analysis.phrases",
    "indexer.index.clauses",
    "indexer.errors",
    "indexer.index.near_duplicates",
    "indexer.spans",
}
# The state that all requests share is read here, and passed on as one typed value.
SHARED_STATE = "api.web.services"
# More parameters belong together as fields of a named class.
MOST_PARAMETERS = 6
ROUTERS = {"router", "health", "admin", "entrance"}
INPUT_AND_OUTPUT = {"open", "print", "input", "exec", "eval", "__import__"}
# These take long and much memory to load, so they are imported only when needed.
HEAVY = ["torch", "sentence_transformers", "transformers", "openvino", "faiss"]


@dataclass(frozen=True)
class Import:
    """An import. `name` is None for a whole module; `late` means inside a function."""

    module: str
    name: str | None
    relative: bool
    late: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Module:
    """A source file of the project, by its dotted name."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"))

    @cached_property
    def imports(self) -> list[Import]:
        return list(_imports(self.tree.body, late=False))

    @cached_property
    def listed(self) -> list[str] | None:
        """The names in `__all__`, or None if there is none."""
        for name, value in self._assigned():
            if name == "__all__":
                names: list[str] = ast.literal_eval(value)
                return names
        return None

    @cached_property
    def defined(self) -> set[str]:
        """All names that the module defines at its top level."""
        return {name for name, _ in self._assigned()} | {node.name for node in self.definitions}

    @property
    def definitions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node

    def _assigned(self) -> Iterator[tuple[str, ast.expr]]:
        for node in self.tree.body:
            if isinstance(node, ast.Assign):
                yield from (
                    (each.id, node.value) for each in node.targets if isinstance(each, ast.Name)
                )
            elif (
                isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
            ):
                yield node.target.id, node.value


def _imports(body: list[ast.stmt], *, late: bool) -> Iterator[Import]:
    for statement in body:
        inside = late or isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(statement, ast.Import):
            yield from (Import(each.name, None, False, late) for each in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            module, relative = statement.module or "", bool(statement.level)
            yield from (Import(module, each.name, relative, late) for each in statement.names)
        elif isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            yield from _imports(statement.body, late=True)
        else:
            blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
            for block in [*blocks, *(each.body for each in getattr(statement, "handlers", []))]:
                yield from _imports(block, late=inside)


def _modules() -> dict[str, Module]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = Module(name, path)
    return found


MODULES = _modules()
PURE_MODULES = [*PURE, *(name for name in MODULES if name.startswith("api.ranking."))]


def of_project(module: Module) -> Iterator[tuple[str, str | None]]:
    """Yield the project's names that the module imports, each with the module that defines it."""
    for each in module.imports:
        if each.top not in LAYERS:
            continue
        submodule = f"{each.module}.{each.name}"
        yield (submodule, None) if submodule in MODULES else (each.module, each.name)


def offenders(find: Callable[[Module], Iterable[object]], layer: str = "") -> dict[str, list[str]]:
    """Return the modules with findings, and the findings of each."""
    found = {
        name: sorted(map(str, find(module)))
        for name, module in MODULES.items()
        if name.startswith(layer)
    }
    return {name: names for name, names in found.items() if names}


# Directions


def test_no_import_is_relative() -> None:
    assert offenders(lambda module: (each for each in module.imports if each.relative)) == {}


def test_imports_point_from_scripts_to_api_to_indexer() -> None:
    def upwards(module: Module) -> set[str]:
        found = {each.top for each in module.imports} & {*LAYERS, "tests"}
        allowed = LAYERS.get(module.name) or LAYERS[module.name.partition(".")[0]]
        return found - allowed

    assert offenders(upwards) == {}


def room_of(name: str) -> str:
    """Return the entry of its package that contains a module, or is the module."""
    return name.split(".")[1]


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_its_place(package: str) -> None:
    rooms = {room_of(name) for name in MODULES if name.startswith(f"{package}.")}
    assert sorted(rooms) == sorted(ROOMS[package])


@pytest.mark.parametrize("package", ROOMS)
def test_imports_point_to_rooms_before(package: str) -> None:
    rooms = ROOMS[package]

    def forwards(module: Module) -> set[str]:
        found = {room_of(each) for each, _ in of_project(module) if each.startswith(f"{package}.")}
        return found - set(rooms[: rooms.index(room_of(module.name)) + 1])

    assert offenders(forwards, f"{package}.") == {}


@pytest.mark.parametrize("package", [*ROOMS, "scripts/benchmarking", "scripts/documenting"])
def test_no_level_is_crowded(package: str) -> None:
    levels = [ROOT / package, *(path for path in (ROOT / package).rglob("*") if path.is_dir())]
    entries = {
        level.relative_to(ROOT).as_posix(): len(
            [path for path in level.iterdir() if path.name != "__pycache__"]
        )
        for level in levels
        if level.name != "__pycache__"
    }
    assert {level: count for level, count in entries.items() if count > MOST_ENTRIES} == {}


def test_imports_have_no_cycle() -> None:
    graph = {name: {found for found, _ in of_project(module)} for name, module in MODULES.items()}
    ordered = list(TopologicalSorter(graph).static_order())  # raises CycleError
    assert sorted(ordered) == sorted(MODULES)


def test_the_api_uses_the_read_side_only() -> None:
    def writing(module: Module) -> Iterator[str]:
        for imported, name in of_project(module):
            of_indexer = imported.startswith("indexer.")
            if of_indexer and room_of(imported) not in READ_ROOMS:
                yield imported
            if of_indexer and re.search(r"Writer|^write_|^build_|^encode_", name or ""):
                yield f"{imported}.{name}"

    assert offenders(writing, "api") == {}


def test_a_snapshot_is_the_way_into_a_generation() -> None:
    def passing_by(module: Module) -> Iterator[str]:
        return (imported for imported, _ in of_project(module) if PARTS.match(imported))

    inside = ("indexer.index.", "indexer.building.")
    # Scripts measure some parts separately.
    found = offenders(passing_by, "indexer").keys() | offenders(passing_by, "api").keys()
    assert {name for name in found if not name.startswith(inside)} == set()


# Engines


@pytest.mark.parametrize(("engine", "importers"), ONLY_IMPORTERS.items(), ids=ONLY_IMPORTERS)
def test_each_engine_is_imported_only_where_allowed(engine: str, importers: set[str]) -> None:
    found = offenders(lambda module: (each for each in module.imports if each.top == engine))
    assert found.keys() == importers


def test_the_web_framework_stays_in_the_api() -> None:
    found = offenders(lambda module: (each for each in module.imports if each.top in WEB))
    assert {name.partition(".")[0] for name in found.keys() - {f"{PEERS}.plain_app"}} == {"api"}


@pytest.mark.parametrize("name", PURE_MODULES)
def test_ranking_and_query_parsing_are_pure(name: str) -> None:
    module = MODULES[name]
    for each in module.imports:
        if each.top == "api":
            assert each.module in PURE_API.union(PURE_MODULES)
        elif each.top == "indexer":
            assert each.module in PURE_INDEXER
        else:
            assert each.top in PURE_STANDARD_LIBRARY | PURE_LIBRARIES
    called = {
        node.func.id
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called.isdisjoint(INPUT_AND_OUTPUT)


def test_one_module_reads_the_state_of_the_application() -> None:
    def states(module: Module) -> Iterator[str]:
        return (
            ast.unparse(node)
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("app.state")
        )

    assert offenders(states).keys() == {SHARED_STATE}


def test_no_function_of_the_api_takes_many_parameters() -> None:
    def crowded(module: Module) -> Iterator[str]:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                each = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                names = {argument.arg for argument in each} - {"self", "cls"}
                if len(names) > MOST_PARAMETERS:
                    yield node.name

    assert offenders(crowded, "api") == {}


def test_heavy_libraries_are_imported_only_when_used() -> None:
    def early(module: Module) -> Iterator[str]:
        return (each.top for each in module.imports if each.top in HEAVY and not each.late)

    assert offenders(early) == {}


def test_a_server_starts_without_heavy_libraries() -> None:
    script = f"import api.web.app, sys; print(*(set({HEAVY}) & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []


# Size


def test_no_constructor_takes_many_parameters() -> None:
    def crowded(module: Module) -> Iterator[str]:
        return (
            f"{owner.name} takes {len(found)}"
            for owner in ast.walk(module.tree)
            if isinstance(owner, ast.ClassDef)
            for node in owner.body
            if isinstance(node, ast.FunctionDef) and node.name == "__init__"
            if len(found := parameters_of(node)) > MOST_PARAMETERS
        )

    assert offenders(crowded, "indexer") | offenders(crowded, "api") == {}


def test_no_function_of_the_indexer_takes_many_parameters() -> None:
    def crowded(module: Module) -> Iterator[str]:
        return (
            f"{node.name} takes {len(found)}"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if len(found := parameters_of(node)) > MOST_PARAMETERS
        )

    assert offenders(crowded, "indexer") == {}


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the names of the parameters, without `self` or `cls`."""
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [each.arg for each in given if each.arg not in {"self", "cls"}]


# Names


def test_every_module_has_a_docstring() -> None:
    silent = [
        name
        for name, module in MODULES.items()
        if module.tree.body and not ast.get_docstring(module.tree)
    ]
    assert silent == []


def test_every_module_lists_its_names() -> None:
    unlisted = [
        name for name, module in MODULES.items() if module.defined and module.listed is None
    ]
    assert unlisted == []


def test_only_defined_names_are_listed() -> None:
    def undefined(module: Module) -> list[str]:
        listed, known = module.listed or [], module.defined
        if module.name == PUBLIC_DOOR:
            known = known | {each.name for each in module.imports if each.name is not None}
        return [name for name in listed if name not in known or listed.count(name) > 1]

    assert offenders(undefined) == {}


@pytest.mark.parametrize("layer", ["indexer", "api", "scripts"])
def test_every_public_function_and_class_is_listed(layer: str) -> None:
    def unlisted(module: Module) -> set[str]:
        # Routes are used by address and need no export.
        names = {node.name for node in module.definitions if not _is_route(node)}
        return {name for name in names if not name.startswith("_")} - set(module.listed or [])

    assert offenders(unlisted, layer) == {}


def _is_route(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    decorators = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
    owners = [each.value for each in decorators if isinstance(each, ast.Attribute)]
    return any(isinstance(each, ast.Name) and each.id in ROUTERS for each in owners)


@pytest.mark.parametrize("layer", PACKAGES)
def test_only_listed_names_are_imported_elsewhere(layer: str) -> None:
    def unlisted(module: Module) -> Iterator[str]:
        for imported, name in of_project(module):
            if name is not None and name not in (MODULES[imported].listed or []):
                yield f"{imported}.{name}"

    assert offenders(unlisted, layer) == {}
