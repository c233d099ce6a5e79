"""Send costly requests and index costly folders, and check that each stays within bounds."""

import argparse
import tempfile
import time
from collections.abc import Iterable
from http import HTTPStatus
from itertools import islice
from pathlib import Path

from indexer.command.reindex_process import reindex_report, start_reindex
from indexer.config import STATIC_MODEL
from indexer.errors import UsageError
from scripts.benchmarking.figures.memory import PeakMemory
from scripts.benchmarking.serving.server import get_json, running_server
from tests.stress.costly.files import CostlyFolder, costly_folders, index_folder
from tests.stress.costly.queries import CostlyRequest, ask, costly_requests, plain_median_ms
from tests.stress.outcome import Command, Outcome
from tests.stress.sample import SAMPLE_CORPUS

__all__ = ["COMMAND", "try_folders", "try_queries"]

# The limit for one search, with up to 50,000 passages.
MOST_MS = 1_000.0
# The limits for indexing a folder. A file of 64 MB takes several times that in memory.
MOST_MEGABYTES = 2_000.0
MOST_SECONDS = 600.0
SLOWEST_SHOWN = 10


def try_queries(data: Path, model: str, most_ms: float = MOST_MS, step: int = 1) -> Outcome:
    """Return how long costly requests take, with an index of the folder.

    Only every `step`-th request is sent.
    """
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as place:
        index = Path(place) / "index"
        report = reindex_report(start_reindex(data, index, model))
        outcome.figures["passages"] = report["passages"]
        with running_server(index) as server, PeakMemory(server.pid) as memory:
            modes = get_json(server.port, "/readyz")["modes"]
            outcome.figures["plain searches, median ms"] = plain_median_ms(server.port, modes)
            requests = islice(costly_requests(server.port, modes), 0, None, step)
            taken = _ask_all(server.port, requests, most_ms, outcome)
            outcome.figures["plain searches after, median ms"] = plain_median_ms(server.port, modes)
    outcome.figures["peak MB of the server"] = memory.peak.resident
    for ms, name in sorted(taken, reverse=True)[:SLOWEST_SHOWN]:
        outcome.figures[f"  {name}, ms"] = ms
    return outcome


def _ask_all(
    port: int, requests: Iterable[CostlyRequest], most_ms: float, outcome: Outcome
) -> list[tuple[float, str]]:
    """Return the time that each request took per search, with its name."""
    taken = []
    for request in requests:
        asked = ask(port, request)
        outcome.count("costly requests")
        outcome.count(f"status {asked.status}")
        ms = asked.ms / request.searches
        taken.append((ms, request.name))
        if asked.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            outcome.errors.append(f"{request.name}: {asked.status} {asked.body[:200]!r}")
        if ms > most_ms:
            outcome.errors.append(f"{request.name}: {ms:,.0f} ms")
    return taken


def try_folders(folders: Iterable[CostlyFolder], limit_s: float = MOST_SECONDS) -> Outcome:
    """Return the cost and the result of indexing each of the folders."""
    outcome = Outcome()
    for folder in folders:
        indexed = index_folder(folder, limit_s)
        outcome.count("costly folders")
        outcome.figures[f"  {folder.name}"] = (
            f"{indexed.seconds:.1f} s, {indexed.peak_megabytes:,.0f} MB: {indexed.outcome}"
        )
        if indexed.error is not None:
            outcome.errors.append(f"{folder.name}: {indexed.error}")
        elif indexed.skipped != ({folder.refused} if folder.refused else set()):
            outcome.errors.append(f"{folder.name}: {indexed.outcome}")
        if indexed.peak_megabytes > MOST_MEGABYTES:
            outcome.errors.append(f"{folder.name}: {indexed.peak_megabytes:,.0f} MB")
    return outcome


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, default=SAMPLE_CORPUS, help="folder to search (the sample corpus)"
    )
    parser.add_argument(
        "--model", default=STATIC_MODEL, help=f"model of its index ({STATIC_MODEL})"
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, help="size of the costly folders, such as 0.01 (1)"
    )
    parser.add_argument(
        "--only", choices=["queries", "files"], help="run only one of the two halves"
    )


def _run(arguments: argparse.Namespace) -> Outcome:
    if not arguments.data.is_dir():
        raise UsageError(f"{arguments.data} is not a folder")
    outcome = Outcome()
    began = time.monotonic()
    if arguments.only != "files":
        _add(outcome, try_queries(arguments.data, arguments.model))
    if arguments.only != "queries":
        _add(outcome, try_folders(costly_folders(arguments.scale)))
    outcome.figures["minutes"] = (time.monotonic() - began) / 60
    return outcome


def _add(outcome: Outcome, more: Outcome) -> None:
    outcome.figures |= more.figures
    outcome.errors += more.errors


COMMAND = Command(
    "costly",
    "Send costly queries and index costly folders. The queries have thousands of terms, prefixes, "
    "typos and globs, or ask for deep pages. The folders contain one line of 500 MB, a million "
    "headings, deeply nested folders, or files that never end. A search that takes more than a "
    "second, too much memory, or a folder that is never done is an error.",
    _add_options,
    _run,
)
