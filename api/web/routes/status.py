"""Routes about the server itself: the state of its index, health checks, metrics."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from api.contract.search import Mode
from api.contract.status import Readiness, Status
from api.serving.status import index_status
from api.telemetry.metrics import METRICS_TYPE, describe_index, describe_server, metrics_text
from api.web.problems import PROBLEM_RESPONSES
from api.web.query_string import require_single
from api.web.routes.dependencies import Current, may_search, tagged_response, versioned_router
from api.web.services import Provided
from indexer.errors import IndexUnusable

__all__ = ["health", "router"]

router = versioned_router("status")
health = APIRouter(
    tags=["health"], responses={status: PROBLEM_RESPONSES[status] for status in (422, 500)}
)


@router.get("/status", operation_id="get_status", response_model=Status)
def status(services: Provided, searcher: Current) -> Response:
    """Return the state of the index that the server answers from."""
    drift = services.drift.drift_of(searcher.snapshot.manifest)
    status = index_status(searcher, building=services.searchers.building, drift=drift)
    status.warnings = [warning] if (warning := services.access.warning) else []
    return tagged_response(searcher, status)


@health.get("/livez", operation_id="get_liveness")
async def livez() -> dict[str, str]:
    """Return 200 as long as the process can answer."""
    return {"status": "alive"}


@health.get(
    "/metrics",
    operation_id="get_metrics",
    dependencies=[may_search],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
def metrics(services: Provided) -> Response:
    """Return metrics for Prometheus."""
    searchers = services.searchers
    describe_server(building=searchers.building, problems=len(searchers.problems()))
    try:
        searcher = searchers.current()
    except IndexUnusable:
        describe_index(None)
    else:
        manifest = searcher.snapshot.manifest
        status = index_status(searcher, drift=services.drift.drift_of(manifest))
        describe_index(status, success_s=services.drift.walked_s(manifest))
    return Response(metrics_text(), media_type=METRICS_TYPE)


@health.get(
    "/readyz",
    operation_id="get_readiness",
    response_model=Readiness,
    responses={503: {"model": Readiness}},
)
def readyz(
    request: Request,
    services: Provided,
    mode: Annotated[Mode | None, Query(description="Whether this mode answers.")] = None,
) -> Response:
    """Return 200 if every mode of the index answers, or the requested mode; 503 otherwise.

    If the server requires keys, only callers with a key see what is wrong.
    """
    require_single(request.query_params.multi_items())
    searchers, nobody = services.searchers, services.access.problem
    problems = [nobody] if nobody else _told_problems(request, searchers.problems())
    try:
        searcher = searchers.current()
        searcher.snapshot.require_readable()
    except IndexUnusable as error:
        problems = problems or _told_problems(request, [str(error)])
        readiness = Readiness(ready=False, modes=[], generation=None, problems=problems)
        return JSONResponse(readiness.model_dump(mode="json"), 503)
    answering, supported = searcher.modes.answering, searcher.modes.supported
    ready = mode in answering if mode is not None else answering == supported
    ready = ready and not searchers.lacks_reranker and nobody is None
    readiness = Readiness(
        ready=ready,
        modes=answering,
        generation=searcher.snapshot.manifest.generation,
        problems=problems,
    )
    return JSONResponse(readiness.model_dump(mode="json"), 200 if ready else 503)


def _told_problems(request: Request, problems: list[str]) -> list[str]:
    if problems and request.state.caller is None:
        return ["send an API key to see what is wrong"]
    return problems
