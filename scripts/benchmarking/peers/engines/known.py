"""The engines, and the packages that each needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from indexer.errors import UsageError
from scripts.benchmarking.peers.engines.peer import Peer

__all__ = ["ENGINES", "SPANLIGHT", "Engine", "choose_engines", "open_peer"]

SPANLIGHT = "Spanlight"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine; `needs` are the modules that it imports, `packages` the packages they are in."""

    name: str
    needs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        return all(find_spec(module) is not None for module in self.needs)


ENGINES = (
    Engine(SPANLIGHT),
    Engine("txtai", ("txtai", "fastapi_mcp"), ("txtai",)),
    Engine("LanceDB", ("lancedb",), ("lancedb",)),
    Engine("bm25s + FAISS", ("bm25s", "Stemmer"), ("bm25s", "faiss-cpu")),
)


def choose_engines(names: Sequence[str]) -> tuple[Engine, ...]:
    """Return Spanlight and the engines with these names; all engines if there are no names."""
    by_name = {engine.name.casefold(): engine for engine in ENGINES}
    for name in names:
        if name.casefold() not in by_name:
            known = ", ".join(engine.name for engine in ENGINES)
            raise UsageError(f"there is no engine {name!r}; choose from {known}")
    wanted = {name.casefold() for name in names or by_name} | {SPANLIGHT.casefold()}
    return tuple(engine for name, engine in by_name.items() if name in wanted)


def open_peer(name: str, index: Path, model: Path) -> Peer:
    """Return the engine with its index, importing only what this engine needs."""
    if name == "txtai":
        from scripts.benchmarking.peers.engines.txtai_peer import TxtaiPeer

        return TxtaiPeer(index, model)
    if name == "LanceDB":
        from scripts.benchmarking.peers.engines.lancedb_peer import LanceDBPeer

        return LanceDBPeer(index, model)
    if name == "bm25s + FAISS":
        from scripts.benchmarking.peers.engines.plain_script import PlainScript

        return PlainScript(index, model)
    from scripts.benchmarking.peers.engines.spanlight import SpanlightPeer

    return SpanlightPeer(index)
