"""Flood everything that needs no key, while users with keys search and a monitor checks health."""

import argparse
import tempfile
import threading
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from api.web.keys import KeyFile, Scope
from indexer.command.arguments import positive_number
from indexer.command.reindex_process import reindex_report, start_reindex
from indexer.config import NO_MODEL
from scripts.benchmarking.corpus.queries import sentences_of
from scripts.benchmarking.serving.server import running_server
from tests.stress.flood.floods import FLOODS, flooding
from tests.stress.flood.users import Served, check_health, search
from tests.stress.outcome import Command, Outcome
from tests.stress.sample import SAMPLE_CORPUS

__all__ = ["COMMAND"]

QUERIES = 200


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="length of each flood, in seconds (20)"
    )
    parser.add_argument(
        "--attackers", type=positive_number, default=32, help="clients that flood (32)"
    )
    parser.add_argument(
        "--users", type=positive_number, default=4, help="users with keys who search (4)"
    )


def _run(options: argparse.Namespace) -> Outcome:
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="spanlight-flood-") as place:
        index, keys = Path(place) / "index", Path(place) / "keys.json"
        reindex_report(start_reindex(SAMPLE_CORPUS, index, NO_MODEL))
        secrets = [
            KeyFile(keys).add(f"user{number}", frozenset({Scope.SEARCH}))
            for number in range(options.users)
        ]
        # So few that the attackers would shed the users if they waited in the same queue.
        waiting = {"SPANLIGHT_MAX_WAITING": str(options.users)}
        environment = {"SPANLIGHT_KEYS": str(keys)} | waiting
        with running_server(index, **environment) as server:
            for name in FLOODS:
                with flooding(name, server.port, options.attackers):
                    _be_served(name, server.port, secrets, options.seconds, outcome)
    return outcome


def _be_served(
    name: str, port: int, secrets: Sequence[str], seconds: float, outcome: Outcome
) -> None:
    """Let users and a monitor ask beside the flood; everything that they ask must be answered."""
    queries = list(islice(sentences_of(SAMPLE_CORPUS), QUERIES))
    ended = threading.Event()
    users, monitor = [Served() for _ in secrets], Served()
    threads = [
        threading.Thread(target=search, args=(port, secret, queries, served, ended))
        for secret, served in zip(secrets, users, strict=True)
    ]
    threads.append(threading.Thread(target=check_health, args=(port, monitor, ended)))
    for thread in threads:
        thread.start()
    ended.wait(seconds)
    ended.set()
    for thread in threads:
        thread.join()
    for who, served in (("searches", _together(users)), ("health checks", monitor)):
        _tell(f"{name}: {who}", served, outcome)


def _together(users: Sequence[Served]) -> Served:
    return Served(
        [each for user in users for each in user.milliseconds],
        [each for user in users for each in user.errors],
    )


def _tell(name: str, served: Served, outcome: Outcome) -> None:
    median, slowest = np.percentile(served.milliseconds or [0.0], [50, 100])
    number = len(served.milliseconds)
    outcome.figures[f"{name}, p50, slowest, ms"] = f"{number}, {median:.0f}, {slowest:.0f}"
    outcome.errors += [f"{name}: {error}" for error in served.errors]
    if not number:
        outcome.errors.append(f"{name}: none was answered")


COMMAND = Command("flood", __doc__, _add_options, _run)
