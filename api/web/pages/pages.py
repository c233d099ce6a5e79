"""The web page, rendered on the server: search, documents, similar passages, index, help, sign-in.

Every page is whole without JavaScript, and its address holds all of its state.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import QueryParams

from api.contract.errors import KeyRequired, ModelLoading
from api.contract.limits import MAX_QUERY_CHARS
from api.query.query import SYNTAX
from api.search.searcher import Searcher
from api.serving.drift import DriftWatch
from api.serving.jobs import Jobs
from api.serving.reload import Searchers
from api.telemetry.metrics import REFUSALS
from api.web.access import Access, Caller
from api.web.keys import Scope
from api.web.middleware.authentication import KEY_COOKIE
from api.web.pages.addresses import FRAGMENT, TYPING, read_place, read_search
from api.web.pages.document_view import view_document
from api.web.pages.index_view import STAGES, IndexView
from api.web.pages.marked_text import Layer, exact, mark_text
from api.web.pages.search_view import SearchForm, view_search
from api.web.pages.similar_view import view_similar
from api.web.permissions import required_scope
from api.web.problems import headers_of, problem_of, status_of, tell_damage
from api.web.query_string import require_utf8
from indexer.errors import IndexNotFound, IndexUnusable, InvalidSetting, SpanlightError
from indexer.spans import Span

__all__ = ["STATIC_FOLDER", "admin", "entrance", "refusal", "router"]

HERE = Path(__file__).parent
STATIC_FOLDER = HERE / "static"

# Scripts and styles come from files of our own alone, so that no text of a corpus can become one.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    # The index may change at any time.
    "Cache-Control": "no-cache",
}

PAGE_METHODS = frozenset({"GET", "HEAD"})

# As many as browsers show.
SUGGESTIONS = 8

# How long a browser stays signed in.
SIGNED_IN_S = 30 * 86_400
# What any form sends is shorter by far.
MAX_FORM_BYTES = 10_000
# A small folder is compared with the index while its page waits.
DRIFT_WAIT_S = 0.3

router = APIRouter(include_in_schema=False, dependencies=[Depends(required_scope(Scope.SEARCH))])
admin = APIRouter(include_in_schema=False, dependencies=[Depends(required_scope(Scope.ADMIN))])
entrance = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def search_page(request: Request) -> Response:
    """Return the results of the search in the address, or the start page where it has no query.

    With the parameter `fragment` they come without the page around them.
    """
    parameters = request.query_params
    template = "results.html" if FRAGMENT in parameters else "search.html"
    shown: dict[str, Any] = {"form": SearchForm(parameters), "status": None, "view": None}
    try:
        require_utf8(request)
        searcher = _searcher(request)
        shown["status"] = searcher.status(building=_searchers(request).building)
        search = read_search(parameters)
        if search is not None:
            shown["view"] = view_search(
                search,
                searcher.search(search, typing=parameters.get(FRAGMENT) == TYPING),
                parameters,
                origin=_origin(request),
                read_text=searcher.document_text,
            )
    except SpanlightError as error:
        return _trouble(request, template, error, **shown)
    return _page(request, template, error=None, **shown)


@router.api_route("/documents/{document_id}", methods=["GET", "HEAD"])
def document_page(request: Request, document_id: str) -> Response:
    """Return a part of the document's text, with the span and the highlights marked in it."""
    form = SearchForm(QueryParams({"q": request.query_params.get("q", "")}))
    try:
        require_utf8(request)
        place = read_place(request.query_params)
        view = view_document(_searcher(request), document_id, place, _origin(request))
    except SpanlightError as error:
        return _trouble(request, "error.html", error, form=form)
    return _page(request, "document.html", form=form, view=view)


@router.api_route("/passages/{passage_id}/similar", methods=["GET", "HEAD"])
def similar_page(request: Request, passage_id: str) -> Response:
    """Return the passages that are like this one."""
    form = SearchForm(QueryParams())
    try:
        view = view_similar(_searcher(request), passage_id, _origin(request))
    except SpanlightError as error:
        return _trouble(request, "error.html", error, form=form)
    return _page(request, "similar.html", form=form, view=view)


