"""What routes of the HTTP API share: permissions, checks of the address, the searcher."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from api.search.searcher import Searcher
from api.web.keys import Scope
from api.web.permissions import required_scope
from api.web.problems import PROBLEM_RESPONSES
from api.web.query_string import require_known_parameters, require_utf8
from api.web.services import Provided

__all__ = ["Current", "json_response", "may_search", "versioned_router"]


# Coroutines, because these never wait. FastAPI would run a plain function in another thread.
async def _require_sound_address(request: Request) -> None:
    require_utf8(request)
    require_known_parameters(request)


async def _current_searcher(services: Provided) -> Searcher:
    return services.searchers.current()


Current = Annotated[Searcher, Depends(_current_searcher)]
"""The searcher that a request uses from its start to its end."""

may_search = Depends(required_scope(Scope.SEARCH))
may_administer = Depends(required_scope(Scope.ADMIN))


def versioned_router(tag: str, scope: Scope = Scope.SEARCH) -> APIRouter:
    """Return a router for addresses below `/v1` that require a key with this scope."""
    permission = may_administer if scope is Scope.ADMIN else may_search
    return APIRouter(
        prefix="/v1",
        tags=[tag],
        responses=PROBLEM_RESPONSES,
        dependencies=[Depends(_require_sound_address), permission],
    )


def json_response(body: BaseModel) -> Response:
    """Return the body as JSON, without FastAPI's second validation of every hit."""
    return Response(body.model_dump_json(), media_type="application/json")
