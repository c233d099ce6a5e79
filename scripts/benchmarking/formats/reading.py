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
from scripts.benchmarking.figures.memory import MEGABYTE, cpu_of_children, peak_of_children

__all__ = ["ReadingFigures", "measure_reading"]

# After a first round, which loads the libraries. The system counts hundredths of a second.
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class ReadingFigures:
    """The files of one format that were read, and the processor time that this took.

    That is the time of the child and of its parent, which take turns, so it is what one idle core
    takes. `megabytes` are those of the files, `text_megabytes` those of their texts.
    `peak_megabytes` is the most memory that the child has had, with the libraries that it loaded.
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
    pages = text_bytes = file_bytes = 0
    requests: list[Request] = []
    with closing(ReadingProcess()) as child:
        for path in paths:
            request = Request(name, path.name, path.read_bytes())
            try:
                answer = child.read(request)
            except NotExtracted:
                continue
            requests.append(request)
            file_bytes += len(request.content)
            text_bytes += len(answer.text.encode())
            pages += sum(mark.kind is MarkKind.PAGE for mark in PieceMap(answer.map).marks)
        before = _cpu_seconds()
        for request in requests * ROUNDS:
            child.read(request)
        seconds = (_cpu_seconds() - before) / ROUNDS
        peak = peak_of_children(os.getpid())
    return ReadingFigures(
        format=format_named(name).label,
        files=len(requests),
        refused=len(paths) - len(requests),
        pages=pages,
        megabytes=file_bytes / MEGABYTE,
        text_megabytes=text_bytes / MEGABYTE,
        seconds=seconds,
        peak_megabytes=peak,
    )


def _cpu_seconds() -> float:
    return time.process_time() + cpu_of_children(os.getpid())
