"""The HTTP API: every route, and nothing else than routing."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from api.contract.documents import DocumentMetadata, DocumentText
from api.contract.errors import DocumentNotFound
from api.contract.jobs import Job, JobList, ReindexRequest
from api.contract.limits import MAX_LIMIT, MAX_QUERY_CHARS
from api.contract.passages import PassageContext
from api.contract.quotations import Verification, VerifyRequest
from api.contract.search import (
    BatchRequest,
    BatchResponse,
    JsonSearch,
    Mode,
    SearchRequest,
    SearchResponse,
    SimilarResponse,
)
from api.contract.status import Readiness, Status
from api.contract.suggestions import SuggestResponse
from api.search.searcher import Searcher
from api.serving.drift import DriftWatch
from api.serving.jobs import Jobs
from api.serving.reload import Searchers
from api.telemetry.metrics import METRICS_TYPE, describe_index, metrics_text
from api.web.job_events import job_events, wants_events
from api.web.keys import Scope
from api.web.permissions import required_scope
from api.web.problems import PROBLEM_RESPONSES, blaming, problem_responses
from api.web.query_string import require_known_parameters, require_utf8
from indexer.errors import IndexUnusable

__all__ = ["admin", "health", "router"]


# What never waits is a coroutine: a function is sent to a thread and back for each request.
async def _require_sound_address(request: Request) -> None:
    require_utf8(request)
    require_known_parameters(request)


may_search = Depends(required_scope(Scope.SEARCH))
router = APIRouter(
    prefix="/v1",
    responses=PROBLEM_RESPONSES,
    dependencies=[Depends(_require_sound_address), may_search],
)
admin = APIRouter(
    prefix="/v1",
    tags=["index"],
    responses=PROBLEM_RESPONSES,
    dependencies=[Depends(_require_sound_address), Depends(required_scope(Scope.ADMIN))],
)
health = APIRouter(
    tags=["health"], responses={status: PROBLEM_RESPONSES[status] for status in (422, 500)}
)


def _searchers(request: Request) -> Searchers:
    return cast("Searchers", request.app.state.searchers)


def _jobs(request: Request) -> Jobs:
    return cast("Jobs", request.app.state.jobs)


async def _current_searcher(request: Request) -> Searcher:
    """Return the searcher that this request keeps to its end."""
    return _searchers(request).current()


Current = Annotated[Searcher, Depends(_current_searcher)]
DocumentId = Annotated[str, Path(max_length=64, description="`document.id` of a hit.")]
PassageId = Annotated[str, Path(max_length=64, description="`passage_id` of a hit.")]


JobId = Annotated[str, Path(max_length=64, description="`id` of a job.")]


def _json(body: SearchResponse | BatchResponse | SimilarResponse) -> Response:
    """Serialise once: FastAPI would validate every hit again before it does."""
    return Response(body.model_dump_json(), media_type="application/json")


@router.get("/search", response_model=SearchResponse, tags=["search"])
def search(request: Annotated[SearchRequest, Query()], searcher: Current) -> Response:
    """Find the passages that answer a question."""
    return _json(searcher.search(request))


@router.post("/search", response_model=SearchResponse, tags=["search"])
def search_with_body(request: JsonSearch, searcher: Current) -> Response:
    """The same, with the parameters in the body."""
    return _json(searcher.search(request))


@router.post("/search/batch", response_model=BatchResponse, tags=["search"])
def search_batch(batch: BatchRequest, searcher: Current) -> Response:
    """Answer up to 100 searches, in order, from one generation.

    All or none: where one of them cannot be answered, its error is the answer, and `parameter`
    says which search it is, such as `searches[3].q`; counted from 0.
    """
    results = []
    for number, each in enumerate(batch.searches):
        with blaming(f"searches[{number}]"):
            results.append(searcher.search(each))
    return _json(BatchResponse(results=results))


@router.get("/suggest", tags=["search"])
def suggest(
    searcher: Current,
    q: Annotated[str, Query(max_length=MAX_QUERY_CHARS, description="What was typed so far.")],
    limit: Annotated[int, Query(ge=1, le=20, description="Suggestions to return.")] = 8,
) -> SuggestResponse:
    """Complete a query with words, phrases and titles of the corpus."""
    return searcher.suggest(q, limit)


@router.get("/documents/{document_id}", tags=["documents"])
def document(document_id: DocumentId, searcher: Current) -> DocumentMetadata:
    """Return what is known of a document."""
    return searcher.document(document_id)


@router.get("/documents/{document_id}/text", tags=["documents"])
def document_text(
    document_id: DocumentId,
    searcher: Current,
    start: Annotated[int, Query(ge=0, description="First code point.")] = 0,
    end: Annotated[int | None, Query(ge=0, description="Code point after the last.")] = None,
) -> DocumentText:
    """Return a document's text as it was indexed, or a part of it."""
    return searcher.document_text(document_id, start, end)


