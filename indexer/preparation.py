"""What is computed of one file by itself: its document, passages and signatures.

It is half of the work of a lexical build, so many files are prepared in other processes. What comes
of them comes in the order that was asked for all the same.
"""

import hashlib
import time
from array import array
from bisect import bisect
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, NamedTuple

from indexer.boilerplate import Boilerplate, repeated_blocks
from indexer.config import IndexConfig
from indexer.documents import Document, Passage, SkippedFile, SourceFile
from indexer.near_duplicates import signature
from indexer.processes import available_cores, results_of_processes
from indexer.readers import read_document
from indexer.sources import SourceContent, read_source
from indexer.spans import Span
from indexer.splitter import split_passages

__all__ = [
    "PreparedDocument",
    "ReadDocument",
    "ToRead",
    "UnchangedFile",
    "prepare_files",
    "read_file",
]

# Preparing this much text takes longer than starting a process.
BYTES_WORTH_A_PROCESS = 8_000_000
# They prepare as fast as one process can store and index.
MOST_PROCESSES = 3
# So much text is prepared and indexed while processes start.
BYTES_TO_BEGIN_WITH = 1_500_000


class ToRead(NamedTuple):
    """A file to be read. `sha256` is that of the content that is known of it, if any is."""

    path: str
    size_bytes: int
    sha256: str | None

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class UnchangedFile:
    """A file whose content is as known; its directory entry may differ."""

    source: SourceFile
    read_ns: int


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document and the file that it was read from. `read_ns` is when reading began."""

    source: SourceFile
    read_ns: int
    document: Document


@dataclass(frozen=True, slots=True)
class PreparedDocument(ReadDocument):
    """A document that was read, its passages with their signatures, and the seconds it all took.

    `repeated_title`: its title is one of the lines that are repeated in its folder.
    """

    passages: list[Passage]
    signatures: list[bytes]
    repeated_title: bool
    seconds: dict[str, float]

    def __reduce__(self) -> tuple[Any, ...]:
        before = (self.source, self.read_ns, self.document)
        after = (self.signatures, self.repeated_title, self.seconds)
        return _unpack_document, (_pack(self.passages), before, after)


class _PackedPassages(NamedTuple):
    """Passages with the edges of all their spans as numbers: to pickle every span by itself would
    take longer than to find it.

    The spans are those of each passage, its windows, and what it repeats; `counts` are how many
    windows and how many repetitions each has.
    """

    headings: list[str]
    counts: list[tuple[int, int]]
    edges: "array[int]"


def prepare_files(
    root: Path, files: Sequence[ToRead], config: IndexConfig, boilerplate: Boilerplate
) -> Generator[PreparedDocument | UnchangedFile | SkippedFile]:
    """Yield what comes of each file, in the order of the files. Close it to end early."""
    prepare = partial(_prepare, root, config, boilerplate)
    processes = _worthwhile_processes(files)
    if not processes:
        yield from map(prepare, files)
        return
    first = bisect(list(accumulate(file.size_bytes for file in files)), BYTES_TO_BEGIN_WITH)
    with results_of_processes(prepare, files[first:], processes) as results:
        yield from map(prepare, files[:first])
        yield from results


def read_file(
    root: Path, file: ToRead, config: IndexConfig
) -> ReadDocument | UnchangedFile | SkippedFile:
    """Return the document of the file, where its content is not as known."""
    read_ns = time.time_ns()
    found = read_source(root, file.path, max_file_bytes=config.max_file_bytes)
    if not isinstance(found, SourceContent):
        return found
    if file.sha256 == hashlib.sha256(found.content).hexdigest():
        return UnchangedFile(found.source, read_ns)
    document = read_document(file.path, found.content)
    if not isinstance(document, Document):
        return document
    return ReadDocument(found.source, read_ns, document)


def _prepare(
    root: Path, config: IndexConfig, boilerplate: Boilerplate, file: ToRead
) -> PreparedDocument | UnchangedFile | SkippedFile:
    started = time.perf_counter()
    read = read_file(root, file, config)
    if not isinstance(read, ReadDocument):
        return read
    document = read.document
    text = document.text
    was_read = time.perf_counter()
    blocks = repeated_blocks(file.path, text, boilerplate.keepers_around(file.path))
    passages = split_passages(document, config, left_out=blocks)
    title_start = text.find(document.title)
    repeated_title = any(block.start <= title_start < block.end for block in blocks)
    was_split = time.perf_counter()
    # A passage of which nothing is searched is like its own copies alone.
    signatures = [
        signature(passage.content(text) if passage.windows else passage.span.of(text))
        for passage in passages
    ]
    seconds = {
        "reading": was_read - started,
        "splitting": was_split - was_read,
        "signatures": time.perf_counter() - was_split,
    }
    return PreparedDocument(
        read.source, read.read_ns, document, passages, signatures, repeated_title, seconds
    )


def _worthwhile_processes(files: Sequence[ToRead]) -> int:
    """Return in how many other processes the files are prepared; 0 is in this one."""
    size_bytes = sum(file.size_bytes for file in files)
    return min(available_cores() - 1, MOST_PROCESSES, size_bytes // BYTES_WORTH_A_PROCESS)


def _pack(passages: Sequence[Passage]) -> _PackedPassages:
    spans = [
        span for passage in passages for span in (passage.span, *passage.windows, *passage.repeated)
    ]
    return _PackedPassages(
        [passage.heading for passage in passages],
        [(len(passage.windows), len(passage.repeated)) for passage in passages],
        array("I", [edge for span in spans for edge in (span.start, span.end)]),
    )


def _unpack(packed: _PackedPassages) -> list[Passage]:
    spans = map(Span, packed.edges[::2], packed.edges[1::2])
    return [
        Passage(next(spans), heading, tuple(islice(spans, windows)), tuple(islice(spans, repeated)))
        for heading, (windows, repeated) in zip(packed.headings, packed.counts, strict=True)
    ]


def _unpack_document(
    packed: _PackedPassages,
    before: tuple[SourceFile, int, Document],
    after: tuple[list[bytes], bool, dict[str, float]],
) -> PreparedDocument:
    return PreparedDocument(*before, _unpack(packed), *after)
