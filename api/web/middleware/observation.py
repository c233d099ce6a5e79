"""Gives each request an id, a line in the log, metrics, and a trace span."""

import logging
import re
import secrets
import time
from http import HTTPMethod, HTTPStatus

from opentelemetry import propagate
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.telemetry.logs import name_request
from api.telemetry.metrics import REQUEST_SECONDS, REQUESTS
from api.telemetry.stages import tracer
from api.web.problems import internal_problem
from indexer.errors import is_panic

__all__ = ["Observation"]

log = logging.getLogger(__name__)

REQUEST_ID = "X-Request-ID"
SOUND_ID = re.compile(r"[\w.-]{8,64}")
# Clients may invent any number of other methods.
METHODS = frozenset(HTTPMethod)
# Programs and pages request these all the time, so they are logged only for debugging.
QUIET = frozenset({"/livez", "/readyz", "/metrics", "/static"})


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
        observed = _Observed(send, request_id)
        name_request(request_id)
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
                method = scope["method"] if scope["method"] in METHODS else "other"
                REQUESTS.labels(method, route, observed.status).inc()
                REQUEST_SECONDS.labels(route).observe(seconds)
                span.update_name(f"{method} {route}")
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", observed.status)
                self._log(scope, route, observed.status, seconds)

    def _log(self, scope: Scope, route: str, status: int, seconds: float) -> None:
        caller = scope.get("state", {}).get("caller")
        values: dict[str, object] = {
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
        }
        if caller is not None and caller.key is not None:
            values["key"] = caller.key
        if self._log_queries:
            values["path"] = scope["path"]
            values["query"] = scope["query_string"].decode("latin-1")
        log.log(logging.DEBUG if route in QUIET else logging.INFO, "request", extra=values)


class _Observed:
    """The answer as it is sent. Its status is 499 if the client went away before it began."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 499

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[REQUEST_ID] = self._request_id
        await self._send(message)

    async def fail(self, scope: Scope, receive: Receive) -> None:
        """Send an internal error, unless an answer has begun."""
        if self.status == 499:
            await internal_problem()(scope, receive, self.send)
        self.status = HTTPStatus.INTERNAL_SERVER_ERROR


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    return given if SOUND_ID.fullmatch(given) else secrets.token_hex(8)


def _route(scope: Scope) -> str:
    """Return the template of the path, such as /v1/documents/{document_id}."""
    route = scope.get("route")
    if route is not None:
        return str(route.path)
    # Clients may invent any number of other paths.
    return "/static" if scope["path"].startswith("/static/") else "other"
