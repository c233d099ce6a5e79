"""create_app: wiring only."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api import pages, routes
from api.answers import version
from api.cross_encoder import CrossEncoder, load_cross_encoder
from api.drift import DriftWatch
from api.errors import add_error_handlers
from api.jobs import Jobs
from api.reload import Searchers
from api.reranker import reranker_of
from api.settings import ServerSettings
from indexer.embedder import Embedder, LazyEmbedder
from indexer.generation import IndexFolder

__all__ = ["create_app"]

STATIC = Path(__file__).parent / "static"


def create_app(
    settings: ServerSettings,
    load_model: Callable[[str], Embedder] = LazyEmbedder,
    load_reranker: Callable[[str], CrossEncoder] = load_cross_encoder,
) -> FastAPI:
    """Return the application that serves the index of the settings."""
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

    app = FastAPI(
        title="Spanlight",
        version=version(),
        summary="Search a folder of documents; every hit is a quotation with exact offsets.",
        lifespan=lifespan,
        # The framework's pages about the API load scripts from elsewhere; nothing here does.
        docs_url=None,
        redoc_url=None,
    )
    app.state.searchers = searchers
    app.state.settings = settings
    app.state.jobs = jobs
    app.state.drift = drift
    # Streams of events end when this is set: a server waits for what it is still answering.
    app.state.stopping = stopping
    add_error_handlers(app)
    app.include_router(routes.router)
    app.include_router(routes.admin)
    app.include_router(routes.health)
    app.include_router(pages.router)
    app.include_router(pages.admin)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
