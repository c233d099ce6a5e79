"""Errors as RFC 9457 problem documents: one format and one table of statuses for every route."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api.contract.errors import (
    BodyTooLarge,
    BodyTooSlow,
    DocumentNotFound,
    GenerationGone,
    HeadTooLarge,
    HeadTooSlow,
    HostNotAllowed,
    InvalidQuery,
    JobNotFound,
    JobRunning,
    KeyRequired,
    KeysMissing,
    KeysUnusable,
    MalformedRequest,
    NotFound,
    OriginalChanged,
    OriginalsOff,
    OriginNotAllowed,
    PageNotFound,
    PassageNotFound,
    RateLimited,
    RequestRefused,
    ScopeMissing,
    SemanticUnavailable,
)
from api.contract.refusals.problems import Problem
from api.contract.refusals.wrong_values import complaint, unknown_parameter
from api.contract.search import SearchRequest
from api.telemetry.outcome import note_error
from api.web.middleware.routing import methods_of
from api.web.services import services_of
from indexer.errors import (
    IndexDamaged,
    IndexUnusable,
    ModelUnusable,
    RemovalsRefused,
    SpanlightError,
    UsageError,
    without_surrogates,
)

__all__ = [
    "PROBLEM_RESPONSES",
    "add_error_handlers",
    "blaming",
    "headers_of",
    "internal_problem",
    "problem_of",
    "problem_responses",
    "problem_without_request",
    "report_damage",
    "status_of",
]

# The most specific first.
STATUSES: tuple[tuple[type[SpanlightError], HTTPStatus], ...] = (
    (GenerationGone, HTTPStatus.GONE),
    (JobRunning, HTTPStatus.CONFLICT),
    (OriginalChanged, HTTPStatus.CONFLICT),
    (NotFound, HTTPStatus.NOT_FOUND),
    (UsageError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RemovalsRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SemanticUnavailable, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ModelUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
    (IndexUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
    (HostNotAllowed, HTTPStatus.MISDIRECTED_REQUEST),
    (OriginNotAllowed, HTTPStatus.FORBIDDEN),
    (KeyRequired, HTTPStatus.UNAUTHORIZED),
    (KeysUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
    (KeysMissing, HTTPStatus.FORBIDDEN),
    (ScopeMissing, HTTPStatus.FORBIDDEN),
    (OriginalsOff, HTTPStatus.FORBIDDEN),
    (MalformedRequest, HTTPStatus.BAD_REQUEST),
    (HeadTooLarge, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (HeadTooSlow, HTTPStatus.REQUEST_TIMEOUT),
    (BodyTooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (BodyTooSlow, HTTPStatus.REQUEST_TIMEOUT),
    (RateLimited, HTTPStatus.TOO_MANY_REQUESTS),
    (RequestRefused, HTTPStatus.SERVICE_UNAVAILABLE),
)
UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE
RETRY_AFTER_S = "5"
# What Python's JSON parser raises in addition to its own error.
UNREADABLE_JSON = (UnicodeDecodeError, RecursionError, ValueError)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Return the OpenAPI description of problem documents with these statuses."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "model": Problem,
            "content": {"application/problem+json": {}},
        }
        for status in statuses
    }


# Any route may refuse a request, or not find what it names.
PROBLEM_RESPONSES = problem_responses(
    *(400, 401, 403, 404, 408, 410, 413, 421, 422, 429, 431, 500, 503),
)


class _BlamedError(Exception):
    """An error, and the part of the request that it is about."""

    def __init__(self, part: str, error: SpanlightError) -> None:
        super().__init__(f"{part}: {error}")
        self.part = part
        self.error = error


@contextmanager
def blaming(part: str, kind: type[SpanlightError] = SpanlightError) -> Iterator[None]:
    """Make the problem document of an error raised inside name this part of the request.

    If the error names a parameter, that parameter belongs to the part.
    """
    try:
        yield
    except kind as error:
        raise _BlamedError(part, error) from error


def report_damage(request: Request, error: SpanlightError) -> None:
    """Let `/readyz` report damage that was found while a request was answered."""
    if isinstance(error, IndexDamaged):
        services_of(request.app).searchers.report_damage(error)


def status_of(error: SpanlightError) -> HTTPStatus:
    """Return the HTTP status of the error."""
    return next(
        (status for kind, status in STATUSES if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def headers_of(error: SpanlightError) -> dict[str, str]:
    """Return the headers of the error's answer: when to try again, or where or how."""
    if isinstance(error, KeyRequired):
        return {"WWW-Authenticate": 'Bearer realm="Spanlight"'}
    if isinstance(error, JobRunning):
        return {"Location": f"/v1/jobs/{error.job_id}"} if error.job_id else {}
    if isinstance(error, RequestRefused):
        return {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {}
    return {"Retry-After": RETRY_AFTER_S} if status_of(error) is UNAVAILABLE else {}


def add_error_handlers(
    app: FastAPI, refusal: Callable[[Request, SpanlightError], Response]
) -> None:
    """Register handlers for every error: `refusal` for Spanlight's, problems for others.

    A browser that asks for a page which does not exist gets a page, too.
    """

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, SpanlightError)
        return refusal(request, error)

    def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.NOT_FOUND and _asks_for_page(request):
            return refusal(request, NotFound(error.detail))
        return _http_error(request, error)

    app.add_exception_handler(SpanlightError, refused)
    app.add_exception_handler(_BlamedError, _blamed_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, http_error)


