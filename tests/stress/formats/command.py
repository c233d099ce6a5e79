"""Damage files of every format, and read them. A file is read exactly, or refused with a reason.

Each file is read in the reading child. Every piece of its text is compared with the bytes, a second
child must read the same, and for PDF, PDFium alone is asked for some words. Then builds index the
files: each is a document whose text and map are as sound, or is skipped.
"""

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import repeat
from pathlib import Path
from random import Random

from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.command.arguments import positive_number
from indexer.config import NO_MODEL, IndexConfig
from indexer.errors import UsageError
from indexer.index.folder import IndexFolder
from indexer.index.store.reader import PassageStore
from indexer.reading.extraction.archives.names import INSIDE
from indexer.reading.extraction.child.answers import Answer, MembersRequest, Request
from indexer.reading.extraction.child.process import ChildLimits, ReadingProcess
from indexer.reading.extraction.maps import PieceMap
from indexer.reading.extraction.pieces import NotExtracted
from tests.indexer.reading.extraction.pdf.reading_child import outcomes
from tests.stress.formats.mutations import mutated
from tests.stress.formats.proof import faults_of
from tests.stress.formats.samples import ARCHIVES, Sample, samples
from tests.stress.outcome import Command, Outcome

__all__ = ["COMMAND", "read_damaged"]

FILES = 20_000
# Small files, so that whatever takes so long hangs.
LIMITS = ChildLimits(cpu_seconds=20, seconds=300)
FILES_PER_BUILD = 500
# PDFium and the engine of workbooks are not written in Python, and may take a child with them.
ENGINES = {"pdf", "excel", "ods"}
MOST_CRASHES = 0.01
CRASHED = "its reader crashed"
# A mistake of a reader is answered with the name of what was raised.
MISTAKE = re.compile(r"[A-Z]\w+: |[A-Z]\w+(?:Error|Exception)")
TOO_SLOW = re.compile(r"it took more than")


