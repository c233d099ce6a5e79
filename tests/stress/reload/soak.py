"""A server that takes up one generation after the other, with ceilings for what it may use."""

import itertools
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.config import STATIC_MODEL, IndexConfig
from indexer.embedding.embedder import LazyEmbedder
from indexer.index.folder import IndexFolder
from scripts.benchmarking.figures.disk import folder_megabytes
from scripts.benchmarking.figures.memory import tree_memory
from scripts.benchmarking.serving.server import Server, get_json, running_server, search_target
from tests.stress.outcome import Outcome

__all__ = ["soak"]

FILES = 50
# A server may use half of the usual limit of 256, however many generations it has seen.
MOST_HANDLES = 128
# The largest allowed growth of memory from the second to the last quarter of the reloads.
MOST_GROWTH = 0.05
# Size of all kept generations together, compared with an index of one.
LARGEST_INDEX = 8.0
TAKE_UP_LIMIT_S = 30.0
POLL_S = 0.01


def soak(work: Path, reloads: int, outcome: Outcome) -> None:
    """Publish so many generations under one server, and check each answer and what it uses."""
    folder, index = work / "folder", IndexFolder(work / "soaked")
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.txt").write_text(_text(number, edition=0))
    task = BuildTask(folder, index, IndexConfig(model=STATIC_MODEL), LazyEmbedder(STATIC_MODEL))
    build_index(task)
    first_megabytes = folder_megabytes(index.path)
    handles: list[int] = []
    megabytes: list[float] = []
    memory: list[float] = []
    with running_server(index.path, SPANLIGHT_RELOAD_INTERVAL_S="0.05") as server:
        for edition in range(1, reloads + 1):
            changed = edition % FILES
            (folder / f"{changed}.txt").write_text(_text(changed, edition))
            name = build_index(task).generation
            _wait_for(server, name)
            _check_answers(server, changed, edition, outcome)
            handles.append(len(list(Path(f"/proc/{server.pid}/fd").iterdir())))
            megabytes.append(folder_megabytes(index.path))
            memory.append(tree_memory(server.pid).anonymous)
    outcome.count("reloads", reloads)
    quarter = max(1, reloads // 4)
    growth = statistics.mean(memory[-quarter:]) / statistics.mean(memory[quarter : 2 * quarter]) - 1
    outcome.figures["file handles of the server, at most"] = max(handles)
    outcome.figures["memory of the server, MB, and its growth"] = f"{memory[-1]:.0f}, {growth:+.1%}"
    outcome.figures["index, MB, and its largest size"] = (
        f"{first_megabytes:.1f}, {max(megabytes):.1f}"
    )
    outcome.errors += _beyond_ceilings(
        max(handles), growth if reloads > FILES else 0.0, max(megabytes) / first_megabytes
    )


def _beyond_ceilings(handles: int, growth: float, size: float) -> Iterator[str]:
    if handles > MOST_HANDLES:
        yield f"the server used {handles} file handles"
    if growth > MOST_GROWTH:
        yield f"the server's memory grew by {growth:.1%}"
    if size > LARGEST_INDEX:
        yield f"the index grew to {size:.1f} times its size"


def _text(number: int, edition: int) -> str:
    about = " ".join(f"word{(number * 31 + place * 7) % 997}" for place in range(150))
    return f"File {number} is in edition {edition}.\n\n{about}.\n"


def _check_answers(server: Server, changed: int, edition: int, outcome: Outcome) -> None:
    """Ask for the changed file in each mode that has words; its new text is in the first hit."""
    for mode, query in itertools.product(("lexical", "hybrid"), [f"file edition +{edition}"]):
        answer = get_json(server.port, search_target(query, mode))
        outcome.count("searches")
        hits = [hit["text"] for hit in answer["hits"]]
        if not hits or f"File {changed} is in edition {edition}." not in hits[0]:
            outcome.errors.append(f"edition {edition} is not found ({mode}): {hits[:1]}")


def _wait_for(server: Server, generation: str | None) -> None:
    end = time.monotonic() + TAKE_UP_LIMIT_S
    while get_json(server.port, "/v1/status")["generation"] != generation:
        if time.monotonic() > end:
            raise TimeoutError(f"no new generation was taken up in {TAKE_UP_LIMIT_S:g} s")
        time.sleep(POLL_S)
