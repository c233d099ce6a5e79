"""Refuses addresses that would be misread."""

from collections.abc import Container, Iterable
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute

from api.contract.errors import InvalidQuery
from api.contract.refusals.wrong_values import unknown_parameter
from indexer.errors import without_surrogates

__all__ = ["require_known_parameters", "require_single", "require_utf8"]


def require_utf8(request: Request) -> None:
    """Raise InvalidQuery naming the first parameter whose bytes are not UTF-8."""
    raw: bytes = request.scope.get("query_string", b"")
    for pair in raw.split(b"&"):
        name, _, value = pair.partition(b"=")
        try:
            unquote_to_bytes(value.replace(b"+", b" ")).decode()
            unquote_to_bytes(name).decode()
        except UnicodeDecodeError as error:
            raise InvalidQuery(
                f"the address contains bytes that are not UTF-8 (at byte {error.start} of a value)",
                parameter=name.decode("ascii", "backslashreplace"),
            ) from error


def require_known_parameters(request: Request) -> None:
    """Raise InvalidQuery naming the first parameter that is unknown, or given too often."""
    route: APIRoute = request.scope["route"]
    known = _known_parameters(request.app, route.path_format, request.method.lower())
    for name in request.query_params:
        if name not in known:
            raise InvalidQuery(unknown_parameter(name, known), parameter=name)
    repeatable = frozenset(name for name, may_repeat in known.items() if may_repeat)
    require_single(request.query_params.multi_items(), but_not=repeatable)


def require_single(given: Iterable[tuple[str, object]], *, but_not: Container[str] = ()) -> None:
    """Raise InvalidQuery naming the first parameter that is given twice: which one is meant?"""
    seen = set()
    for name, _ in given:
        if name in seen and name not in but_not:
            name = without_surrogates(name)
            raise InvalidQuery(f"{name} is given more than once; send it once", parameter=name)
        seen.add(name)


@lru_cache(maxsize=32)
def _known_parameters(app: FastAPI, path: str, method: str) -> dict[str, bool]:
    """Return the parameters of a route, and whether each may be repeated."""
    operation = app.openapi()["paths"][path][method]
    return {
        each["name"]: each["schema"].get("type") == "array"
        for each in operation.get("parameters", ())
        if each["in"] == "query"
    }