@router.get("/passages/{passage_id}", tags=["documents"])
def passage(
    passage_id: PassageId,
    searcher: Current,
    before: Annotated[int, Query(ge=0, le=20, description="Passages before it.")] = 0,
    after: Annotated[int, Query(ge=0, le=20, description="Passages after it.")] = 0,
) -> PassageContext:
    """Return a passage and those around it."""
    return searcher.passage(passage_id, before=before, after=after)


@router.get("/passages/{passage_id}/similar", response_model=SimilarResponse, tags=["documents"])
def similar(
    passage_id: PassageId,
    searcher: Current,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Passages to return.")] = 10,
    fold_duplicates: Annotated[
        bool, Query(description="List passages that repeat a more similar one under it.")
    ] = True,
    explain: Annotated[bool, Query(description="Say what the score is made of.")] = False,
) -> Response:
    """Find the passages that are like this one, by the vectors stored with it.

    Needs no model, and answers by the most telling words of the passage where there are no vectors.
    """
    return _json(
        searcher.similar(passage_id, limit=limit, fold_duplicates=fold_duplicates, explain=explain)
    )


@router.post("/verify", tags=["documents"])
def verify(quotation: VerifyRequest, searcher: Current) -> Verification:
    """Say whether a quotation still stands in its file, as the file is now.

    A path that is not that of a document in the index is 404, whatever it leads to.
    """
    with blaming("path", DocumentNotFound):
        return searcher.verify(quotation)


@router.get("/status", tags=["status"])
def status(request: Request, searcher: Current) -> Status:
    """Return what the server answers from."""
    drift = cast("DriftWatch", request.app.state.drift).of(searcher.manifest)
    return searcher.status(building=_searchers(request).building, drift=drift)


@admin.post("/reindex", status_code=202, responses=problem_responses(409))
def reindex(request: Request, response: Response, asked: ReindexRequest | None = None) -> Job:
    """Start to bring the index up to its folder, as `scripts/reindex.py` does.

    One job runs at a time. Answers go on meanwhile; the new state answers when it is published.
    """
    asked = asked or ReindexRequest()
    job = _jobs(request).start(full=asked.full, verify=asked.verify)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@admin.get("/jobs")
def jobs(request: Request) -> JobList:
    """Return the jobs that this server started last."""
    return JobList(jobs=_jobs(request).recent())


EVENT_STREAM: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The job; or, for `Accept: text/event-stream`, an event `progress` with the "
        "job whenever it got further, then `done` with the job, and the end.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@admin.get("/jobs/{job_id}", response_model=Job, responses=EVENT_STREAM)
async def job(request: Request, response: Response, job_id: JobId) -> Response | Job:
    """Return how far a job is, once or, as server-sent events, until it is done."""
    if wants_events(request):
        return job_events(_jobs(request), job_id, request.app.state.stopping)
    response.headers.update({"Cache-Control": "no-store", "Vary": "Accept"})
    return _jobs(request).job(job_id)


@health.get("/livez")
async def livez() -> dict[str, str]:
    """Answer as long as the process does."""
    return {"status": "alive"}


@health.get(
    "/metrics",
    dependencies=[may_search],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
def metrics(request: Request) -> Response:
    """Return what Prometheus asks for."""
    searchers = _searchers(request)
    problems = len(searchers.problems())
    try:
        status = searchers.current().status()
    except IndexUnusable:
        describe_index(generation=None, problems=problems)
    else:
        describe_index(
            generation=status.generation,
            documents=status.documents,
            passages=status.passages,
            with_vectors=status.with_vectors,
            problems=problems,
        )
    return Response(metrics_text(), media_type=METRICS_TYPE)


@health.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness}})
def readyz(
    request: Request,
    mode: Annotated[Mode | None, Query(description="Whether this mode answers.")] = None,
) -> Response:
    """Answer 200 when every mode that the index supports does, or the one that is asked for.

    What is wrong is told to those who have a key, where one is needed.
    """
    searchers = _searchers(request)
    problems = _told_problems(request, searchers.problems())
    try:
        searcher = searchers.current()
    except IndexUnusable as error:
        problems = problems or _told_problems(request, [str(error)])
        readiness = Readiness(ready=False, modes=[], generation=None, problems=problems)
        return JSONResponse(readiness.model_dump(mode="json"), 503)
    modes = searcher.modes
    ready = mode in modes if mode is not None else modes == searcher.supported_modes
    ready = ready and not searchers.lacks_reranker
    readiness = Readiness(
        ready=ready, modes=modes, generation=searcher.generation, problems=problems
    )
    return JSONResponse(readiness.model_dump(mode="json"), 200 if ready else 503)


def _told_problems(request: Request, problems: list[str]) -> list[str]:
    if problems and request.state.caller is None:
        return ["with an API key, this says what is wrong"]
    return problems
