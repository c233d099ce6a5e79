"""Tables of the server's contract: settings, parameters, errors, limits, metrics."""

import re
from collections.abc import Iterator
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo

import api.contract.errors
import indexer.errors
from api.contract import limits
from api.contract.search import SearchRequest
from api.query.syntax import SYNTAX
from api.settings import ServerSettings
from api.telemetry.metrics import metrics_text
from api.web.problems import status_of
from indexer.errors import SpanlightError
from scripts.documenting.blocks import markdown_table
from scripts.documenting.meanings import ERRORS, LIMITS

__all__ = [
    "error_table",
    "limit_table",
    "metric_table",
    "parameter_table",
    "setting_table",
    "syntax_table",
]

# Answers of the web framework, and of unexpected errors.
WITHOUT_A_CLASS = {
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
}
METRIC = re.compile(r"^# HELP (spanlight_\w+) (.*)\n# TYPE \1 (\w+)$", re.MULTILINE)


def setting_table() -> str:
    rows = [
        (f"`SPANLIGHT_{name.upper()}`", _default(field), _limits(field), field.description or "")
        for name, field in ServerSettings.model_fields.items()
    ]
    return markdown_table(("variable", "default", "allowed", "meaning"), rows)


def parameter_table() -> str:
    rows = [
        (f"`{name}`", _default(field), _limits(field), field.description or "")
        for name, field in SearchRequest.model_fields.items()
    ]
    return markdown_table(("parameter", "default", "allowed", "meaning"), rows)


def syntax_table() -> str:
    rows = [(f"`{row.example}`", row.meaning) for row in SYNTAX]
    return markdown_table(("type", "to find"), rows)


def error_table() -> str:
    """Return a table of error codes by status. Raises KeyError for a code without a meaning."""
    statuses = {kind.code: status_of(kind("")) for kind in _errors()} | WITHOUT_A_CLASS
    rows = [
        (f"`{code}`", str(int(status)), ERRORS[code])
        for code, status in sorted(statuses.items(), key=lambda row: (row[1], row[0]))
    ]
    return markdown_table(("code", "status", "when"), rows)


def limit_table() -> str:
    rows = [(LIMITS[name], f"{getattr(limits, name):,}") for name in limits.__all__]
    return markdown_table(("limit", "value"), rows)


def metric_table() -> str:
    found = METRIC.findall(metrics_text().decode())
    rows = [(f"`{name}`", kind, meaning) for name, meaning, kind in found]
    return markdown_table(("metric", "type", "meaning"), rows)


def _errors() -> Iterator[type[SpanlightError]]:
    """Yield every error that a request can end with."""
    for module in (indexer.errors, api.contract.errors):
        for name in module.__all__:
            found = getattr(module, name)
            is_error = isinstance(found, type) and issubclass(found, SpanlightError)
            if is_error and found is not SpanlightError:
                yield found


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    match field.get_default():
        case None | () | []:
            return ""
        case bool(flag):
            return f"`{str(flag).lower()}`"
        case float(number):
            return f"`{number:g}`"
        case default:
            return f"`{default}`"


def _limits(field: FieldInfo) -> str:
    """Return the values that the field accepts, or their limits."""
    if choices := list(_choices(field.annotation)):
        return ", ".join(f"`{each}`" for each in choices)
    unit = "values" if get_origin(field.annotation) is list else "characters"
    low, high = "at most ", ""
    for each in field.metadata:
        match each:
            case Ge(ge=bound):
                low = f"{bound:,} to "
            case Gt(gt=bound):
                low = f"above {bound:,}, at most "
            case Le(le=bound):
                high = f"{bound:,}"
            case Lt(lt=int(bound)):
                high = f"{bound - 1:,}"
            case MinLen(min_length=bound):
                low = f"{bound:,} to "
            case MaxLen(max_length=bound):
                high = f"{bound:,} {unit}"
    return f"{low}{high}" if high else ""


def _choices(annotation: Any) -> Iterator[str]:
    """Yield the values of an enumeration, also inside a union or a list."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from (member.value for member in annotation)
    for inner in get_args(annotation):
        if isinstance(inner, str):
            yield inner
        elif get_origin(annotation) in {Union, list} or "|" in str(annotation):
            yield from _choices(inner)
