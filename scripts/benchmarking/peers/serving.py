"""The HTTP server of an engine: its own if it has one, or else a minimal one."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from scripts.benchmarking.peers.asking import engine_command
from scripts.benchmarking.peers.engines.known import SPANLIGHT, Engine
from scripts.benchmarking.peers.engines.txtai_peer import WEIGHTS, WORDS
from scripts.benchmarking.serving.server import (
    HOST,
    LIMIT,
    Server,
    free_port,
    running_server,
    search_target,
    serving,
)

__all__ = ["ServedEngine", "serving_engine"]

TXTAI = "txtai"


@dataclass(frozen=True, slots=True)
class ServedEngine:
    """An engine that answers over HTTP."""

    engine: Engine
    server: Server

    def target(self, query: str, mode: str) -> str:
        """Return the path of a search for a page of hits."""
        return _target(self.engine, query, mode)


@contextmanager
def serving_engine(engine: Engine, index: Path, model: Path) -> Iterator[ServedEngine]:
    """Serve the engine's index until the block ends."""
    if engine.name == SPANLIGHT:
        with running_server(index) as server:
            yield ServedEngine(engine, server)
        return
    port = free_port()
    if engine.name == TXTAI:
        command = [sys.executable, "-m", "uvicorn", "txtai.api:app", "--host", HOST]
        command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
        environment = {"CONFIG": str(_txtai_settings(index))}
    else:
        command = engine_command(engine, index, model, "serve", str(port))
        environment = {}
    ready = [_target(engine, "ready", "hybrid")]
    with serving(command, port, ready, environment) as server:
        yield ServedEngine(engine, server)


def _target(engine: Engine, query: str, mode: str) -> str:
    if engine.name == SPANLIGHT:
        return search_target(query, mode)
    if engine.name != TXTAI:
        return "/search?" + urlencode({"q": query, "mode": mode})
    how = {"index": WORDS} if mode == "lexical" else {"weights": str(WEIGHTS[mode])}
    return "/search?" + urlencode({"query": query, "limit": LIMIT} | how)


def _txtai_settings(index: Path) -> Path:
    """Write the settings of txtai's server next to its index; JSON is also valid YAML."""
    settings = index.with_suffix(".yaml")
    settings.write_text(json.dumps({"path": str(index), "embeddings": None}), encoding="utf-8")
    return settings
