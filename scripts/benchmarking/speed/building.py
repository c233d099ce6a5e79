"""Builds of a folder with the real command: throughput, stages, memory, disk space."""

import resource
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from indexer.command.reindex_process import reindex_report, start_reindex
from indexer.config import NO_MODEL
from indexer.embedding.embedder import Embedder, LazyEmbedder
from indexer.embedding.embeddings import EmbeddingInput
from scripts.benchmarking.corpus.copied import Corpus
from scripts.benchmarking.corpus.passages import folder_passages
from scripts.benchmarking.figures.disk import folder_megabytes
from scripts.benchmarking.figures.memory import MemoryUse, PeakMemory

__all__ = [
    "BuildFigures",
    "BuildRun",
    "EmbeddingAlone",
    "measure_builds",
    "run_build",
]

# Enough that nearly every batch is full, and few enough that memory does not grow with the folder.
PASSAGES_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class BuildRun:
    """One run of `reindex.py`.

    `seconds` is the time that it reports for the build. `wall_seconds` is for the whole process,
    including the start of Python. `cpu_seconds` is the processor time on all cores. `report` is the
    JSON that it printed.
    """

    model: str
    files: int
    megabytes: float
    wall_seconds: float
    cpu_seconds: float
    seconds: float
    peak: MemoryUse
    index_megabytes: float
    report: dict[str, Any]

    @property
    def passages(self) -> int:
        passages: int = self.report["passages"]
        return passages

    @property
    def stages(self) -> dict[str, float]:
        """The share of the build's time that each stage took; stages overlap."""
        timings: dict[str, float] = self.report.get("timings", {})
        return {stage: spent / self.seconds for stage, spent in timings.items()}

    def as_json(self) -> dict[str, Any]:
        rates = {
            "files_per_second": self.files / self.seconds,
            "megabytes_per_second": self.megabytes / self.seconds,
            "passages_per_second": self.passages / self.seconds,
        }
        return asdict(self) | rates | {"stages": self.stages}


@dataclass(frozen=True, slots=True)
class EmbeddingAlone:
    """The time for only loading the model and embedding every passage of a folder."""

    passages: int
    load_seconds: float
    embedding_seconds: float

    @property
    def seconds(self) -> float:
        return self.load_seconds + self.embedding_seconds

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class BuildFigures:
    """The builds of one folder with one model, in order.

    `embedding` is None without a model.
    """

    fresh: BuildRun
    unchanged: BuildRun
    incremental: BuildRun
    embedding: EmbeddingAlone | None

    @property
    def ratio(self) -> float | None:
        """The time of the whole build divided by that of the embedding alone, with start-up."""
        return self.fresh.wall_seconds / self.embedding.seconds if self.embedding else None

    @property
    def incremental_beside_embedding(self) -> float:
        """Seconds of the incremental build without the time that it waits for embeddings.

        That time includes loading the model.
        """
        timings: dict[str, float] = self.incremental.report.get("timings", {})
        waited = timings.get("waiting for embeddings", 0.0)
        return self.incremental.seconds - waited

    def as_json(self) -> dict[str, Any]:
        return {
            "fresh": self.fresh.as_json(),
            "unchanged": self.unchanged.as_json(),
            "incremental": self.incremental.as_json(),
            "incremental_beside_embedding": self.incremental_beside_embedding,
            "embedding_alone": self.embedding.as_json() if self.embedding else None,
            "build_to_embedding_ratio": self.ratio,
        }


def measure_builds(corpus: Corpus, index: Path, model: str) -> BuildFigures:
    """Return the figures of a new build, one without changes, and one with added files.

    The added files remain in the corpus.
    """
    corpus.remove_added_files()
    fresh = run_build(corpus, index, model)
    unchanged = run_build(corpus, index, model)
    embedding = None
    if model != NO_MODEL:
        inputs = list(dict.fromkeys(each.embedded for each in folder_passages(corpus.folder)))
        embedding = _measure_embedding_alone(LazyEmbedder(model), inputs)
    corpus.add_files()
    incremental = run_build(corpus, index, model)
    return BuildFigures(fresh, unchanged, incremental, embedding)


def run_build(corpus: Corpus, index: Path, model: str) -> BuildRun:
    """Return the figures of one run of `reindex.py` over the corpus."""
    began, cpu_before = time.perf_counter(), _cpu_seconds_of_children()
    with start_reindex(corpus.folder, index, model) as process, PeakMemory(process.pid) as memory:
        report = reindex_report(process)
    wall_seconds = time.perf_counter() - began
    return BuildRun(
        model=model,
        files=corpus.files,
        megabytes=corpus.megabytes,
        wall_seconds=wall_seconds,
        cpu_seconds=_cpu_seconds_of_children() - cpu_before,
        seconds=report["seconds"],
        peak=memory.peak,
        index_megabytes=folder_megabytes(index),
        report=report,
    )


def _measure_embedding_alone(
    embedder: Embedder, inputs: Sequence[EmbeddingInput]
) -> EmbeddingAlone:
    """Return the time to load the model and embed every distinct passage of the folder."""
    began = time.perf_counter()
    embedder.embed_queries(["loads the model"])
    loaded = time.perf_counter()
    for start in range(0, len(inputs), PASSAGES_AT_ONCE):
        embedder.embed_passages(inputs[start : start + PASSAGES_AT_ONCE])
    return EmbeddingAlone(len(inputs), loaded - began, time.perf_counter() - loaded)


def _cpu_seconds_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
