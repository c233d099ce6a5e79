"""The page that checks a quotation."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams

from api.contract.errors import DocumentNotFound, InvalidQuery
from api.contract.limits import MAX_QUOTATION_CHARS
from api.telemetry.outcome import note_error
from api.web.keys import Scope
from api.web.pages.addresses import read_quotation
from api.web.pages.refusal import error_page
from api.web.pages.rendering import render_page
from api.web.pages.routes.forms import Form
from api.web.pages.views.form import SearchForm
from api.web.pages.views.quotations import check_quotation
from api.web.permissions import required_scope
from api.web.problems import status_of
from api.web.query_string import require_single, require_utf8
from api.web.services import Provided, Services
from indexer.errors import SpanlightError

__all__ = ["router"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(required_scope(Scope.SEARCH))])


@router.api_route("/verify", methods=["GET", "HEAD"])
def quotation_page(request: Request, services: Provided) -> Response:
    """Return the form, and the verdict on a text in the address."""
    require_utf8(request)
    require_single(request.query_params.multi_items())
    return _page(request, services, request.query_params)


@router.post("/verify")
def check(request: Request, fields: Form, services: Provided) -> Response:
    """Return the verdict on the text in the form, or what to do if it has none."""
    if not fields.get("text", "").strip():
        message = "text: nothing to check; paste the text that somebody quoted"
        return _page(request, services, fields, InvalidQuery(message, parameter="text"))
    return _page(request, services, fields)


def _page(
    request: Request,
    services: Services,
    fields: Mapping[str, str],
    refused: DocumentNotFound | InvalidQuery | None = None,
) -> Response:
    form = SearchForm(QueryParams())
    view = None
    try:
        quotation = read_quotation(fields)
        if quotation is not None:
            view = check_quotation(services.searchers.current().quotations, quotation)
    except (DocumentNotFound, InvalidQuery) as error:
        note_error(error.code)
        refused = error
    except SpanlightError as error:
        return error_page(request, "error.html", error, form=form)
    return render_page(
        request,
        "verify.html",
        200 if refused is None else status_of(refused),
        form=form,
        text=fields.get("text", ""),
        path=fields.get("path", ""),
        most_chars=MAX_QUOTATION_CHARS,
        view=view,
        refused=refused,
    )
