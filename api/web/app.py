"""create_app: wiring only."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from api.web.openapi import DescribedApplication
from api.contract.version import version
from api.search.models.cross_encoder import CrossEncoder, load_cross_encoder
from api.search.models.reranker import reranker_of
from api.serving.drift import DriftWatch
from api.serving.jobs import Jobs
from api.serving.reload import Searchers
from api.settings import ServerSettings
from api.web import routes
from api.web.access import Access
from api.web.middleware.admission import Admission
from api.web.middleware.authentication import Authentication
from api.web.middleware.headers import SecurityHeaders
from api.web.middleware.hosts import HostCheck
from api.web.middleware.observation import Observation
from api.web.middleware.rates import RateLimit
from api.web.pages import pages
from api.web.problems import add_error_handlers
from indexer.embedding.embedder import Embedder, LazyEmbedder
from indexer.errors import SpanlightError
from indexer.index.generation import IndexFolder

__all__ = ["create_app"]


def create_app(
    settings: ServerSettings,
    load_model: Callable[[str], Embedder] = LazyEmbedder,
    load_reranker: Callable[[str], CrossEncoder] = load_cross_encoder,
) -> FastAPI:
    """Return the application that serves the index of the settings.

    Raises InvalidSetting where the settings let in everybody without saying so.
    """
    access = Access(settings)
    reranker = reranker_of(settings, load_reranker)
    index = IndexFolder(settings.index)
    searchers = Searchers(index, settings, load_model, reranker)
    jobs = Jobs(settings, searchers)
    drift = DriftWatch(index, settings.drift_interval_s)
    stopping = threading.Event()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        searchers.start()
        yield
        stopping.set()
        jobs.stop()
        drift.stop()
        searchers.stop()

    app = DescribedApplication(
        title="Spanlight",
        version=version(),
        summary="Search a folder of documents; every hit is a quotation with exact offsets.",
        lifespan=lifespan,
        # The framework's pages about the API load scripts from elsewhere; nothing here does.
        docs_url=None,
        redoc_url=None,
        # The framework's own would hold what was searched for; api/telemetry/stages.py has others.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=_middleware(settings, access),
    )
    app.state.access = access
    app.state.searchers = searchers
    app.state.settings = settings
    app.state.jobs = jobs
    app.state.drift = drift
    # Streams of events end when this is set: a server waits for what it is still answering.
    app.state.stopping = stopping
    add_error_handlers(app, pages.refusal)
    app.include_router(routes.router)
    app.include_router(routes.admin)
    app.include_router(routes.health)
    app.include_router(pages.router)
    app.include_router(pages.entrance)
    app.include_router(pages.admin)
    app.mount("/static", StaticFiles(directory=pages.STATIC_FOLDER), name="static")
    return app


def _middleware(settings: ServerSettings, access: Access) -> list[Middleware]:
    """Return what surrounds every request, the outermost first."""
    origins = settings.allowed_origins
    hosts = {settings.host.lower(), *settings.allowed_hosts}
    found = [
        Middleware(Observation, log_queries=settings.log_queries),
        Middleware(SecurityHeaders, shared=bool(origins)),
        Middleware(HostCheck, hosts=hosts, origins=origins, refuse=_refuse),
        Middleware(Authentication, access=access, refuse=_refuse),
        Middleware(
            Admission,
            time_limit_s=settings.time_limit_s,
            max_waiting=settings.max_waiting,
            refuse=_refuse,
        ),
    ]
    if origins:
        # Browsers ask beforehand, without a key, what they may ask.
        cors = Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )
        found.insert(3, cors)
    if settings.rate_limit:
        limit = Middleware(
            RateLimit,
            per_minute=settings.rate_limit,
            is_local=access.is_local,
            refuse=_refuse,
        )
        found.insert(-1, limit)
    return found


async def _refuse(error: SpanlightError, scope: Scope, receive: Receive, send: Send) -> None:
    await pages.refusal(Request(scope, receive), error)(scope, receive, send)
