"""Pages of documents and of similar passages."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams

from api.web.keys import Scope
from api.web.pages.addresses import read_place, search_address
from api.web.pages.refusal import error_page
from api.web.pages.rendering import home_of, render_page
from api.web.pages.views.document import view_document
from api.web.pages.views.form import SearchForm
from api.web.pages.views.similar import view_similar
from api.web.permissions import required_scope
from api.web.query_string import require_utf8
from api.web.services import Provided
from indexer.errors import SpanlightError

__all__ = ["router"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(required_scope(Scope.SEARCH))])


@router.api_route("/documents/{document_id}", methods=["GET", "HEAD"])
def document_page(request: Request, document_id: str, services: Provided) -> Response:
    """Return a part of the document's text, with the span and the highlights marked in it."""
    form = SearchForm(QueryParams({"q": request.query_params.get("q", "")}))
    try:
        require_utf8(request)
        place = read_place(request.query_params)
        documents = services.searchers.current().documents
        view = view_document(documents, document_id, place, home_of(request))
    except SpanlightError as error:
        return error_page(request, "error.html", error, form=form)
    results = _results(request, place.q)
    return render_page(request, "document.html", form=form, view=view, results=results)


@router.api_route("/passages/{passage_id}/similar", methods=["GET", "HEAD"])
def similar_page(request: Request, passage_id: str, services: Provided) -> Response:
    """Return the page of passages that are similar to this one.

    With `other_documents=true`, those of its own document are left out.
    """
    form = SearchForm(QueryParams())
    elsewhere = request.query_params.get("other_documents") == "true"
    try:
        searcher = services.searchers.current()
        view = view_similar(searcher, passage_id, home_of(request), elsewhere=elsewhere)
    except SpanlightError as error:
        return error_page(request, "error.html", error, form=form)
    return render_page(request, "search/similar.html", form=form, view=view)


def _results(request: Request, q: str | None) -> str | None:
    """Return the address of the search that led here, or of its query; None if there was none.

    The browser tells which page led here, so that addresses of documents stay short.
    """
    page, _, search = request.headers.get("referer", "").partition("?")
    if page == f"{home_of(request)}/" and "q" in QueryParams(search):
        return f"/?{search}"
    return search_address(QueryParams({"q": q})) if q else None
