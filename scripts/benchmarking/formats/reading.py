"""How fast the reading child reads files of each format, and how much memory it takes."""

import os
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from indexer.reading.extraction.child.answers import Request
from indexer.reading.extraction.child.process import ReadingProcess
from indexer.reading.extraction.formats.recognition import format_of
from indexer.reading.extraction.formats.table import format_named
from indexer.reading.extraction.maps import PieceMap
from indexer.reading.extraction.pieces import MarkKind, NotExtracted
from scripts.benchmarking.figures.memory import MEGABYTE, peak_of_children

__all__ = ["ReadingFigures", "measure_reading"]

# The fastest of so many rounds counts, because other programs slow down the others.
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class ReadingFigures:
    """The files of one format that were read, and the seconds that this took on one core.

    `megabytes` are those of the files, `text_megabytes` those of their texts. `peak_megabytes` is
    the most memory that the child has had, with the libraries that it has loaded.
    """

    format: str
    files: int
    refused: int
    pages: int
    megabytes: float
    text_megabytes: float
    seconds: float
    peak_megabytes: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_reading(paths: Iterable[Path]) -> list[ReadingFigures]:
    """Return the figures of each format, sorted by name; other files are left out."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(paths):
        try:
            recognised = format_of(path.name, path.read_bytes())
        except NotExtracted:
            continue
        if recognised is not None:
            found[recognised.name].append(path)
    return [_measured(name, found[name]) for name in sorted(found)]


def _measured(name: str, paths: list[Path]) -> ReadingFigures:
    files = pages = text_bytes = file_bytes = 0
    seconds = 0.0
    with closing(ReadingProcess()) as child:
        for path in paths:
            request = Request(name, path.name, path.read_bytes())
            fastest = float("inf")
            try:
                for _ in range(ROUNDS + (not files)):  # the first file loads the libraries
                    began = time.perf_counter()
                    answer = child.read(request)
                    fastest = min(fastest, time.perf_counter() - began)
            except NotExtracted:
                continue
            files += 1
            seconds += fastest
            file_bytes += len(request.content)
            text_bytes += len(answer.text.encode())
            pages += sum(mark.kind is MarkKind.PAGE for mark in PieceMap(answer.map).marks)
        peak = peak_of_children(os.getpid())
    return ReadingFigures(
        format_named(name).label,
        files,
        len(paths) - files,
        pages,
        file_bytes / MEGABYTE,
        text_bytes / MEGABYTE,
        seconds,
        peak,
    )
