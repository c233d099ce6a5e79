"""A minimal server for an engine that has none, with FastAPI and uvicorn, as in Spanlight."""

import uvicorn
from fastapi import FastAPI

from scripts.benchmarking.peers.engines.peer import MODES, Peer
from scripts.benchmarking.serving.server import HOST, LIMIT

__all__ = ["serve"]


def serve(peer: Peer, port: int) -> None:
    """Load every mode, then serve `/search?q=&mode=` until the process is stopped."""
    for mode in MODES:
        peer.search("warm up", mode, LIMIT)
    app = FastAPI()

    @app.get("/search")
    def search(q: str, mode: str) -> list[dict[str, str]]:
        return [each._asdict() for each in peer.search(q, mode, LIMIT)]

    uvicorn.run(app, host=HOST, port=port, log_level="warning", access_log=False)
