"""What routes of the HTTP API share: permissions, checks of the address, the searcher."""

import re
from contextlib import suppress
from hashlib import blake2b
from json import loads
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.search.searcher import Searcher
from api.web.keys import Scope
from api.web.permissions import required_scope
from api.web.problems import PROBLEM_RESPONSES
from api.web.query_string import require_known_parameters, require_single, require_utf8
from api.web.services import Provided

__all__ = [
    "Current",
    "DocumentId",
    "json_response",
    "may_search",
    "tagged_response",
    "versioned_router",
]

# The length of the hash in a tag.
TAG_BYTES = 8


# Coroutines, because these never wait. FastAPI would run a plain function in another thread.
async def _require_sound_address(request: Request) -> None:
    require_utf8(request)
    require_known_parameters(request)


async def _require_sound_body(request: Request) -> None:
    """Raise InvalidQuery naming the first field that an object in the body has twice.

    What is wrong with a body that is not JSON is said by the framework, which reads it, too.
    """
    route: APIRoute = request.scope["route"]
    if route.body_field is not None:
        with suppress(ValueError, RecursionError):
            loads(await request.body(), object_pairs_hook=require_single)


async def _current_searcher(services: Provided) -> Searcher:
    return services.searchers.current()


Current = Annotated[Searcher, Depends(_current_searcher)]
"""The searcher that a request uses from its start to its end."""

DocumentId = Annotated[str, Path(max_length=64, description="`document.id` of a hit.")]

may_search = Depends(required_scope(Scope.SEARCH))
may_administer = Depends(required_scope(Scope.ADMIN))


def versioned_router(tag: str, scope: Scope = Scope.SEARCH) -> APIRouter:
    """Return a router for addresses below `/v1` that require a key with this scope."""
    permission = may_administer if scope is Scope.ADMIN else may_search
    return APIRouter(
        prefix="/v1",
        tags=[tag],
        responses=PROBLEM_RESPONSES,
        dependencies=[
            Depends(_require_sound_address),
            permission,
            Depends(_require_sound_body),
        ],
    )


def json_response(body: BaseModel) -> Response:
    """Return the body as JSON, without FastAPI's second validation of every hit."""
    return Response(body.model_dump_json(), media_type="application/json")


def tagged_response(searcher: Searcher, body: BaseModel, *, varying: str | None = None) -> Response:
    """Return the body as JSON, with a tag by which a client can tell whether it has changed.

    The tag consists of the generation and a hash of the body, without the number `varying`, which
    differs in every answer. So it also changes with the state of a file, which is looked up for
    each answer.
    """
    text = body.model_dump_json()
    lasting = _without(varying, text) if varying else text
    digest = blake2b(lasting.encode(), digest_size=TAG_BYTES).hexdigest()
    headers = {
        "ETag": f'W/"{searcher.snapshot.manifest.generation}.{digest}"',
        # For the caller alone, who may have no key the next time.
        "Cache-Control": "private, no-cache",
    }
    return Response(text, media_type="application/json", headers=headers)


def _without(field: str, text: str) -> str:
    """Return an object's JSON without the value of a field, which is a number.

    In a string, the quotation marks around the name of the field would be escaped.
    """
    return re.sub(rf'"{field}":[^,}}]*', "", text, count=1)
