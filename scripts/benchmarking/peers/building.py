"""The time, memory and disk space that an engine needs to build its index in its own process."""

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from indexer.command.reindex_process import reindex_report, start_reindex
from indexer.config import DEFAULT_MODEL
from scripts.benchmarking.figures.disk import folder_megabytes
from scripts.benchmarking.figures.memory import MemoryUse, PeakMemory
from scripts.benchmarking.peers.asking import EngineFailed, engine_command, last_words
from scripts.benchmarking.peers.engines.known import SPANLIGHT, Engine
from scripts.benchmarking.serving.server import ROOT

__all__ = ["BuildCost", "build_index"]


@dataclass(frozen=True, slots=True)
class BuildCost:
    """Seconds from the start of the process to its end, its peak memory, and the index's size."""

    seconds: float
    peak: MemoryUse
    megabytes: float


def build_index(
    engine: Engine, index: Path, model: Path, *, folder: Path, passages: Path
) -> BuildCost:
    """Return the cost of the engine's index: Spanlight's from the folder, others' from passages.

    Only Spanlight therefore reads, decodes and splits the files, and finds windows and duplicates.
    """
    began = time.perf_counter()
    if engine.name == SPANLIGHT:
        with (
            start_reindex(folder, index, DEFAULT_MODEL) as process,
            PeakMemory(process.pid) as memory,
        ):
            reindex_report(process)
    else:
        memory = _run(engine, engine_command(engine, index, model, "build", str(passages)))
    seconds = time.perf_counter() - began
    return BuildCost(seconds, memory.peak, folder_megabytes(index))


def _run(engine: Engine, command: list[str]) -> PeakMemory:
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) as process,
        PeakMemory(process.pid) as memory,
    ):
        if process.wait():
            raise EngineFailed(f"{engine.name} could not build its index: {last_words(log)}")
    return memory
