"""Routes of searches, batches of searches, and suggestions."""

from typing import Annotated

from fastapi import Query, Response

from api.contract.lists.suggestions import SuggestRequest, SuggestResponse
from api.contract.search import (
    BatchRequest,
    BatchResponse,
    JsonSearch,
    SearchRequest,
    SearchResponse,
)
from api.search.requests.questions import parameter_filters
from api.web.problems import blaming
from api.web.routes.dependencies import Current, json_response, tagged_response, versioned_router

__all__ = ["router"]

router = versioned_router("search")


@router.get("/search", operation_id="search", response_model=SearchResponse)
def search(request: Annotated[SearchRequest, Query()], searcher: Current) -> Response:
    """Find the passages that answer a question."""
    return tagged_response(searcher, searcher.search(request), varying="took_ms")


@router.post("/search", operation_id="search_with_body", response_model=SearchResponse)
def search_with_body(request: JsonSearch, searcher: Current) -> Response:
    """Find the passages that answer a question, with the parameters in the body."""
    return json_response(searcher.search(request))


@router.post("/search/batch", operation_id="search_batch", response_model=BatchResponse)
def search_batch(batch: BatchRequest, searcher: Current) -> Response:
    """Answer up to 100 searches, in order, from one generation.

    If one of them cannot be answered, its error is the only answer. `parameter` then names the
    search, counted from 0, as in `searches[3].q`.
    """
    results = []
    for number, each in enumerate(batch.searches):
        with blaming(f"searches[{number}]"):
            results.append(searcher.search(each))
    return json_response(BatchResponse(results=results))


@router.get("/suggest", operation_id="suggest", response_model=SuggestResponse)
def suggest(searcher: Current, request: Annotated[SuggestRequest, Query()]) -> Response:
    """Complete a query with words, phrases and titles of the corpus."""
    filters = parameter_filters(request)
    suggested = searcher.suggester.suggest(request.q, request.limit, filters)
    return tagged_response(searcher, suggested)
