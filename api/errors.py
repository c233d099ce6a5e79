"""Errors as RFC 9457 problem documents: one shape and one table of statuses for every route."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api.schemas import Problem
from indexer.errors import (
    DocumentNotFound,
    GenerationGone,
    IndexUnusable,
    InvalidQuery,
    JobNotFound,
    JobRunning,
    ModelUnusable,
    NotFound,
    PassageNotFound,
    SemanticUnavailable,
    SpanlightError,
    UsageError,
)

__all__ = ["PROBLEM_RESPONSES", "add_error_handlers", "blaming", "problem_responses", "status_of"]

log = logging.getLogger(__name__)

# The most specific first.
STATUSES: tuple[tuple[type[SpanlightError], HTTPStatus], ...] = (
    (GenerationGone, HTTPStatus.GONE),
    (JobRunning, HTTPStatus.CONFLICT),
    (NotFound, HTTPStatus.NOT_FOUND),
    (UsageError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SemanticUnavailable, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ModelUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
    (IndexUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
)
RETRY_AFTER_S = "5"


def problem_responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Return how a route that answers with problems of these statuses is described."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "model": Problem,
            "content": {"application/problem+json": {}},
        }
        for status in statuses
    }


PROBLEM_RESPONSES = problem_responses(404, 410, 422, 500, 503)


class _BlamedError(Exception):
    """An error, and the part of the request that it is about."""

    def __init__(self, part: str, error: SpanlightError) -> None:
        super().__init__(f"{part}: {error}")
        self.part = part
        self.error = error


@contextmanager
def blaming(part: str, kind: type[SpanlightError] = SpanlightError) -> Iterator[None]:
    """Let the problem document of an error raised inside name the part of the request.

    Where the error names a parameter itself, that is one of the part.
    """
    try:
        yield
    except kind as error:
        raise _BlamedError(part, error) from error


def status_of(error: SpanlightError) -> HTTPStatus:
    """Return the HTTP status that tells the error."""
    return next(
        (status for kind, status in STATUSES if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error of the application with a problem document."""
    app.add_exception_handler(SpanlightError, _spanlight_error)
    app.add_exception_handler(_BlamedError, _blamed_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


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
        detail=_printable(detail),
        code=code,
        parameter=parameter,
        position=position,
    )
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status,
        headers=headers,
        media_type="application/problem+json",
    )


def _spanlight_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SpanlightError)
    return _told(error, str(error), _parameter(request, error))


def _blamed_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, _BlamedError)
    parameter = _parameter(request, error.error)
    return _told(error.error, str(error), f"{error.part}.{parameter}" if parameter else error.part)


def _told(error: SpanlightError, detail: str, parameter: str | None) -> Response:
    status = status_of(error)
    headers = {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = RETRY_AFTER_S
    if isinstance(error, JobRunning):
        headers["Location"] = f"/v1/jobs/{error.job_id}"
    return _problem(
        status,
        error.code,
        detail,
        parameter=parameter,
        position=error.position if isinstance(error, InvalidQuery) else None,
        headers=headers,
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
        case JobNotFound() if "job_id" in request.path_params:
            return "job_id"
        case PassageNotFound() if "passage_id" in request.path_params:
            return "passage_id"
    return None


def _invalid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    parameter = _place(first["loc"][1:])
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = f"there is no parameter {parameter!r}"
    elif first["type"] == "json_invalid":
        parameter, message = None, f"the body is not JSON: {first.get('ctx', {}).get('error')}"
    detail = f"{parameter}: {message}" if parameter else message
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", detail, parameter=parameter)


def _place(path: Sequence[str | int]) -> str | None:
    """Return a place in a request as JavaScript would name it, None for the whole of it."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".") or None


def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = status.name.lower()
    return _problem(status, code, str(error.detail), headers=error.headers)


def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected error at %s", request.url.path, exc_info=error)
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something went wrong inside Spanlight; its log says more.",
    )


def _printable(text: str) -> str:
    """Return the text with what no encoding can hold written out."""
    return text.encode("utf-8", "backslashreplace").decode()
