"""`reindex.py` is killed at any moment while a server is asked without end.

Every moment is one of a stage that was drawn, so that short ones such as publishing are hit as
often as long ones. After each one, `reindex.py` mends what is left, by itself.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from indexer.boilerplate import Boilerplate
from indexer.check import check_index
from indexer.config import DEFAULT_MODEL, NO_MODEL, STATIC_MODEL, IndexConfig
from indexer.embedder import LazyEmbedder
from indexer.errors import IndexDamaged
from indexer.generation import IndexFolder
from indexer.manifest import MANIFEST_NAME
from indexer.preparation import PreparedDocument, ToRead, prepare_files
from indexer.store import PassageStore
from scripts.arguments import positive_number
from scripts.benchmarking.server import HOST, ROOT, ServerFailed, free_port, get_json, serving
from scripts.stressing.kill_clients import Client, asking
from scripts.stressing.kill_folder import KnownFolder
from scripts.stressing.kill_stages import Ending, Lengths, Stage, run_build
from scripts.stressing.outcome import Command, Outcome

__all__ = ["COMMAND", "Kind", "kill_builds"]

REINDEX = ROOT / "scripts" / "reindex.py"
# One index, one server; another one for the next moments, since an index begins only once.
MOMENTS_PER_INDEX = 20
# How often a moment may come too late, when the build has ended.
ATTEMPTS_PER_MOMENT = 10
SERVED_LIMIT_S = 60.0
# So often the server looks for a new generation: it must not be what takes the time.
RELOAD_INTERVAL_S = "0.1"
OLD_S = 3_600.0
SWITCH_INTERVAL_S = 0.000_5
# Of the builds after the first one.
FULL_SHARE = 1 / 3
# Of the moments of an index.
FIRST_SHARE = 1 / 5
# All that may lie in an index between builds.
OWN_NAMES = {
    *{"CURRENT", "generations", "writer.lock"},
    *{"store.sqlite", "store.sqlite-wal", "store.sqlite-shm"},
}
# The longer stages hold more that may be cut off.
STAGES = {
    Stage.STARTING: 2,
    Stage.BUILDING: 6,
    Stage.PUBLISHING: 5,
    Stage.PRUNING: 5,
    Stage.ENDING: 1,
}


class Kind(StrEnum):
    """What the build was to do that was killed."""

    FIRST = "a first build"
    FULL = "a full rebuild"
    CHANGES = "an incremental build"


class _Trials:
    """One folder, its index, and the builds of it that are killed."""

    def __init__(
        self,
        place: Path,
        files: int,
        model: str,
        lengths: dict[Kind, Lengths],
        drawn: random.Random,
        outcome: Outcome,
    ) -> None:
        self.folder = KnownFolder(place / "folder", files, str(drawn.random()))
        self.index = IndexFolder(place / "index")
        self.killed: Counter[Kind] = Counter()
        self.stages: Counter[Stage] = Counter()
        self._temporary = place / "temporary"
        self._temporary.mkdir()
        self._model = model
        self._embedder = None if model == NO_MODEL else LazyEmbedder(model)
        self._lengths = lengths
        self.random = drawn
        self.outcome = outcome

    def kill(self, kind: Kind, *, before_it_is_published: bool = False) -> None:
        """Begin builds of this kind until one is killed while it runs."""
        stages = dict(STAGES)
        if before_it_is_published:
            del stages[Stage.PRUNING], stages[Stage.ENDING]
        for _ in range(ATTEMPTS_PER_MOMENT):
            target = self.random.choices(list(stages), list(stages.values()))[0]
            ending = self.build(kind, target)
            if ending.stage is not None:
                self.killed[kind] += 1
                self.stages[ending.stage] += 1
                return
            self.require_success(ending)
            if kind is Kind.FIRST:
                return
        self._tell(f"{kind} was never killed in {ATTEMPTS_PER_MOMENT} attempts")

    def mend(self) -> None:
        """Run the command once more; check that it alone makes good what the kill left."""
        keys = self._keys()
        paid_for = self._paid_for(keys)
        ending = self._run(Kind.CHANGES, None)
        report = self.require_success(ending)
        if report is None:
            return
        problems = check_index(self.index)
        if problems:
            self._tell(f"--check: {problems[0]}")
        self._require_no_leftovers()
        self._require_the_folder(keys)
        self._require_no_second_payment(len(keys), paid_for, report["embedded"])

    def make_old(self) -> None:
        """Let what is published be old, so that the next build prunes what nobody asks any more.

        Only while every request is answered from the current generation.
        """
        for folder in self.index.published():
            long_ago = time.time() - OLD_S
            os.utime(folder.path / MANIFEST_NAME, (long_ago, long_ago))

    def build(self, kind: Kind, target: Stage | None = None) -> Ending:
        """Change the folder as the kind asks for, and build; kill it at a moment of the stage."""
        if kind is Kind.FULL:
            self.folder.rewrite_all(self.index.published_number())
        elif kind is Kind.CHANGES:
            self.folder.change_some(self.index.published_number())
        return self._run(kind, target)

    def _run(self, kind: Kind, target: Stage | None) -> Ending:
        command: list[str | Path] = [REINDEX, self.folder.path, "--json"]
        command += ["--index", self.index.path]
        command += ["--model", self._model, *(["--full"] if kind is Kind.FULL else [])]
        lengths = self._lengths[kind]
        return run_build(command, self.index, lengths, target, self.random, self._temporary)

    def require_success(self, ending: Ending) -> dict[str, Any] | None:
        """Return what the build reported."""
        if ending.exit_code:
            self._tell(f"a build ended with {ending.exit_code}: {ending.errors.strip()[-500:]}")
            return None
        report: dict[str, Any] = json.loads(ending.output)
        return report

    def _require_no_leftovers(self) -> None:
        names = {path.name for path in self.index.path.iterdir()} - OWN_NAMES
        begun = {path.name for path in (self.index.path / "generations").iterdir()}
        names |= begun - {folder.id for folder in self.index.published()}
        names |= {path.name for path in self.index.path.rglob("*.new")}
        names |= {path.name for path in self._temporary.iterdir()}
        if names:
            self._tell(f"left behind: {sorted(names)}")
        if self.index.is_being_written():
            self._tell("the writer's lock is still held")

    def _require_the_folder(self, keys: set[bytes]) -> None:
        """Check that the index is of the folder as it is."""
        number = self.index.published_number()
        store = PassageStore(self.index.store)
        documents = store.documents(number)
        embedded = {
            passage.embedding
            for each in documents
            for passage in store.passages_between(each.first_row, each.first_row + each.passages)
        }
        store.close()
        if {each.path: each.sha256 for each in documents} != self.folder.sha256s():
            self._tell(f"generation {number} is not of the folder as it is")
        if embedded - {None} != keys:
            self._tell(f"generation {number} embeds {len(embedded)} texts, not {len(keys)}")

    def _require_no_second_payment(self, texts: int, paid_for: int, embedded: int) -> None:
        again = max(0, embedded - (texts - paid_for))
        self.outcome.count("embeddings that the next build found, paid for", paid_for)
        self.outcome.count("  and paid for again", again)
        if again:
            self._tell(f"{embedded} texts embedded, where {paid_for} of {texts} were paid for")

    def _keys(self) -> set[bytes]:
        """Return the keys of all texts of the folder as it is that are embedded."""
        files = [ToRead(path, 0, None) for path in self.folder.sha256s()]
        config = IndexConfig(model=self._model)
        identity = self._embedder.identity if self._embedder is not None else None
        found = prepare_files(self.folder.path, files, config, Boilerplate(), identity)
        return {
            record.embedding
            for each in found
            if isinstance(each, PreparedDocument)
            for record in each.document.records
            if record.embedding is not None
        }

    def _paid_for(self, keys: set[bytes]) -> int:
        """Return how many are in the store: as other processes see it, beside its server."""
        if not self.index.store.exists():
            return 0
        store = PassageStore(self.index.store)
        try:
            return len(store.paid_for(sorted(keys)))
        except IndexDamaged:
            return 0  # killed before it had tables
        finally:
            store.close()

    def _tell(self, error: str) -> None:
        self.outcome.errors.append(error)


def kill_builds(
    place: Path, moments: int, *, seed: int, files: int, model: str, clients: int, pause_s: float
) -> Outcome:
    """Kill builds at so many moments, and return what came of it."""
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
        trials = _Trials(place / str(number), files, model, lengths, drawn, outcome)
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
        told = f"killed {killed.total()} of {moments}, {len(outcome.errors)} errors"
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
    trials: _Trials, moments: int, clients: int, pause_s: float, seed: str, *, has_model: bool
) -> list[Client]:
    """Kill builds of one index while a server answers from it; return those that asked."""
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


def _kinds(moments: int, trials: _Trials) -> Iterator[Kind]:
    """Yield what is to be killed next, until so many were."""
    while trials.killed.total() < moments:
        if trials.index.current_id() is None:
            yield Kind.FIRST
        else:
            yield Kind.FULL if trials.random.random() < FULL_SHARE else Kind.CHANGES


@contextmanager
def _server(index: IndexFolder) -> Iterator[int]:
    """Serve the index, which need not be there yet; yield the port."""
    port = free_port()
    command = [sys.executable, "-m", "api", "--index", str(index.path), "--host", HOST]
    settings = {"SPANLIGHT_RELOAD_INTERVAL_S": RELOAD_INTERVAL_S}
    with serving([*command, "--port", str(port)], port, ["/livez"], settings):
        yield port


def _require_served(port: int, trials: _Trials, ready: threading.Event) -> None:
    """Wait until the server answers in every mode from what was published last."""
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
    """Let a build of each kind come to its end, so that moments can be drawn."""
    outcome = Outcome()
    trials = _Trials(place, files, model, lengths, drawn, outcome)
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
    # Indexes number their generations each from 1 on, but their names are their own.
    outcome.count("generations seen", len(set().union(*(each.generations for each in asked))))


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--moments", type=positive_number, default=200, help="moments to kill at (200)")
    add("--files", type=positive_number, default=40, help="files of the folder (40)")
    add("--clients", type=positive_number, default=4, help="clients that ask (4)")
    add(
        "--pause-ms",
        type=positive_number,
        default=20,
        help="a client's rest between two requests, so that builds get on beside it (20)",
    )
    add("--model", choices=[NO_MODEL, STATIC_MODEL, "default"], default=STATIC_MODEL)
    add("--seed", type=int, default=1, help="which moments are drawn (1)")


def _run(parsed: argparse.Namespace) -> Outcome:
    # The thread that kills must not wait for those that ask: publishing takes milliseconds.
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
