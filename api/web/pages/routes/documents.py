"""Pages of documents and of similar passages."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams

from api.web.keys import Scope
from api.web.pages.addresses import read_place
from api.web.pages.refusal import error_page
from api.web.pages.rendering import home_of, render_page
from api.web.pages.views.document import view_document
from api.web.pages.views.search import SearchForm
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
    return render_page(request, "document.html", form=form, view=view)


@router.api_route("/passages/{passage_id}/similar", methods=["GET", "HEAD"])
def similar_page(request: Request, passage_id: str, services: Provided) -> Response:
    """Return the page of passages that are similar to this one."""
    form = SearchForm(QueryParams())
    try:
        view = view_similar(services.searchers.current(), passage_id, home_of(request))
    except SpanlightError as error:
        return error_page(request, "error.html", error, form=form)
    return render_page(request, "search/similar.html", form=form, view=view)
