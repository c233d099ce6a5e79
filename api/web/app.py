"""create_app: puts the application together."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from api.search.models.cross_encoder import CrossEncoder, load_cross_encoder
from api.search.models.reranker import reranker_of
from api.serving.agents.sessions import AgentSessions
from api.serving.agents.tools import Toolbox
from api.serving.drift import DriftWatch
from api.serving.jobs import Jobs
from api.serving.reload import Searchers
from api.settings import ServerSettings
from api.web.access import Access
from api.web.middleware.admission import MAX_BODY_BYTES, Admission
from api.web.middleware.authentication import Authentication, KeyCheck
from api.web.middleware.compression import Compression
from api.web.middleware.conditions import Conditions
from api.web.middleware.headers import SecurityHeaders
from api.web.middleware.hosts import HostCheck
from api.web.middleware.methods import Methods
from api.web.middleware.observation import Observation
from api.web.middleware.rates import RateLimit
from api.web.middleware.root_path import RootPath
from api.web.openapi import DescribedApplication
from api.web.pages.refusal import refusal
from api.web.pages.rendering import STATIC_FOLDER
from api.web.pages.routes import PAGE_ROUTERS
from api.web.problems import add_error_handlers
from api.web.routes import API_ROUTERS
from api.web.services import Services, provide
from indexer.command.version import version
from indexer.embedding.embedder import Embedder, LazyEmbedder
from indexer.errors import InvalidSetting, SpanlightError
from indexer.index.folder import IndexFolder

__all__ = ["create_app"]


def create_app(
    settings: ServerSettings,
    load_model: Callable[[str], Embedder] = LazyEmbedder,
    load_reranker: Callable[[str], CrossEncoder] = load_cross_encoder,
) -> FastAPI:
    """Return the application that serves the index of the settings.

    Raises InvalidSetting if others could use it without keys and without consent, or if its root
    path is like one of its own.
    """
    _require_clear_paths(settings.root_path)
    services = _services(settings, load_model, load_reranker)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.searchers.start()
        services.jobs.recover()
        yield
        services.stopping.set()
        await services.agents.stop()
        services.jobs.stop()
        services.drift.stop()
        services.searchers.stop()

    app = DescribedApplication(
        title="Spanlight",
        version=version(),
        summary="Search a folder of documents; every hit is a quotation with exact offsets.",
        lifespan=lifespan,
        # The framework's pages about the API load scripts from other sites.
        docs_url=None,
        redoc_url=None,
        # The framework's telemetry would include queries; api/telemetry/ replaces it.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=_middleware(settings, services.access),
        servers=[{"url": settings.root_path or "/"}],
    )
    provide(app, services)
    add_error_handlers(app, refusal)
    for router in (*API_ROUTERS, *PAGE_ROUTERS):
        app.include_router(router)
    app.mount("/static", _WholeFiles(directory=STATIC_FOLDER), name="static")
    return app


def _require_clear_paths(root_path: str) -> None:
    """Raise InvalidSetting if a path could be one with the root path, or one without it."""
    routes = [route for router in (*API_ROUTERS, *PAGE_ROUTERS) for route in router.routes]
    own = {getattr(route, "path", "").split("/")[1] for route in routes} | {
        "openapi.json",
        "static",
    }
    first = root_path.split("/")[1] if root_path else ""
    if first and first in own:
        raise InvalidSetting(
            f"SPANLIGHT_ROOT_PATH is {root_path!r}, but the server itself has addresses that begin "
            f"with /{first}; choose another path"
        )


class _WholeFiles(StaticFiles):
    """Static files, always whole: they are small, and the framework refuses ranges in its words."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


def _services(
    settings: ServerSettings,
    load_model: Callable[[str], Embedder],
    load_reranker: Callable[[str], CrossEncoder],
) -> Services:
    index = IndexFolder(settings.index)
    access = Access(settings)
    searchers = Searchers(index, settings, load_model, reranker_of(settings, load_reranker))
    drift = DriftWatch(index, settings.drift_interval_s)
    toolbox = Toolbox(searchers, drift, settings.time_limit_s)
    return Services(
        settings=settings,
        access=access,
        searchers=searchers,
        jobs=Jobs(settings, searchers),
        drift=drift,
        agents=AgentSessions(toolbox, MAX_BODY_BYTES),
        stopping=threading.Event(),
    )


def _middleware(settings: ServerSettings, access: Access) -> list[Middleware]:
    """Return what surrounds every request, the outermost first."""
    origins = settings.allowed_origins
    hosts = {settings.host.lower(), *settings.allowed_hosts}
    return [
        *([Middleware(RootPath, root_path=settings.root_path)] if settings.root_path else []),
        Middleware(Observation, log_queries=settings.log_queries),
        Middleware(SecurityHeaders, shared=bool(origins)),
        Middleware(HostCheck, hosts=hosts, origins=origins, refuse=_refuse),
        # Browsers send preflight requests without a key, so this comes before authentication.
        *([_cross_origin(origins)] if origins else []),
        Middleware(Authentication, access=access),
        # Before requests without a key are refused, so that these are counted as well.
        Middleware(RateLimit, per_minute=settings.rate_limit, refuse=_refuse),
        Middleware(KeyCheck, refuse=_refuse),
        Middleware(
            Admission,
            time_limit_s=settings.time_limit_s,
            max_waiting=settings.max_waiting,
            refuse=_refuse,
        ),
        # Before the others, so that the headers of HEAD are those of the whole answer.
        Middleware(Methods),
        Middleware(Compression),
        Middleware(Conditions),
    ]


def _cross_origin(origins: tuple[str, ...]) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=[
            *["Authorization", "Content-Type", "If-None-Match", "X-API-Key", "X-Request-ID"],
            *["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"],
        ],
        expose_headers=["ETag", "Retry-After", "X-Request-ID"],
    )


async def _refuse(error: SpanlightError, scope: Scope, receive: Receive, send: Send) -> None:
    await refusal(Request(scope, receive), error)(scope, receive, send)
