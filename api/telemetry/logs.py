"""The log: one event per line on standard error, as JSON for programs or as text for people.

Every line about a request includes its id, the address of its client, and the trace that it is a
part of, if there is one. No line contains a query, unless the settings allow it.
"""

import logging
import sys

import structlog
from opentelemetry import trace

from api.settings import ServerSettings

__all__ = ["configure_logs", "name_request"]


def configure_logs(settings: ServerSettings) -> None:
    """Send everything that this process logs, including libraries, through one handler."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Plain tracebacks without the values of variables, which may contain queries.
        structlog.processors.format_exc_info,
    ]
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    as_text = (settings.log_format or ("text" if is_terminal else "json")) == "text"
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=is_terminal)
        if as_text
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Libraries log only warnings and errors.
    for name in ("api", "indexer"):
        logging.getLogger(name).setLevel(settings.log_level.upper())


def name_request(request_id: str, client: str | None) -> None:
    """Add the id and the client to every line that is logged for this request from now on."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    if client is not None:
        structlog.contextvars.bind_contextvars(client=client)


def _add_trace(
    _: structlog.types.WrappedLogger, __: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    """Add the ids of the current trace and span.

    Without an OpenTelemetry SDK, they are those of the `traceparent` that came with the request.
    """
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = trace.format_trace_id(span.trace_id)
        event["span_id"] = trace.format_span_id(span.span_id)
    return event
