"""All measurements of every engine: building, starting, searching, serving; turn by turn."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from scripts.benchmarking.corpus.queries import UnseenQueries
from scripts.benchmarking.figures.latency import Latency
from scripts.benchmarking.figures.memory import MemoryUse, tree_memory
from scripts.benchmarking.peers.asking import AskedEngine, first_answer, running
from scripts.benchmarking.peers.building import BuildCost
from scripts.benchmarking.peers.engines.known import Engine
from scripts.benchmarking.peers.engines.peer import MODES
from scripts.benchmarking.peers.serving import ServedEngine, serving_engine
from scripts.benchmarking.serving.load import run_load

__all__ = [
    "EngineFigures",
    "Indexes",
    "asked_engines",
    "measure_cold_starts",
    "measure_in_process",
    "measure_over_http",
    "queries_needed",
]

# The first answer in the first mode needs no vectors; in the second, it needs everything.
COLD_MODES = ("lexical", "hybrid")
COLD_STARTS = 3
CLIENTS = (1, 8)
WARM_UP = 20
# Queries of each client in one turn. Turns are short, so that a slow phase hits all engines.
TURN = 10


@dataclass(slots=True)
class EngineFigures:
    """The figures of one engine; seconds and latency are by mode, then by number of clients."""

    build: BuildCost
    cold_seconds: dict[str, float] = field(default_factory=dict)
    in_process: dict[str, Latency] = field(default_factory=dict)
    memory: MemoryUse = field(default_factory=MemoryUse)
    over_http: dict[str, dict[int, Latency]] = field(default_factory=dict)
    server_memory: MemoryUse = field(default_factory=MemoryUse)
    relevance: dict[str, float] | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Indexes:
    """The folder of all engines' indexes, and the model that they are built with."""

    folder: Path
    model: Path
    engines: tuple[Engine, ...]

    def of(self, engine: Engine) -> Path:
        return self.folder / engine.name.casefold().replace(" ", "")


def queries_needed(count: int) -> int:
    """Return the number of queries for all measurements; each engine gets each query once."""
    loads = 1 + len(CLIENTS)
    return COLD_STARTS * len(COLD_MODES) + len(MODES) * (2 * WARM_UP + loads * count)


def measure_cold_starts(
    indexes: Indexes, queries: UnseenQueries, figures: Mapping[str, EngineFigures]
) -> None:
    """Start every engine several times, and record the median time until its first answer."""
    for mode in COLD_MODES:
        seconds: dict[str, list[float]] = {engine.name: [] for engine in indexes.engines}
        for query in queries.take(COLD_STARTS):
            for engine in indexes.engines:
                index = indexes.of(engine)
                seconds[engine.name].append(first_answer(engine, index, indexes.model, query, mode))
        for name, times in seconds.items():
            figures[name].cold_seconds[mode] = median(times)


def measure_in_process(
    asked: Sequence[AskedEngine],
    queries: UnseenQueries,
    count: int,
    figures: Mapping[str, EngineFigures],
) -> None:
    """Send the same `count` queries in each mode to all engines, each in its own process."""
    for mode in MODES:
        milliseconds: dict[str, list[float]] = {each.engine.name: [] for each in asked}
        warm_up = queries.take(WARM_UP)
        for each in asked:
            each.ask(warm_up, mode)
        for some in _turns(queries, count, TURN):
            for each in asked:
                milliseconds[each.engine.name] += each.ask(some, mode).milliseconds
        for name, times in milliseconds.items():
            figures[name].in_process[mode] = Latency.of(times, sum(times) / 1_000)
    for each in asked:
        figures[each.engine.name].memory = tree_memory(each.process.pid)


def measure_over_http(
    indexes: Indexes, queries: UnseenQueries, count: int, figures: Mapping[str, EngineFigures]
) -> None:
    """Serve all engines at once, and send each the same queries, with 1 and with 8 clients."""
    with ExitStack() as stack:
        served = [
            stack.enter_context(serving_engine(engine, indexes.of(engine), indexes.model))
            for engine in indexes.engines
        ]
        for mode in MODES:
            warm_up = queries.take(WARM_UP)
            for each in served:
                _load(each, warm_up, mode, clients=1)
            for clients in CLIENTS:
                for name, latency in _measure_load(served, queries, count, mode, clients).items():
                    figures[name].over_http.setdefault(mode, {})[clients] = latency
        for each in served:
            figures[each.engine.name].server_memory = tree_memory(each.server.pid)


def asked_engines(indexes: Indexes, stack: ExitStack) -> list[AskedEngine]:
    """Return the started processes of all engines; the stack stops them."""
    return [
        stack.enter_context(running(engine, indexes.of(engine), indexes.model))
        for engine in indexes.engines
    ]


def _measure_load(
    served: Sequence[ServedEngine], queries: UnseenQueries, count: int, mode: str, clients: int
) -> dict[str, Latency]:
    milliseconds: dict[str, list[float]] = {each.engine.name: [] for each in served}
    seconds = dict.fromkeys(milliseconds, 0.0)
    for some in _turns(queries, count, TURN * clients):
        for each in served:
            times, took = _load(each, some, mode, clients)
            milliseconds[each.engine.name] += times
            seconds[each.engine.name] += took
    return {name: Latency.of(times, seconds[name]) for name, times in milliseconds.items()}


def _load(
    served: ServedEngine, queries: Sequence[str], mode: str, clients: int
) -> tuple[list[float], float]:
    return run_load(served.server.port, [served.target(each, mode) for each in queries], clients)


def _turns(queries: UnseenQueries, count: int, size: int) -> Iterator[list[str]]:
    for start in range(0, count, size):
        yield queries.take(min(size, count - start))