def read_damaged(
    formats: Sequence[str],
    files: int,
    seed: int,
    kept: Path | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Return what became of so many damaged files of each of the formats; of all if none is given.

    Files that are not handled as promised are written to the folder `kept`.
    """
    sound = samples()
    if unknown := set(formats) - set(sound):
        raise UsageError(f"{', '.join(sorted(unknown))}: choose from {', '.join(sound)}")
    outcome = Outcome()
    started = time.monotonic()
    for name in formats or sorted(sound):
        with tempfile.TemporaryDirectory(prefix="spanlight-formats-") as place:
            run = _Run(name, Path(place), outcome, kept)
            with closing(run):
                run.read(sound[name], files, Random(f"{seed} {name}"), progress)
    outcome.figures["seconds"] = time.monotonic() - started
    return outcome


class _Run:
    """The damaged files of one format."""

    def __init__(self, name: str, place: Path, outcome: Outcome, kept: Path | None) -> None:
        self._name = name
        self._folder = place / "files"
        self._index = IndexFolder(place / "index")
        self._outcome = outcome
        self._kept = kept
        self._children = (ReadingProcess(LIMITS), ReadingProcess(LIMITS))
        self._found: Counter[str] = Counter()
        self._slowest = 0.0
        self._asked = place / "asked.pdf"
        self._pdfium = outcomes(repeat(self._asked))

    def close(self) -> None:
        for child in self._children:
            child.close()
        self._pdfium.close()

    def read(
        self, sound: list[Sample], files: int, chance: Random, progress: Callable[[str], None]
    ) -> None:
        """Read the files, and show their number after each build."""
        damaged = self._damaged(sound, chance)
        for first in range(0, files, FILES_PER_BUILD):
            batch = [next(damaged) for _ in range(min(FILES_PER_BUILD, files - first))]
            for sample in batch:
                self._read(sample)
            self._build(batch)
            progress(f"{self._name}: {first + len(batch):,} of {files:,}")
        if self._found[CRASHED] > (MOST_CRASHES * files if self._name in ENGINES else 0):
            self._outcome.errors.append(f"{self._name}: {self._found[CRASHED]:,} children crashed")
        listed = ", ".join(f"{number:,} {what}" for what, number in self._found.most_common())
        self._outcome.figures[self._name] = f"{listed}; slowest {self._slowest:.2f} s"

    def _damaged(self, sound: list[Sample], chance: Random) -> Iterator[Sample]:
        number = 0
        while True:
            name, content = chance.choice(sound)
            yield Sample(f"{number:05}-{name}", mutated(content, chance))
            number += 1

    def _read(self, sample: Sample) -> None:
        began = time.monotonic()
        try:
            answer = self._answer(0, sample)
        except NotExtracted as refused:
            self._refused(sample, refused)
        else:
            self._found["read"] += 1
            if isinstance(answer, Answer):
                self._prove(sample, answer.text, PieceMap(answer.map))
                self._read_again(sample, answer)
        self._slowest = max(self._slowest, time.monotonic() - began)

    def _answer(self, child: int, sample: Sample) -> Answer | None:
        if self._name == ARCHIVES:
            self._children[child].members(MembersRequest(*sample))
            return None
        return self._children[child].read(Request(self._name, *sample))

    def _refused(self, sample: Sample, refused: NotExtracted) -> None:
        self._found[CRASHED if refused.detail == CRASHED else refused.reason.value] += 1
        if MISTAKE.match(refused.detail) or TOO_SLOW.match(refused.detail):
            self._fail(sample, refused.detail)

    def _prove(self, sample: Sample, text: str, pieces: PieceMap) -> None:
        try:
            faults = faults_of(text, pieces, sample.content)
        except (NotExtracted, ValueError) as error:
            faults = [f"{type(error).__name__}: {error}"]
        for fault in faults[:1]:
            self._fail(sample, fault)

    def _read_again(self, sample: Sample, answer: Answer) -> None:
        try:
            again = self._answer(1, sample)
        except NotExtracted as refused:
            self._fail(sample, f"read, and then not: {refused.reason}, {refused.detail}")
            return
        if again != answer:
            self._fail(sample, "another text, read again")
        if self._name == "pdf":
            self._asked.write_bytes(sample.content)
            if (said := next(self._pdfium)) != "read":
                self._fail(sample, f"PDFium alone: {said}")

    def _build(self, batch: Sequence[Sample]) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        contents = {sample.name: sample for sample in batch}
        for name, content in batch:
            (self._folder / name).write_bytes(content)
        # Every batch replaces the one before, as when the files of a folder are all exchanged.
        task = BuildTask(self._folder, self._index, IndexConfig(model=NO_MODEL))
        report = build_index(task, allow_removals=True)
        seen = {skipped.path.partition(INSIDE)[0] for skipped in report.skipped}
        for skipped in report.skipped:
            if MISTAKE.match(skipped.detail):
                self._fail(contents[skipped.path.partition(INSIDE)[0]], skipped.detail)
        number = self._index.published_number()
        with closing(PassageStore.open(self._index.store)) as store:
            for document in store.documents(number):
                seen.add(document.path.partition(INSIDE)[0])
                pieces = store.map_of(document)
                if pieces is not None and document.path in contents:
                    self._prove(contents[document.path], store.text(document), pieces)
        for name in sorted(contents.keys() - seen):
            self._fail(contents[name], "a build neither indexes nor skips it")

    def _fail(self, sample: Sample, what: str) -> None:
        self._outcome.errors.append(f"{sample.name}: {what}")
        if self._kept is not None:
            self._kept.mkdir(parents=True, exist_ok=True)
            (self._kept / sample.name).write_bytes(sample.content)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--files", type=positive_number, default=FILES, help="files of each format (20,000)"
    )
    parser.add_argument(
        "--format",
        action="append",
        default=[],
        help="only files of this format, such as pdf, or archives; repeatable (all)",
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the random choices (1)")
    parser.add_argument("--keep", type=Path, help="folder to keep failed inputs in")


def _run(options: argparse.Namespace) -> Outcome:
    return read_damaged(
        options.format,
        options.files,
        options.seed,
        options.keep,
        lambda line: print(line, file=sys.stderr, flush=True),
    )


COMMAND = Command("formats", __doc__, _add_options, _run)
