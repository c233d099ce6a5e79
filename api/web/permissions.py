"""What a key allows: routes name the scope that they require."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer

from api.contract.errors import KeyRequired, ScopeMissing
from api.web.access import Caller
from api.web.keys import Scope

__all__ = ["required_scope"]

ACTIONS = {Scope.SEARCH: "search", Scope.ADMIN: "start builds"}

# Only for the OpenAPI document, because the middleware checks the key. Either of them will do.
bearer = HTTPBearer(
    scheme_name="bearer", auto_error=False, description="An API key, if the server has any."
)
header = APIKeyHeader(
    name="X-API-Key",
    scheme_name="header",
    auto_error=False,
    description="The same API key in a header of its own.",
)


def required_scope(scope: Scope) -> Callable[..., Coroutine[Any, Any, None]]:
    """Return a dependency that raises ScopeMissing if the caller's key lacks the scope."""

    async def require(
        request: Request,
        _: Annotated[object, Depends(bearer)],
        __: Annotated[object, Depends(header)],
    ) -> None:
        caller: Caller | None = request.state.caller
        if caller is None:
            raise KeyRequired(
                "an API key is required: send it as the header Authorization: Bearer KEY"
            )
        if scope not in caller.scopes:
            raise ScopeMissing(
                f"your key {caller.key!r} {_rights(caller, lacked=scope)}; ask the administrator "
                f"for a key with the scope {scope.value}"
            )

    return require


def _rights(caller: Caller, *, lacked: Scope) -> str:
    """Return what the caller may do and what it may not, in words."""
    allowed = " and ".join(ACTIONS[scope] for scope in Scope if scope in caller.scopes)
    return f"may {allowed}, but not {ACTIONS[lacked]}" if allowed else f"may not {ACTIONS[lacked]}"
