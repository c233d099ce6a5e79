"""Let every file of an index fail to open, then take up hundreds of generations.

The failures pass, so a server must answer in the end, and its advice must fit the cause.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import product
from pathlib import Path
from random import Random

from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.command.arguments import positive_number
from indexer.config import IndexConfig
from indexer.index.folder import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.stress.outcome import Command, Outcome
from tests.stress.reload.failing import Failure, Worker, can_trace, opened_files
from tests.stress.reload.soak import soak

__all__ = ["COMMAND", "run_reloads"]

# No file handles left, no permission, a failing disk.
ERRORS = ("EMFILE", "EACCES", "EIO")
# A file is opened for its checksum, by its engine, and by each connection to the store.
TIMES = (1, 2, 3)


def run_reloads(*, failures: int | None, reloads: int) -> Outcome:
    """Return the results; `failures` is how many of all failures to try, None for all of them."""
    outcome = Outcome()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="spanlight-reload-") as place:
        if can_trace():
            _fail(Path(place), failures, outcome)
        else:
            outcome.figures["failures"] = "none, because strace is missing or not permitted"
        soak(Path(place), reloads, outcome)
    outcome.figures["seconds"] = time.monotonic() - started
    return outcome


def _fail(place: Path, wanted: int | None, outcome: Outcome) -> None:
    index = _index(place)
    todo: Sequence[Failure] = list(_all_failures(index))
    if wanted is not None:
        todo = Random(1).sample(todo, min(wanted, len(todo)))
    with closing(Worker(index)) as worker:
        for failure in todo:
            reloaded, failed = worker.reload(failure)
            outcome.count("failures")
            outcome.count("calls that failed", failed)
            outcome.count("failures that were noticed", bool(reloaded.problems))
            outcome.errors += [f"{failure}: {error}" for error in reloaded.errors()]
    if not outcome.figures.get("calls that failed"):
        outcome.errors.append("no call failed")


def _index(place: Path) -> IndexFolder:
    folder = place / "failing"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"The ferry number {number} sails at noon.\n" * 9)
    index = IndexFolder(place / "index")
    build_index(BuildTask(folder, index, IndexConfig(model="hashed"), HashedEmbedder()))
    return index


def _all_failures(index: IndexFolder) -> Iterator[Failure]:
    for path, error, time_ in product(opened_files(index), ERRORS, TIMES):
        yield Failure(path, error, time_)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--failures", type=positive_number, help="number of failures to try (all of them)"
    )
    parser.add_argument(
        "--reloads", type=positive_number, default=500, help="number of reloads (500)"
    )


def _run(options: argparse.Namespace) -> Outcome:
    return run_reloads(failures=options.failures, reloads=options.reloads)


COMMAND = Command("reload", __doc__, _add_options, _run)
