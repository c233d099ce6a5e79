"""Kill `reindex.py` at any moment while clients keep asking a server.

A stage is drawn first, then a moment of that stage, so that short stages such as publishing are
hit about as often as long ones. After each kill, the next `reindex.py` repairs the index without
help.
"""

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from indexer.command.arguments import positive_number
from indexer.config import DEFAULT_MODEL, NO_MODEL, STATIC_MODEL
from indexer.index.folder import IndexFolder
from scripts.benchmarking.serving.server import HOST, ServerFailed, free_port, get_json, serving
from tests.stress.kill.clients import Client, asking
from tests.stress.kill.stages import Lengths, Stage
from tests.stress.kill.trials import Kind, Trials
from tests.stress.outcome import Command, Outcome

__all__ = ["COMMAND", "kill_builds"]

# Then another index and server follow, because an index has only one first build.
MOMENTS_PER_INDEX = 20
SERVED_LIMIT_S = 60.0
# The server looks for a new generation this often, so that it does not slow the run down.
RELOAD_INTERVAL_S = "0.1"
SWITCH_INTERVAL_S = 0.000_5
# The share of full builds among those after the first one.
FULL_SHARE = 1 / 3
# The share of an index's kills that hit its first build.
FIRST_SHARE = 1 / 5


def kill_builds(
    place: Path, moments: int, *, seed: int, files: int, model: str, clients: int, pause_s: float
) -> Outcome:
    """Return the results of killing builds at `moments` moments."""
    outcome = Outcome({"moments at which a build was killed": 0})
    began = time.perf_counter()
    lengths = {kind: Lengths() for kind in Kind}
    killed: Counter[Kind] = Counter()
    stages: Counter[Stage] = Counter()
    asked: list[Client] = []
    number = 0
    (place / "learning").mkdir()
    drawn = random.Random(f"{seed}")
    outcome.errors += _learn_lengths(place / "learning", files, model, lengths, drawn).errors
    while killed.total() < moments and not outcome.errors:
        drawn = random.Random(f"{seed} {number}")
        (place / str(number)).mkdir()
        trials = Trials(place / str(number), files, model, lengths, drawn, outcome)
        asked += _kill_builds_of_one_index(
            trials,
            min(moments - killed.total(), MOMENTS_PER_INDEX),
            clients,
            pause_s,
            f"{seed} {number}",
            has_model=model != NO_MODEL,
        )
        killed += trials.killed
        stages += trials.stages
        shutil.rmtree(place / str(number))
        number += 1
        told = f"killed {killed.total()} of {moments} builds, {len(outcome.errors)} errors"
        print(told, file=sys.stderr, flush=True)
    outcome.count("moments at which a build was killed", killed.total())
    for kind in Kind:
        outcome.count(f"  in {kind}", killed[kind])
    for stage in Stage:
        outcome.count(f"  while {stage.name.lower()}", stages[stage])
    _count_answers(asked, outcome)
    outcome.count("indexes begun, each with its server", number)
    outcome.count("seconds", time.perf_counter() - began)
    return outcome


def _kill_builds_of_one_index(
    trials: Trials, moments: int, clients: int, pause_s: float, seed: str, *, has_model: bool
) -> list[Client]:
    """Kill builds of one index while a server answers from it; return the clients."""
    modes = ("lexical", "hybrid", "semantic") if has_model else ("lexical",)
    ready = threading.Event()
    with _server(trials.index) as port:
        asked = [
            Client(port, trials.folder, f"{seed} {number}", modes, pause_s)
            for number in range(clients)
        ]
        with asking(asked, ready):
            for kind in _kinds(moments, trials):
                if kind is Kind.FIRST:
                    last = trials.killed[Kind.FIRST] + 1 >= FIRST_SHARE * moments
                    trials.kill(kind, before_it_is_published=not last)
                    if not last and trials.index.current_id() is None:
                        continue
                else:
                    trials.kill(kind)
                trials.mend()
                _require_served(port, trials, ready)
                if any(each.errors for each in asked):
                    break
                trials.make_old()
    for each in asked:
        trials.outcome.errors += each.errors
    return asked


def _kinds(moments: int, trials: Trials) -> Iterator[Kind]:
    """Yield the kind of build to kill next, until `moments` builds have been killed."""
    while trials.killed.total() < moments:
        if trials.index.current_id() is None:
            yield Kind.FIRST
        else:
            yield Kind.FULL if trials.random.random() < FULL_SHARE else Kind.CHANGES


@contextmanager
def _server(index: IndexFolder) -> Iterator[int]:
    """Serve the index, which need not exist yet; yield the port."""
    port = free_port()
    command = [sys.executable, "-m", "api", "--index", str(index.path), "--host", HOST]
    settings = {"SPANLIGHT_RELOAD_INTERVAL_S": RELOAD_INTERVAL_S}
    with serving([*command, "--port", str(port)], port, ["/livez"], settings):
        yield port


def _require_served(port: int, trials: Trials, ready: threading.Event) -> None:
    """Wait until the server answers in every mode from the latest generation."""
    until = time.perf_counter() + SERVED_LIMIT_S
    while time.perf_counter() < until:
        with suppress(ServerFailed):
            if get_json(port, "/readyz")["generation"] == trials.index.current_id():
                ready.set()
                return
        time.sleep(0.02)
    trials.outcome.errors.append(f"the server did not take up {trials.index.current_id()}")


def _learn_lengths(
    place: Path, files: int, model: str, lengths: dict[Kind, Lengths], drawn: random.Random
) -> Outcome:
    """Let a build of each kind finish, to learn how long each stage takes."""
    outcome = Outcome()
    trials = Trials(place, files, model, lengths, drawn, outcome)
    for kind in (Kind.FIRST, Kind.CHANGES, Kind.FULL):
        trials.require_success(trials.build(kind))
        trials.make_old()
    shutil.rmtree(place)
    return outcome


def _count_answers(asked: list[Client], outcome: Outcome) -> None:
    counts: Counter[str] = Counter()
    for each in asked:
        counts += each.counts
    compared = counts.pop("hits compared", 0)
    outcome.count("requests answered meanwhile", counts.total())
    for name, count in sorted(counts.items()):
        outcome.count(f"  {name}", count)
    outcome.count("hits compared with the text of their edition", compared)
    # Each index numbers its generations from 1, but their names are unique.
    outcome.count("generations seen", len(set().union(*(each.generations for each in asked))))


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--moments", type=positive_number, default=200, help="number of builds to kill (200)")
    add("--files", type=positive_number, default=40, help="number of files in the folder (40)")
    add("--clients", type=positive_number, default=4, help="clients that ask the server (4)")
    add(
        "--pause-ms",
        type=positive_number,
        default=20,
        help="pause of a client between two requests, which leaves time for builds (20)",
    )
    add(
        "--model",
        choices=[NO_MODEL, STATIC_MODEL, "default"],
        default=STATIC_MODEL,
        help=f"model of the index ({STATIC_MODEL})",
    )
    add("--seed", type=int, default=1, help="seed that chooses the moments (1)")


def _run(parsed: argparse.Namespace) -> Outcome:
    # The thread that kills must not wait for the clients, because publishing takes milliseconds.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with tempfile.TemporaryDirectory(prefix="spanlight-kill-") as place:
        return kill_builds(
            Path(place),
            parsed.moments,
            seed=parsed.seed,
            files=parsed.files,
            model=DEFAULT_MODEL if parsed.model == "default" else parsed.model,
            clients=parsed.clients,
            pause_s=parsed.pause_ms / 1_000,
        )


COMMAND = Command("kill", __doc__ or "", _add_options, _run)