@router.api_route("/help", methods=["GET", "HEAD"])
def help_page(request: Request) -> Response:
    """Return what a query may hold, and what the page's marks and keys mean."""
    return _page(request, "help.html", form=SearchForm(QueryParams()), syntax=SYNTAX)


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form that was sent; of those with one name the last."""
    body = (await request.body())[:MAX_FORM_BYTES].decode("utf-8", "replace")
    return {name: values[-1] for name, values in parse_qs(body).items()}


Form = Annotated[dict[str, str], Depends(_form)]


@admin.api_route("/index", methods=["GET", "HEAD"])
def index_page(request: Request) -> Response:
    """Return what is answered from, what changed since, and how far the job is that runs."""
    return _index_page(request)


@admin.post("/index/reindex")
def start_reindex(request: Request, form: Form) -> Response:
    """Start a job and lead to the page that shows it; where that is refused, say why."""
    try:
        _jobs(request).start(full="full" in form)
    except SpanlightError as error:
        return _index_page(request, error)
    return RedirectResponse("/index", 303, headers=HEADERS)


@router.api_route("/opensearch.xml", methods=["GET", "HEAD"])
def opensearch(request: Request) -> Response:
    """Return the description by which browsers offer this search among their engines."""
    text = TEMPLATES.get_template("opensearch.xml").render(origin=_origin(request))
    return Response(text, media_type="application/opensearchdescription+xml", headers=HEADERS)


@router.api_route("/opensearch-suggestions", methods=["GET", "HEAD"])
def opensearch_suggestions(request: Request) -> Response:
    """Return completions of the query `q` as browsers ask for them: the query, then the list."""
    require_utf8(request)
    q = request.query_params.get("q", "")[:MAX_QUERY_CHARS]
    suggested = _searcher(request).suggest(q, SUGGESTIONS).suggestions
    return JSONResponse(
        [q, [each.text for each in suggested]],
        headers=HEADERS,
        media_type="application/x-suggestions+json",
    )


@entrance.api_route("/sign-in", methods=["GET", "HEAD"])
def sign_in_page(request: Request) -> Response:
    """Return the form that asks for an API key."""
    following = _own_address(request.query_params.get("next", "/"))
    form = SearchForm(QueryParams())
    return _page(request, "sign_in.html", form=form, following=following, error=None)


@entrance.post("/sign-in")
async def sign_in(request: Request, fields: Form) -> Response:
    """Let the browser keep the key, out of reach of scripts, and go on to where it was wanted."""
    secret, following = fields.get("key", "").strip(), _own_address(fields.get("next", "/"))
    access: Access = request.app.state.access
    if access.required and access.caller(secret) is None:
        error = KeyRequired("this API key is not valid")
        form = SearchForm(QueryParams())
        return _page(request, "sign_in.html", 401, form=form, following=following, error=error)
    response = RedirectResponse(following, 303, headers=HEADERS)
    response.set_cookie(
        KEY_COOKIE,
        secret,
        max_age=SIGNED_IN_S,
        secure=request.url.scheme == "https",
        httponly=True,
        # Links to a passage are sent to colleagues: following one signs nobody out.
        samesite="lax",
    )
    return response


@entrance.post("/sign-out")
async def sign_out() -> Response:
    """Let the browser forget the key."""
    response = RedirectResponse("/sign-in", 303, headers=HEADERS)
    response.delete_cookie(KEY_COOKIE, httponly=True, samesite="lax")
    return response


def refusal(request: Request, error: SpanlightError) -> Response:
    """Return the answer to a request that cannot be answered: to a browser, a page."""
    path = request.url.path
    if path.startswith(("/v1/", "/metrics", "/openapi.json")):
        return problem_of(request, error)
    is_fragment = FRAGMENT in request.query_params
    if isinstance(error, KeyRequired) and not is_fragment and request.method in PAGE_METHODS:
        query = f"?{request.url.query}" if request.url.query else ""
        following = urlencode({"next": path + query})
        return RedirectResponse(f"/sign-in?{following}", 303, headers=HEADERS)
    template = "results.html" if is_fragment else "error.html"
    form = SearchForm(request.query_params if path == "/" else QueryParams())
    return _trouble(request, template, error, form=form, status=None, view=None)


def _own_address(address: str) -> str:
    """Return the address where it is one of this server, else that of the start page."""
    parts = urlsplit(address)
    is_own = address.startswith("/") and not parts.scheme and not parts.netloc
    # Browsers take a backslash for a slash, and leave out control characters.
    return address if is_own and "\\" not in address and address.isprintable() else "/"


def _searchers(request: Request) -> Searchers:
    return cast("Searchers", request.app.state.searchers)


def _jobs(request: Request) -> Jobs:
    return cast("Jobs", request.app.state.jobs)


def _index_page(request: Request, refused: SpanlightError | None = None) -> HTMLResponse:
    searchers, jobs = _searchers(request), _jobs(request)
    status, folder, folder_problem = None, None, None
    problems = searchers.problems()
    try:
        searcher = searchers.current()
        drift = cast("DriftWatch", request.app.state.drift)
        status = searcher.status(drift=drift.of(searcher.manifest, wait_s=DRIFT_WAIT_S))
    except IndexUnusable as error:
        problems = problems or [str(error)]
    try:
        folder = str(jobs.folder())
    except InvalidSetting as error:
        folder_problem = str(error)
    view = IndexView(
        status=status,
        folder=folder,
        folder_problem=folder_problem,
        building=searchers.building,
        problems=problems,
        job=next(iter(jobs.recent()), None),
        refused=refused,
    )
    return _page(
        request,
        "index.html",
        200 if refused is None else status_of(refused),
        form=SearchForm(QueryParams()),
        view=view,
        stages=STAGES,
    )


def _searcher(request: Request) -> Searcher:
    return _searchers(request).current()


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _page(
    request: Request, template: str, status_code: int = 200, **values: object
) -> HTMLResponse:
    caller: Caller | None = getattr(request.state, "caller", None)
    values["signed_in"] = caller.key if caller is not None else None
    values["administers"] = caller is not None and Scope.ADMIN in caller.scopes
    text = TEMPLATES.get_template(template).render(**values)
    return HTMLResponse(text, status_code, headers=HEADERS)


def _trouble(
    request: Request, template: str, error: SpanlightError, **values: object
) -> HTMLResponse:
    """Return the page of an error; where it passes by itself, the page waits for that."""
    tell_damage(request, error)
    REFUSALS.labels(error.code).inc()
    awaited = None
    if isinstance(error, IndexUnusable) and _searchers(request).building:
        awaited = "build"
    elif isinstance(error, IndexNotFound | ModelLoading):
        awaited = error.code
    indexable = request.app.state.settings.folder is not None
    page = _page(
        request,
        template,
        status_of(error),
        error=error,
        awaited=awaited,
        indexable=indexable,
        **values,
    )
    page.headers.update(headers_of(error))
    return page


def _figure(number: float) -> str:
    """Return the number with two digits that count, as scores of rank fusion are small."""
    return f"{number:.2f}" if number == 0 or abs(number) >= 0.1 else f"{number:.2g}"


def _percent(share: float) -> str:
    """Return an estimated share, which is never quite nothing nor all, in whole percent."""
    return f"{min(max(round(100 * share), 1), 99)} %"


def _point_at(query: str, position: int) -> Markup:
    """Return the query with the code point at a position marked."""
    return mark_text(query, 0, [Layer("point", [Span(position, position + 1)])])


def _static_version() -> str:
    """Return a hash of the static files, so that browsers keep them until they change."""
    files = sorted(STATIC_FOLDER.iterdir())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "exact": exact,
        "figure": _figure,
        "percent": _percent,
        "point_at": _point_at,
    }
    environment.globals |= {"static_version": _static_version()}
    return environment


TEMPLATES = _templates()
