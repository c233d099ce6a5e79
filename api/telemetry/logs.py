"""The log: one event per line on standard error, as JSON for programs or as text for people.

Every line about a request includes its id. No line contains a query, unless the settings allow it.
"""

import logging
import sys

import structlog

from api.settings import ServerSettings

__all__ = ["configure_logs", "name_request"]


def configure_logs(settings: ServerSettings) -> None:
    """Send everything that this process logs, including libraries, through one handler."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
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


def name_request(request_id: str) -> None:
    """Add the id to every line that is logged for this request from now on."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
