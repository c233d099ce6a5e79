"""Which route a path belongs to, and which methods it has, before and without answering a request.

A request that is refused never reaches the framework's router, but is counted under its route.
"""

import re
from functools import lru_cache

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path
from starlette.types import Scope

__all__ = ["methods_of", "template_of"]

# HEAD is answered like GET, and OPTIONS tells which methods there are.
ALWAYS = frozenset({"OPTIONS"})

Route = tuple[re.Pattern[str], str, frozenset[str]]


def template_of(scope: Scope) -> str | None:
    """Return the template of the path, such as /v1/documents/{document_id}; None if it has none."""
    return next((template for _, template, _ in _routes_of(scope)), None)


def methods_of(scope: Scope) -> frozenset[str]:
    """Return all methods that the path has; none if there is no such path."""
    found = frozenset[str]().union(*(methods for _, _, methods in _routes_of(scope)))
    if not found:
        return found
    return found | ALWAYS | ({"HEAD"} if "GET" in found else set())


def _routes_of(scope: Scope) -> list[Route]:
    return [route for route in _table(scope["app"]) if route[0].match(scope["path"])]


# As many applications as tests use at the same time.
@lru_cache(maxsize=4)
def _table(app: FastAPI) -> list[Route]:
    """Return all routes of the application: what their paths look like, template, methods."""
    return [
        (compile_path(route.path)[0], route.path, frozenset(route.methods))
        for route in iter_route_contexts(app.routes)
        if route.path and route.methods
    ]
