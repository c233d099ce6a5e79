"""Gives each request an id, a line in the log, metrics, and a trace span."""

import logging
import re
import secrets
import time
from http import HTTPMethod, HTTPStatus

from opentelemetry import propagate
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.telemetry.logs import name_request
from api.telemetry.metrics import REQUEST_SECONDS, REQUESTS
from api.telemetry.outcome import Outcome, begin_outcome
from api.telemetry.stages import tracer
from api.web.middleware.routing import template_of
from api.web.problems import internal_problem
from indexer.errors import is_panic

__all__ = ["Observation"]

log = logging.getLogger(__name__)

REQUEST_ID = "X-Request-ID"
SOUND_ID = re.compile(r"[\w.-]{8,64}")
# Clients may invent any number of other methods.
METHODS = frozenset(HTTPMethod)
OTHER_ROUTE = "other"
# Programs and pages request these all the time, so they are logged only for debugging.
QUIET = frozenset({"/livez", "/readyz", "/metrics", "/static"})
# What nginx calls the status of a request whose client went away before the answer.
CLIENT_GONE = 499


class Observation:
    """Observes every request from its first byte to the last byte of its answer.

    An id that comes with the request is kept, so that the request can be followed through several
    programs. Queries are logged only with `log_queries`.
    """

    def __init__(self, app: ASGIApp, *, log_queries: bool) -> None:
        self._app = app
        self._log_queries = log_queries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        observed = _Observed(send, request_id, begin_outcome())
        name_request(request_id, _client(scope))
        started = time.perf_counter()
        with tracer.start_as_current_span(
            scope["method"], propagate.extract(headers), kind=SpanKind.SERVER
        ) as span:
            try:
                await self._app(scope, receive, observed.send)
            except Exception:
                log.exception("request failed")
                await observed.fail(scope, receive)
            except BaseException as error:
                # A panic of an engine written in Rust is not an Exception.
                if not is_panic(error):
                    raise
                log.exception("an engine panicked")
                await observed.fail(scope, receive)
            finally:
                route = _route(scope)
                seconds = time.perf_counter() - started
                REQUESTS.labels(_method(scope), route, observed.status).inc()
                REQUEST_SECONDS.labels(route).observe(seconds)
                _describe(span, scope, route, observed)
                self._log(scope, route, observed, seconds)

    def _log(self, scope: Scope, route: str, observed: "_Observed", seconds: float) -> None:
        caller = scope.get("state", {}).get("caller")
        values: dict[str, object] = {
            "method": scope["method"],
            "route": route,
            "status": observed.status,
            "ms": round(1000 * seconds, 1),
        }
        if (code := observed.code) is not None:
            values["code"] = code
        if caller is not None and caller.key is not None:
            values["key"] = caller.key
        if self._log_queries:
            values["path"] = scope["path"]
            values["query"] = scope["query_string"].decode("latin-1")
        log.log(_level(route, observed), "request", extra=values)


class _Observed:
    """The answer as it is sent. Its status is 499 if the client went away before it began."""

    def __init__(self, send: Send, request_id: str, outcome: Outcome) -> None:
        self._send = send
        self._request_id = request_id
        self._outcome = outcome
        self.status = CLIENT_GONE

    @property
    def code(self) -> str | None:
        """The code of the error that the request ended with, or None."""
        if self.is_refused:
            return self._outcome.code
        if self.status == CLIENT_GONE:
            return "client_gone"
        is_error = self.status >= HTTPStatus.BAD_REQUEST
        return HTTPStatus(self.status).name.lower() if is_error else None

    @property
    def is_refused(self) -> bool:
        """Whether the server answered with one of its errors."""
        return self._outcome.code is not None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # A plain number, because a text log would show an enumeration by its name.
            self.status = int(message["status"])
            MutableHeaders(scope=message)[REQUEST_ID] = self._request_id
        await self._send(message)

    async def fail(self, scope: Scope, receive: Receive) -> None:
        """Send an internal error, unless an answer has begun."""
        problem = internal_problem()
        if self.status == CLIENT_GONE:
            await problem(scope, receive, self.send)
        self.status = int(HTTPStatus.INTERNAL_SERVER_ERROR)


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    return given if SOUND_ID.fullmatch(given) else secrets.token_hex(8)


def _client(scope: Scope) -> str | None:
    """Return the address of the client; None if it is unknown, as on a Unix socket.

    Behind a trusted proxy, the server has already replaced the proxy's address by the client's.
    """
    client = scope.get("client")
    return str(client[0]) or None if client else None


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "other"


def _route(scope: Scope) -> str:
    """Return the template of the path, such as /v1/documents/{document_id}."""
    # Clients may invent any number of other paths.
    other = "/static" if scope["path"].startswith("/static/") else OTHER_ROUTE
    return template_of(scope) or other


def _level(route: str, observed: _Observed) -> int:
    """Return the level of the request's line: a refusal is told even on a quiet route."""
    if route in QUIET and not observed.is_refused:
        return logging.DEBUG
    is_fault = observed.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return logging.WARNING if is_fault else logging.INFO


def _describe(span: Span, scope: Scope, route: str, observed: _Observed) -> None:
    """Give the span the name and attributes that OpenTelemetry's conventions ask for.

    The path is left out, because it may contain what somebody looked for.
    https://opentelemetry.io/docs/specs/semconv/http/http-spans/
    """
    method = _method(scope)
    known = method if method in METHODS else "_OTHER"
    span.set_attribute("http.request.method", known)
    span.set_attribute("http.response.status_code", observed.status)
    span.set_attribute("url.scheme", scope["scheme"])
    if (client := _client(scope)) is not None:
        span.set_attribute("client.address", client)
    name = method if method in METHODS else "HTTP"
    if route != OTHER_ROUTE:
        span.set_attribute("http.route", route)
        name = f"{name} {route}"
    span.update_name(name)
    if observed.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.set_attribute("error.type", observed.code or str(observed.status))
        span.set_status(StatusCode.ERROR)
