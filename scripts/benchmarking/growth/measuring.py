"""How time, memory and disk grow with the corpus: the same measurements at several sizes."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from indexer.errors import SpanlightError
from scripts.benchmarking.corpus.queries import UnseenQueries, sentences_of
from scripts.benchmarking.figures.disk import folder_megabytes
from scripts.benchmarking.figures.latency import Latency
from scripts.benchmarking.figures.memory import MEGABYTE, MemoryUse, PeakMemory
from scripts.benchmarking.growth.growing_corpus import GrowingCorpus
from scripts.benchmarking.serving.server import ROOT

__all__ = ["BuildStep", "GrowthFailed", "GrowthFigures", "measure_growth"]

# How many files are added to the index, and later removed from it.
CHANGED_FILES = 100
# The three modes, and the embedding of a query alone.
WAYS = 4
WARM_UP = 20


class GrowthFailed(SpanlightError):
    """A measuring process failed; its messages are on standard error."""

    code = "growth_failed"


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One build; `beside_embedding` is its seconds without the time it waited for embeddings."""

    seconds: float
    beside_embedding: float
    passages: int
    embedded: int
    peak: MemoryUse
    timings: dict[str, float]


@dataclass(frozen=True, slots=True)
class GrowthFigures:
    """The figures at one size.

    `opening_seconds` leaves out the verification of checksums, which takes `verifying_seconds`.
    `latency` is in process, by mode, and for the query's embedding alone. `memory` is the memory of
    the searching process.
    """

    files: int
    megabytes: float
    passages: int
    fresh: BuildStep
    unchanged: BuildStep
    added: BuildStep
    removed: BuildStep
    index_megabytes: float
    verifying_seconds: float
    opening_seconds: float
    recall: float
    latency: dict[str, Latency]
    memory: MemoryUse
    vectors: dict[str, Any]

    def beside_embedding_ms(self, mode: str) -> float:
        """Return the median time of a search without the median time of the query's embedding."""
        embedding = self.latency["embedding"].p50 if mode != "lexical" else 0.0
        return self.latency[mode].p50 - embedding

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_growth(
    data: Path, work: Path, sizes: Sequence[int], model: str, queries: int
) -> Iterator[GrowthFigures]:
    """Yield the figures of each size, smallest first; all files are in the folder `work`."""
    corpus = GrowingCorpus(data, work / "corpus")
    unseen = UnseenQueries(sentences_of(data))
    unseen.reserve(len(sizes) * WAYS * (queries + WARM_UP))
    for size in sorted(sizes):
        corpus.grow_to(size)
        with tempfile.TemporaryDirectory(prefix=f"index-{size}-", dir=work) as index:
            yield _measure_size(
                corpus, Path(index) / "index", model, unseen.take(WAYS * (queries + WARM_UP))
            )


def _measure_size(
    corpus: GrowingCorpus, index: Path, model: str, queries: Sequence[str]
) -> GrowthFigures:
    files, megabytes = corpus.files, corpus.bytes / MEGABYTE
    fresh = _build(corpus.folder, index, model)
    on_disk = folder_megabytes(index)
    found = _output(["search", model, str(index)], "\n".join(queries))
    unchanged = _build(corpus.folder, index, model)
    added_files = corpus.add(CHANGED_FILES)
    added = _build(corpus.folder, index, model)
    with _moved_away(added_files, corpus.folder.with_name("removed")):
        removed = _build(corpus.folder, index, model)
    return GrowthFigures(
        files=files,
        megabytes=megabytes,
        passages=fresh.passages,
        fresh=fresh,
        unchanged=unchanged,
        added=added,
        removed=removed,
        index_megabytes=on_disk,
        verifying_seconds=found["verifying_seconds"],
        opening_seconds=found["opening_seconds"],
        recall=found["recall"],
        latency={name: Latency(**each) for name, each in found["latency"].items()},
        memory=MemoryUse(**found["memory"]),
        vectors=found["vectors"],
    )


@contextmanager
def _moved_away(files: Sequence[Path], elsewhere: Path) -> Iterator[None]:
    """Move the files out of the corpus until the block ends."""
    elsewhere.mkdir(exist_ok=True)
    for number, file in enumerate(files):
        file.rename(elsewhere / str(number))
    yield
    for number, file in enumerate(files):
        (elsewhere / str(number)).rename(file)


def _build(folder: Path, index: Path, model: str) -> BuildStep:
    with _started(["build", model, str(index), str(folder)]) as process:
        with PeakMemory(process.pid) as memory:
            report = _report(process, "")
        return BuildStep(peak=memory.peak, **report)


def _output(arguments: Sequence[str], given: str) -> dict[str, Any]:
    with _started(arguments) as process:
        return _report(process, given)


def _started(arguments: Sequence[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "scripts.benchmarking.growth.process", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _report(process: "subprocess.Popen[str]", given: str) -> dict[str, Any]:
    output, _ = process.communicate(given)
    if process.returncode:
        raise GrowthFailed(
            f"a measuring process ended with exit code {process.returncode}; its messages are above"
        )
    report: dict[str, Any] = json.loads(output)
    return report
