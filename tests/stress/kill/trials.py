"""Builds of one folder that are killed, and the repairs that each next build must make."""

import json
import os
import random
import time
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Any

from indexer.building.check import check_index
from indexer.building.preparation import FolderReader, PreparedDocument, ToRead, prepare_files
from indexer.config import NO_MODEL, IndexConfig
from indexer.embedding.embedder import LazyEmbedder
from indexer.errors import IndexDamaged
from indexer.index.folder import IndexFolder
from indexer.index.manifest import MANIFEST_NAME
from indexer.index.store.reader import PassageStore
from indexer.splitting.boilerplate import Boilerplate
from scripts.benchmarking.serving.server import ROOT
from tests.stress.kill.known_folder import KnownFolder
from tests.stress.kill.stages import Ending, Lengths, Stage, run_build
from tests.stress.outcome import Outcome

__all__ = ["Kind", "Trials"]

REINDEX = ROOT / "scripts" / "reindex.py"
# A kill may come too late this often, after the build has ended.
ATTEMPTS_PER_MOMENT = 10
OLD_S = 3_600.0
# All names that may exist in an index between builds.
OWN_NAMES = {
    *{"CURRENT", "generations", "writer.lock"},
    *{"store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "walked.json"},
}
# The weights of the stages; the longer ones do more that a kill can interrupt.
STAGES = {
    Stage.STARTING: 2,
    Stage.BUILDING: 6,
    Stage.PUBLISHING: 5,
    Stage.PRUNING: 5,
    Stage.ENDING: 1,
}


class Kind(StrEnum):
    """The kind of the build that is killed."""

    FIRST = "a first build"
    FULL = "a full rebuild"
    CHANGES = "an incremental build"


class Trials:
    """One folder, its index, and the builds that are killed."""

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
        """Run the command once more; check that it repairs what the kill left without help."""
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
        """Backdate all published generations, so that the next build prunes the unused ones.

        Call this only while every request is answered from the current generation.
        """
        for folder in self.index.published():
            long_ago = time.time() - OLD_S
            os.utime(folder.path / MANIFEST_NAME, (long_ago, long_ago))

    def build(self, kind: Kind, target: Stage | None = None) -> Ending:
        """Change the folder as the kind requires, build it, and kill the build in the stage."""
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
        """Return the report of the build, or None, with an error counted, if it failed."""
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
        """Check that the index equals the current state of the folder."""
        number = self.index.published_number()
        store = PassageStore.open(self.index.store)
        documents = store.documents(number)
        embedded = {passage.embedding for each in documents for passage in store.passages_of(each)}
        store.close()
        if {each.path: each.sha256 for each in documents} != self.folder.sha256s():
            self._tell(f"generation {number} does not match the folder")
        if embedded - {None} != keys:
            self._tell(f"generation {number} embeds {len(embedded)} texts, not {len(keys)}")

    def _require_no_second_payment(self, texts: int, paid_for: int, embedded: int) -> None:
        again = max(0, embedded - (texts - paid_for))
        self.outcome.count("embeddings that the next build found in the store", paid_for)
        self.outcome.count("  and computed again", again)
        if again:
            self._tell(f"{embedded} of {texts} texts embedded, although the store had {paid_for}")

    def _keys(self) -> set[bytes]:
        """Return the keys of all texts in the folder that are embedded."""
        files = [ToRead(path, 0, None) for path in self.folder.sha256s()]
        config = IndexConfig(model=self._model)
        identity = self._embedder.identity if self._embedder is not None else None
        found = prepare_files(
            FolderReader(self.folder.path, config), files, Boilerplate(), identity
        )
        return {
            record.embedding
            for each in found
            if isinstance(each, PreparedDocument)
            for record in each.passages
            if record.embedding is not None
        }

    def _paid_for(self, keys: set[bytes]) -> int:
        """Return how many of the keys are in the store, as another process sees it."""
        if not self.index.store.exists():
            return 0
        store = PassageStore.open(self.index.store)
        try:
            return len(store.embedded_keys(sorted(keys)))
        except IndexDamaged:
            return 0  # killed before the store had tables
        finally:
            store.close()

    def _tell(self, error: str) -> None:
        self.outcome.errors.append(error)
