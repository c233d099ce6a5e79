"""The page about the index, and the form on it that starts a job."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import QueryParams

from api.serving.status import index_status
from api.telemetry.outcome import note_error
from api.web.keys import Scope
from api.web.pages.addresses import read_skipped
from api.web.pages.refusal import error_page
from api.web.pages.rendering import HEADERS, render_page
from api.web.pages.routes.forms import Form
from api.web.pages.views.form import SearchForm
from api.web.pages.views.index import STAGES, IndexView
from api.web.pages.views.skipped import view_skipped
from api.web.permissions import required_scope
from api.web.problems import status_of
from api.web.query_string import require_utf8
from api.web.services import Provided, Services
from indexer.errors import IndexUnusable, InvalidSetting, SpanlightError, without_surrogates

__all__ = ["admin"]

# Long enough to compare a small folder with the index.
DRIFT_WAIT_S = 0.3

admin = APIRouter(include_in_schema=False, dependencies=[Depends(required_scope(Scope.ADMIN))])


@admin.api_route("/index", methods=["GET", "HEAD"])
def index_page(request: Request, services: Provided) -> Response:
    """Return the page with the state of the index, changes in its folder, and the current job."""
    return _index_page(request, services)


@admin.api_route("/index/skipped", methods=["GET", "HEAD"])
def skipped_page(request: Request, services: Provided) -> Response:
    """Return the list of files that are not in the index, with what would help."""
    form = SearchForm(QueryParams())
    try:
        require_utf8(request)
        skipped = read_skipped(request.query_params)
        view = view_skipped(skipped, services.searchers.current().lister.files(skipped))
    except SpanlightError as error:
        return error_page(request, "error.html", error, form=form)
    return render_page(request, "index/skipped.html", form=form, view=view)


@admin.api_route("/index/reindex", methods=["GET", "HEAD"])
def form_of_reindex() -> Response:
    """Redirect to the page with the form; browsers ask for its address if they load it again."""
    return RedirectResponse("/index", 303, headers=HEADERS)


@admin.post("/index/reindex")
def start_reindex(request: Request, form: Form, services: Provided) -> Response:
    """Start a job and redirect to the page that shows it, or show why the job was refused."""
    try:
        services.jobs.start(full="full" in form)
    except SpanlightError as error:
        note_error(error.code)
        return _index_page(request, services, error)
    return RedirectResponse("/index", 303, headers=HEADERS)


def _index_page(
    request: Request, services: Services, refused: SpanlightError | None = None
) -> HTMLResponse:
    return render_page(
        request,
        "index/index.html",
        200 if refused is None else status_of(refused),
        form=SearchForm(QueryParams()),
        view=_index_view(services, refused),
        stages=STAGES,
    )


def _index_view(services: Services, refused: SpanlightError | None) -> IndexView:
    searchers, jobs = services.searchers, services.jobs
    status, folder, folder_problem = None, None, None
    formats, skipped = "", 0
    problems = searchers.problems()
    try:
        searcher = searchers.current()
        drift = services.drift.drift_of(searcher.snapshot.manifest, wait_s=DRIFT_WAIT_S)
        status = index_status(searcher, drift=drift)
        formats, skipped = searcher.lister.formats, searcher.lister.skipped
    except IndexUnusable as error:
        problems = problems or [str(error)]
    try:
        folder = without_surrogates(str(jobs.folder()))
    except InvalidSetting as error:
        folder_problem = str(error)
    return IndexView(
        status=status,
        folder=folder,
        folder_problem=folder_problem,
        building=searchers.building,
        problems=problems,
        job=next(iter(jobs.recent()), None),
        refused=refused,
        formats=formats,
        skipped=skipped,
    )
