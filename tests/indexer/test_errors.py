import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from api.contract import errors as server_errors
from api.contract.errors import InvalidQuery
from indexer import errors as indexer_errors
from indexer.errors import REMEDY, IndexDamaged, SpanlightError

MODULES = [indexer_errors, server_errors]


def classes_of(module: ModuleType) -> list[type[SpanlightError]]:
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, SpanlightError)
        and value.__module__ == module.__name__
    ]


CLASSES = [kind for module in MODULES for kind in classes_of(module)]


def drawn_tree(module: ModuleType) -> dict[str, str]:
    """Return each class in the tree of a module's docstring, with its parent."""
    tree: dict[str, str] = {}
    branch: dict[int, str] = {0: "SpanlightError"}
    for prefix, name in re.findall(r"^([│ ]*[├└]── )(\w+)", str(module.__doc__), re.MULTILINE):
        depth = len(prefix) // 4
        branch[depth] = name
        tree[name] = branch[depth - 1]
    return tree


@pytest.mark.parametrize("module", MODULES)
def test_the_docstring_draws_the_tree(module: ModuleType) -> None:
    drawn = drawn_tree(module)
    defined = {each.__name__: each.__bases__[0].__name__ for each in classes_of(module)}
    defined.pop("SpanlightError", None)
    # Errors of another module are drawn if errors of this one derive from them.
    assert {name: drawn[name] for name in defined} == defined
    assert {drawn[name] for name in drawn.keys() - defined} <= {*drawn, "SpanlightError"}


@pytest.mark.parametrize("module", MODULES)
def test_every_error_is_exported(module: ModuleType) -> None:
    names = vars(module)
    exported = {name for name in names["__all__"] if inspect.isclass(names[name])}
    assert exported == {each.__name__ for each in classes_of(module)}


def test_every_error_has_a_unique_code() -> None:
    codes = [each.code for each in CLASSES]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("error", CLASSES)
def test_a_code_is_stable_and_readable(error: type[SpanlightError]) -> None:
    words = "_".join(re.findall("[A-Z][a-z]+", error.__name__)).lower()
    # The request is wrong, not the usage of a program.
    assert error.code == {"usage_error": "invalid_request"}.get(words, words)


@pytest.mark.parametrize("error", CLASSES)
def test_the_text_of_an_error_is_the_message_shown(error: type[SpanlightError]) -> None:
    assert str(error("the disk is full: /index")) == "the disk is full: /index"


def test_an_invalid_query_has_a_position() -> None:
    error = InvalidQuery("unclosed quotation mark", position=7)
    assert (str(error), error.parameter, error.position) == ("unclosed quotation mark", "q", 7)
    assert InvalidQuery("too large", parameter="limit").parameter == "limit"
    assert InvalidQuery("empty").position is None


def test_the_repair_of_damage_is_worded_once() -> None:
    damaged = IndexDamaged.with_remedy("index/CURRENT is missing")
    assert isinstance(damaged, IndexDamaged)
    assert str(damaged) == "index/CURRENT is missing; run reindex.py --full"
    root = Path(str(indexer_errors.__file__)).parents[1]
    modules = [path for package in ("indexer", "api") for path in (root / package).rglob("*.py")]
    spelled = [path for path in modules if REMEDY in path.read_text("utf-8")]
    assert spelled == [root / "indexer" / "errors.py"]