def _problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    parameter: str | None = None,
    position: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        title=status.phrase,
        status=status,
        detail=without_surrogates(detail),
        code=code,
        parameter=parameter,
        position=position,
    )
    note_error(code)
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status,
        headers=headers,
        media_type="application/problem+json",
    )


def problem_of(request: Request, error: SpanlightError) -> Response:
    """Return the problem document of the error."""
    report_damage(request, error)
    return _told(error, str(error), _parameter(request, error))


def problem_without_request(error: SpanlightError) -> Response:
    """Return the problem document for a client that has not managed to send a request."""
    return _told(error, str(error), None)


def internal_problem() -> Response:
    """Return the problem document of an unexpected error."""
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something went wrong inside Spanlight; its log has the details.",
    )


def _blamed_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, _BlamedError)
    report_damage(request, error.error)
    parameter = _parameter(request, error.error)
    return _told(error.error, str(error), f"{error.part}.{parameter}" if parameter else error.part)


def _told(error: SpanlightError, detail: str, parameter: str | None) -> Response:
    return _problem(
        status_of(error),
        error.code,
        detail,
        parameter=parameter,
        position=error.position if isinstance(error, InvalidQuery) else None,
        headers=headers_of(error),
    )


def _parameter(request: Request, error: SpanlightError) -> str | None:
    match error:
        case InvalidQuery():
            return error.parameter
        case SemanticUnavailable():
            return "mode"
        case GenerationGone():
            return "cursor"
        case DocumentNotFound() if "document_id" in request.path_params:
            return "document_id"
        case PageNotFound() if "page" in request.path_params:
            return "page"
        case JobNotFound() if "job_id" in request.path_params:
            return "job_id"
        case PassageNotFound() if "passage_id" in request.path_params:
            return "passage_id"
    return None


def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    parameter = _place(first["loc"][1:])
    message = complaint(first)
    if isinstance(first["input"], bytes) and not parameter:
        # The framework reads a body only as JSON if a header says that it is JSON.
        message = "send JSON, with the header Content-Type: application/json"
    elif first["type"] == "extra_forbidden":
        known = SearchRequest.model_fields if "/search" in request.url.path else ()
        message = unknown_parameter(str(first["loc"][-1]), known)
    elif first["type"] == "json_invalid":
        found = f"{first['ctx']['error']} at character {first['loc'][1]:,}"
        parameter, message = None, f"the body is not JSON: {found}"
    detail = f"{parameter}: {message}" if parameter else message
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", detail, parameter=parameter)


def _place(path: Sequence[str | int]) -> str | None:
    """Return a place in a request in the notation of JavaScript; None for the whole request."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".") or None


def _asks_for_page(request: Request) -> bool:
    """Return whether a browser shows the answer to a person."""
    return "text/html" in request.headers.get("accept", "")


def _http_error(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.BAD_REQUEST and isinstance(error.__cause__, UNREADABLE_JSON):
        detail = f"the body is not JSON: {_unreadable(error.__cause__)}"
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", detail)
    headers = error.headers
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names only the methods of the first route of the path.
        headers = {"Allow": ", ".join(sorted(methods_of(request.scope)))}
    return _problem(status, status.name.lower(), str(error.detail), headers=headers)


def _unreadable(error: BaseException) -> str:
    match error:
        case UnicodeDecodeError():
            return f"byte {error.start} is not UTF-8"
        case RecursionError():
            return "it is nested too deeply"
    return "it contains a number that is too long"
