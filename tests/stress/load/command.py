"""Put one server under load for minutes, while its index is rebuilt again and again."""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from indexer.command.arguments import positive_number
from indexer.command.reindex_process import reindex_report, start_reindex
from indexer.config import DEFAULT_MODEL, NO_MODEL
from scripts.benchmarking.corpus.copied import copy_corpus
from scripts.benchmarking.corpus.queries import sentences_of
from scripts.benchmarking.figures.memory import tree_memory
from scripts.benchmarking.serving.server import Server, running_server, search_target
from tests.stress.load.traffic import MODES, Answers, Traffic, misbehave
from tests.stress.outcome import Command, Outcome
from tests.stress.sample import SAMPLE_CORPUS

__all__ = ["COMMAND"]

QUERIES = 2_000
# The share of the time for warming up, in which caches fill and threads start.
WARMING = 0.2
SAMPLE_INTERVAL_S = 0.5
# The largest allowed growth of memory from the first to the last part of the warm time.
FLAT = 0.05
# More clients than the server lets wait.
CROWD = 300
CROWD_S = 10.0
AFTER_CROWD_S = 3.0
CHANGED_FILES = 5


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, default=SAMPLE_CORPUS, help="folder to index (the sample corpus)"
    )
    parser.add_argument(
        "--files", type=positive_number, default=2_000, help="number of its files to index (2000)"
    )
    parser.add_argument(
        "--model", default=DEFAULT_MODEL, help=f"model, as for reindex.py ({DEFAULT_MODEL})"
    )
    parser.add_argument(
        "--clients",
        type=_numbers,
        default=(8, 64),
        help="numbers of clients, with one run for each number (8,64)",
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="length of each run (10)")
    parser.add_argument(
        "--reindex-every",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="interval at which files change and the index is rebuilt (30)",
    )


def _run(options: argparse.Namespace) -> Outcome:
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="spanlight-load-") as name:
        work = Path(name)
        corpus = copy_corpus(options.data, options.files, work / "corpus")
        queries = list(islice(sentences_of(corpus.folder), QUERIES))
        modes = ("lexical",) if options.model == NO_MODEL else MODES
        index = work / "index"
        reindex_report(start_reindex(corpus.folder, index, options.model))
        with running_server(index) as server:
            for clients in options.clients:
                seconds = 60 * options.minutes
                with _reindexing(corpus.folder, index, options.reindex_every, outcome):
                    _press(server, queries, modes, clients, seconds, outcome)
            _crowd(server, queries, modes, outcome)
    return outcome


def _press(
    server: Server,
    queries: Sequence[str],
    modes: Sequence[str],
    clients: int,
    seconds: float,
    outcome: Outcome,
) -> None:
    """Let the clients ask for this long; no request may be shed, and memory may not grow."""
    memory: list[float] = []
    ended = threading.Event()
    rude = threading.Thread(
        target=misbehave, args=(server.port, search_target(queries[0], modes[0]), ended)
    )
    rude.start()
    with Traffic(server.port, queries, clients, modes) as traffic:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(SAMPLE_INTERVAL_S)
            memory.append(tree_memory(server.pid).anonymous)
    ended.set()
    rude.join()
    answers = traffic.answers()
    name = f"{clients} clients"
    outcome.figures[f"{name}: minutes"] = seconds / 60
    _tell(name, answers, seconds, outcome)
    outcome.figures[f"{name}: generations answered from"] = len(answers.generations)
    growth = _growth(memory)
    outcome.figures[f"{name}: memory, MB, and its growth"] = f"{memory[-1]:.0f}, {growth:+.1%}"
    if growth > FLAT:
        outcome.errors.append(f"{name}: memory grew by {growth:.1%}")
    if answers.shed:
        outcome.errors.append(f"{name}: {answers.shed} requests were shed")


def _crowd(server: Server, queries: Sequence[str], modes: Sequence[str], outcome: Outcome) -> None:
    """Ask with more clients than may wait: some are shed, and the others are answered.

    Afterwards the server answers as before.
    """
    with Traffic(server.port, queries, CROWD, modes) as traffic:
        time.sleep(CROWD_S)
    answers = traffic.answers()
    _tell(f"{CROWD} clients", answers, CROWD_S, outcome)
    if not answers.shed:
        outcome.errors.append(f"{CROWD} clients: no request was shed")
    with Traffic(server.port, queries, 1, modes) as traffic:
        time.sleep(AFTER_CROWD_S)
    _tell("one client after that", traffic.answers(), AFTER_CROWD_S, outcome)
    if traffic.answers().shed:
        outcome.errors.append("one client afterwards: requests were shed")


def _tell(name: str, answers: Answers, seconds: float, outcome: Outcome) -> None:
    p50, p99 = np.percentile(answers.milliseconds or [0.0], [50, 99])
    outcome.figures[f"{name}: requests"] = len(answers.milliseconds)
    outcome.figures[f"{name}: requests per second"] = len(answers.milliseconds) / seconds
    slowest = max(answers.milliseconds, default=0.0)
    outcome.figures[f"{name}: p50, p99, slowest, ms"] = f"{p50:.0f}, {p99:.0f}, {slowest:.0f}"
    outcome.figures[f"{name}: shed with Retry-After"] = answers.shed
    outcome.errors += [f"{name}: {error}" for error in answers.errors]
    if not answers.milliseconds:
        outcome.errors.append(f"{name}: no request was answered")


def _growth(memory: Sequence[float]) -> float:
    """Return the relative growth from the first to the last third of the warm time."""
    warm = memory[int(WARMING * len(memory)) :]
    third = max(1, len(warm) // 3)
    return statistics.median(warm[-third:]) / statistics.median(warm[:third]) - 1


@contextmanager
def _reindexing(folder: Path, index: Path, every_s: float, outcome: Outcome) -> Iterator[None]:
    """Change some files and run reindex.py, again and again, while the block runs."""
    ended = threading.Event()
    files = sorted(path for path in folder.rglob("*") if path.is_file())

    def reindex() -> None:
        edition = 0
        while not ended.wait(every_s):
            for path in files[edition % len(files) :][:CHANGED_FILES]:
                with path.open("ab") as file:
                    file.write(f"\nEdition {edition} of this file.\n".encode())
            edition += 1
            report = reindex_report(start_reindex(folder, index, None))
            outcome.count("generations published meanwhile", bool(report["published"]))

    thread = threading.Thread(target=reindex)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(positive_number(number) for number in text.split(","))


COMMAND = Command("load", __doc__, _add_options, _run)
