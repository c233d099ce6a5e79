import inspect
import re

import pytest

from api.contract.errors import InvalidQuery
from indexer import errors
from indexer.errors import SpanlightError

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, SpanlightError)
]


def drawn_tree() -> dict[str, str]:
    """Return each class that the module's docstring draws, with the one that it hangs from."""
    tree: dict[str, str] = {}
    branch: dict[int, str] = {0: "SpanlightError"}
    for prefix, name in re.findall(r"^([│ ]*[├└]── )(\w+)", str(errors.__doc__), re.MULTILINE):
        depth = len(prefix) // 4
        branch[depth] = name
        tree[name] = branch[depth - 1]
    return tree


def test_the_docstring_draws_the_tree() -> None:
    assert drawn_tree() == {
        each.__name__: each.__bases__[0].__name__ for each in CLASSES if each is not SpanlightError
    }


def test_every_error_is_exported() -> None:
    assert errors.__all__ == sorted(each.__name__ for each in CLASSES)


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [each.code for each in CLASSES]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("error", CLASSES)
def test_a_code_is_stable_and_readable(error: type[SpanlightError]) -> None:
    words = "_".join(re.findall("[A-Z][a-z]+", error.__name__)).lower()
    # What was asked is wrong, not the usage of a program.
    assert error.code == {"usage_error": "invalid_request"}.get(words, words)


@pytest.mark.parametrize("error", CLASSES)
def test_the_text_of_an_error_is_what_is_shown(error: type[SpanlightError]) -> None:
    assert str(error("the disk is full: /index")) == "the disk is full: /index"


def test_an_invalid_query_knows_its_place() -> None:
    error = InvalidQuery("unclosed quotation mark", position=7)
    assert (str(error), error.parameter, error.position) == ("unclosed quotation mark", "q", 7)
    assert InvalidQuery("too large", parameter="limit").parameter == "limit"
    assert InvalidQuery("empty").position is None
