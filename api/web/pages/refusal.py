"""The page for a request that cannot be answered."""

from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import QueryParams

from api.contract.errors import KeyRequired, ModelLoading
from api.telemetry.outcome import note_error
from api.web.pages.addresses import FRAGMENT
from api.web.pages.rendering import HEADERS, render_page
from api.web.pages.views.form import SearchForm
from api.web.problems import headers_of, problem_of, report_damage, status_of
from api.web.services import services_of
from indexer.errors import IndexNotFound, IndexUnusable, SpanlightError

__all__ = ["error_page", "refusal"]

PAGE_METHODS = frozenset({"GET", "HEAD"})
# What programs ask for, and their beginnings.
PROGRAM_PATHS = frozenset({"/v1", "/mcp", "/metrics", "/openapi.json", "/readyz"})


def refusal(request: Request, error: SpanlightError) -> Response:
    """Return the error as a page, or as a problem document for a path of the HTTP API."""
    path = request.url.path
    if path in PROGRAM_PATHS or path.startswith("/v1/"):
        return problem_of(request, error)
    is_fragment = FRAGMENT in request.query_params
    if isinstance(error, KeyRequired) and not is_fragment and request.method in PAGE_METHODS:
        query = f"?{request.url.query}" if request.url.query else ""
        following = urlencode({"next": path + query})
        return RedirectResponse(f"/sign-in?{following}", 303, headers=HEADERS)
    template = "search/results.html" if is_fragment else "error.html"
    form = SearchForm(request.query_params if path == "/" else QueryParams())
    return error_page(request, template, error, form=form, status=None, view=None)


def error_page(
    request: Request, template: str, error: SpanlightError, **values: object
) -> HTMLResponse:
    """Return the page of an error. If the error is temporary, the page waits and loads again."""
    services = services_of(request.app)
    report_damage(request, error)
    note_error(error.code)
    awaited = None
    if isinstance(error, IndexUnusable) and services.searchers.building:
        awaited = "build"
    elif isinstance(error, IndexNotFound | ModelLoading):
        awaited = error.code
    page = render_page(
        request,
        template,
        status_of(error),
        error=error,
        awaited=awaited,
        indexable=services.settings.folder is not None,
        **values,
    )
    page.headers.update(headers_of(error))
    return page
