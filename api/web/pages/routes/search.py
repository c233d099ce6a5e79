"""Pages of searches and help, and the description of this server as a search engine."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import QueryParams

from api.contract.limits import MAX_QUERY_CHARS
from api.query.syntax import SYNTAX
from api.serving.status import index_status
from api.web.keys import Scope
from api.web.pages.addresses import FRAGMENT, TYPING, read_search
from api.web.pages.refusal import error_page
from api.web.pages.rendering import HEADERS, home_of, render, render_page
from api.web.pages.views.form import SearchForm
from api.web.pages.views.search import view_search
from api.web.permissions import required_scope
from api.web.query_string import require_single, require_utf8
from api.web.services import Provided
from indexer.errors import SpanlightError

__all__ = ["router"]

# As many as browsers show.
SUGGESTIONS = 8

router = APIRouter(include_in_schema=False, dependencies=[Depends(required_scope(Scope.SEARCH))])


@router.api_route("/", methods=["GET", "HEAD"])
def search_page(request: Request, services: Provided) -> Response:
    """Return the results of the search in the address, or the start page if it has no query.

    With the parameter `fragment`, return only the results without the page around them.
    """
    parameters = request.query_params
    template = "search/results.html" if FRAGMENT in parameters else "search/search.html"
    shown: dict[str, Any] = {"form": SearchForm(parameters), "status": None, "view": None}
    try:
        require_utf8(request)
        searcher = services.searchers.current()
        shown["status"] = index_status(searcher, building=services.searchers.building)
        search = read_search(parameters)
        if search is not None:
            shown["view"] = view_search(
                search,
                searcher.search(search, typing=parameters.get(FRAGMENT) == TYPING),
                parameters,
                origin=home_of(request),
                documents=searcher.documents,
            )
    except SpanlightError as error:
        return error_page(request, template, error, **shown)
    return render_page(request, template, error=None, **shown)


@router.api_route("/help", methods=["GET", "HEAD"])
def help_page(request: Request) -> Response:
    """Return the page that explains queries, marks and keys."""
    return render_page(request, "help.html", form=SearchForm(QueryParams()), syntax=SYNTAX)


@router.api_route("/opensearch.xml", methods=["GET", "HEAD"])
def opensearch(request: Request) -> Response:
    """Return the OpenSearch description, with which browsers add this server as an engine."""
    text = render(request, "opensearch.xml", origin=home_of(request))
    return Response(text, media_type="application/opensearchdescription+xml", headers=HEADERS)


@router.api_route("/opensearch-suggestions", methods=["GET", "HEAD"])
def opensearch_suggestions(request: Request, services: Provided) -> Response:
    """Return completions of the query `q` in the format of OpenSearch: the query, then a list."""
    require_utf8(request)
    require_single(request.query_params.multi_items())
    q = request.query_params.get("q", "")[:MAX_QUERY_CHARS]
    suggested = services.searchers.current().suggester.suggest(q, SUGGESTIONS).suggestions
    return JSONResponse(
        [q, [each.text for each in suggested]],
        headers=HEADERS,
        media_type="application/x-suggestions+json",
    )
