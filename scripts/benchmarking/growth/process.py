"""One task in a separate process, so that its memory can be measured alone.

    python -m scripts.benchmarking.growth.process build MODEL INDEX FOLDER
    python -m scripts.benchmarking.growth.process search MODEL INDEX    (queries on standard input)

Each prints one JSON object.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from api.contract.search import Mode, SearchRequest
from api.search.models.query_model import QueryModel
from api.search.searcher import Searcher
from api.settings import ServerSettings
from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.config import IndexConfig
from indexer.embedding.embedder import Embedder, LazyEmbedder
from indexer.errors import SpanlightError
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot
from scripts.benchmarking.figures.latency import Latency
from scripts.benchmarking.figures.memory import tree_memory
from scripts.benchmarking.growth.hashed_words import HASHED_MODEL, HashedWords
from scripts.benchmarking.growth.recall import recall_at_10

__all__ = ["main"]

WARM_UP = 20


def main(arguments: Sequence[str]) -> None:
    """Do one task and print its result."""
    task, model, index, *rest = arguments
    if task == "build":
        found = _build(model, Path(index), Path(rest[0]))
    else:
        found = _search(model, Path(index), sys.stdin.read().splitlines())
    json.dump(found, sys.stdout)


def _embedder(model: str) -> Embedder:
    return HashedWords() if model == HASHED_MODEL else LazyEmbedder(model)


def _build(model: str, index: Path, folder: Path) -> dict[str, Any]:
    report = build_index(
        BuildTask(folder, IndexFolder(index), IndexConfig(model=model), _embedder(model))
    )
    waited = report.timings.get("waiting for embeddings", 0.0)
    return {
        "seconds": report.seconds,
        "beside_embedding": report.seconds - waited,
        "passages": report.passages,
        "embedded": report.embedded,
        "timings": report.timings,
    }


def _search(model: str, index: Path, queries: Sequence[str]) -> dict[str, Any]:
    """Open the index and search it. Every query is used once, a quarter of them in each way."""
    query_model = QueryModel(_embedder(model))
    query_model.load()
    folder = IndexFolder(index)
    current = folder.current()
    # Read the files once, so that both timed steps find them in the page cache.
    current.verify()
    verifying = _seconds(current.verify)
    began = time.perf_counter()
    snapshot = open_snapshot(folder, current)
    searcher = Searcher(snapshot, query_model, ServerSettings(index=index))
    opening = time.perf_counter() - began
    ways: dict[str, Callable[[str], object]] = {"embedding": query_model.embed_query}
    for mode in Mode:
        ways[mode.value] = partial(_ask, searcher, mode)
    latency = {
        name: asdict(_latency(ask, queries[number :: len(ways)]))
        for number, (name, ask) in enumerate(ways.items())
    }
    assert snapshot.manifest.vectors is not None
    found = {
        "passages": snapshot.manifest.passages,
        "vectors": snapshot.manifest.vectors._asdict(),
        "verifying_seconds": verifying,
        "opening_seconds": opening - verifying,
        "latency": latency,
        # Measured before recall reads all vectors.
        "memory": asdict(tree_memory(os.getpid())),
        "recall": recall_at_10(snapshot, list(map(query_model.embed_query, queries))),
    }
    searcher.snapshot.close()
    return found


def _ask(searcher: Searcher, mode: Mode, query: str) -> None:
    searcher.search(SearchRequest(q=query, mode=mode)).model_dump_json()


def _latency(ask: Callable[[str], object], queries: Sequence[str]) -> Latency:
    for query in queries[:WARM_UP]:
        ask(query)
    spent = [_seconds(partial(ask, query)) for query in queries[WARM_UP:]]
    return Latency.of([1_000 * each for each in spent], sum(spent))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SpanlightError as failure:
        sys.exit(f"benchmark.py: {failure}")
