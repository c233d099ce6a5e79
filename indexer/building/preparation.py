"""A file -> everything about it that goes into the store and the lexical index.

This is most of the work of a lexical build, so large numbers of files are prepared in other
processes. The results still come in the order of the files.
"""

import hashlib
import time
from bisect import bisect
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from indexer.config import IndexConfig
from indexer.documents import Document, EncodingSource, Passage, SkippedFile, SourceFile
from indexer.embedding.embeddings import embedding_input, embedding_key
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.lexical.entries import LexicalEntry, document_entries
from indexer.index.near_duplicates import signature
from indexer.index.records import StoredDocument, StoredPassage
from indexer.index.store.new_records import new_document, new_passages
from indexer.processes import available_cores, results_of_processes
from indexer.reading.containers import LastContainer, outer_path
from indexer.reading.encodings.configured import EncodingRules
from indexer.reading.extraction.formats.table import described_reader, format_named
from indexer.reading.formats.description import (
    MOST_OF_A_SIDECAR,
    SIDECAR,
    Sidecar,
    read_sidecar,
)
from indexer.reading.outline import described
from indexer.reading.readers import read_document
from indexer.reading.sources import SourceContent, read_source
from indexer.spans import merge_spans
from indexer.splitting.boilerplate import Boilerplate, repeated_blocks
from indexer.splitting.splitter import split_passages

__all__ = [
    "FolderReader",
    "PreparedDocument",
    "ReadDocument",
    "ToRead",
    "UnchangedFile",
    "forget_containers",
    "prepare_files",
]

# The files inside an archive are prepared one after the other.
_LAST_CONTAINER = LastContainer()

# Preparing this much text takes longer than starting a process.
BYTES_WORTH_A_PROCESS = 6_000_000
# This many processes prepare text as fast as one process can store and index it.
MOST_PROCESSES = 3
# The amount of text that is prepared and indexed while the processes start.
BYTES_TO_BEGIN_WITH = 1_500_000


class ToRead(NamedTuple):
    """A file to read. `sha256` is the hash of its known content, if any."""

    path: str
    size_bytes: int
    sha256: str | None

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class UnchangedFile:
    """A file with known, unchanged content. Its directory entry may differ."""

    source: SourceFile
    read_ns: int


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document and its file. `read_ns` is when reading began."""

    source: SourceFile
    read_ns: int
    document: Document


class PreparedDocument(NamedTuple):
    """A document for the store, its passages with their lexical entries, and the seconds it took.

    It contains only numbers and text, because the busiest process has to unpickle the results of
    the others.
    """

    document: StoredDocument
    passages: list[StoredPassage]
    entries: list[LexicalEntry]
    seconds: dict[str, float]
    packed_map: bytes | None = None


@dataclass(frozen=True, slots=True)
class FolderReader:
    """Reads the files of a folder according to the configuration."""

    root: Path
    config: IndexConfig
    encodings: EncodingRules = field(default_factory=EncodingRules)

    def reads_otherwise(self, known: StoredDocument | SkippedFile) -> bool:
        """Return whether the same bytes may give another text than when the file was read.

        They do if a person has given another encoding since then, or its reader has changed.
        """
        if isinstance(known, SkippedFile):
            return known.reader != described_reader(known.format) or (
                self.encodings.encoding_of(known.path) is not None
            )
        extraction = known.extraction
        if extraction is not None:
            if described_reader(extraction.format) != f"{extraction.reader} {extraction.engine}":
                return True
            if not format_named(extraction.format).takes_encoding:
                return False
            return self.encodings.encoding_of(known.path) != extraction.encoding
        if known.encoding_source == EncodingSource.BOM:
            return False
        was_given = known.encoding_source == EncodingSource.CONFIGURED
        return self.encodings.encoding_of(known.path) != (known.encoding if was_given else None)

    def read(self, file: ToRead) -> ReadDocument | UnchangedFile | SkippedFile:
        """Return the document of the file if its content is new, else UnchangedFile."""
        limit = self.config.max_file_bytes
        if outer_path(file.path) == file.path:
            found = read_source(self.root, file.path, max_file_bytes=limit)
        else:
            found = _LAST_CONTAINER.member(self.root, file.path, max_file_bytes=limit)
        if not isinstance(found, SourceContent):
            return found
        if file.sha256 == hashlib.sha256(found.content).hexdigest():
            return UnchangedFile(found.source, found.read_ns)
        document = read_document(
            file.path,
            found.content,
            self.encodings.encoding_of(file.path),
            verbatim=self.config.verbatim_formats,
        )
        if not isinstance(document, Document):
            if not document.format:
                return document
            return replace(
                document,
                source=found.source,
                read_ns=found.read_ns,
                reader=described_reader(document.format),
            )
        if (sidecar := self._sidecar(file.path)) is not None:
            document = described(document, sidecar)
        return ReadDocument(found.source, found.read_ns, document)

    def _sidecar(self, path: str) -> Sidecar | None:
        """Return what a file beside the document says about it, if there is one."""
        if outer_path(path) != path:
            return None
        found = read_source(self.root, path + SIDECAR, max_file_bytes=MOST_OF_A_SIDECAR)
        return read_sidecar(found.content) if isinstance(found, SourceContent) else None


def prepare_files(
    reader: FolderReader,
    files: Sequence[ToRead],
    boilerplate: Boilerplate,
    model_identity: str | None,
) -> Generator[PreparedDocument | UnchangedFile | SkippedFile]:
    """Yield the result for each file, in the order of the files. Close it to end early.

    `model_identity` is that of the model that will embed the passages, None if there is no model.
    """
    prepare = partial(_prepare, reader, boilerplate, model_identity)
    processes = _worthwhile_processes(files)
    if not processes:
        yield from map(prepare, files)
        return
    first = bisect(list(accumulate(file.size_bytes for file in files)), BYTES_TO_BEGIN_WITH)
    with results_of_processes(prepare, files[first:], processes) as results:
        yield from map(prepare, files[:first])
        yield from results


def forget_containers() -> None:
    """Let go of the archive that was read last, at the end of a build."""
    _LAST_CONTAINER.forget()


def _prepare(
    reader: FolderReader,
    boilerplate: Boilerplate,
    model_identity: str | None,
    file: ToRead,
) -> PreparedDocument | UnchangedFile | SkippedFile:
    started = time.perf_counter()
    read = reader.read(file)
    if not isinstance(read, ReadDocument):
        return read
    document = read.document
    text = document.text
    was_read = time.perf_counter()
    lines = boilerplate.lines_around(file.path)
    blocks = repeated_blocks(text, lines) if lines else []
    extracted = document.extraction
    if extracted is not None and extracted.repeated:
        blocks = merge_spans([*blocks, *extracted.repeated])
    passages = split_passages(document, reader.config, left_out=blocks)
    title_start = text.find(document.title)
    repeated_title = any(block.start <= title_start < block.end for block in blocks)
    was_split = time.perf_counter()
    contents = [passage.content(text) for passage in passages]
    keys = [
        _key(document, passage, model_identity, repeated_title=repeated_title)
        for passage in passages
    ]
    signatures = [
        # A passage without text of its own is compared whole, so only copies repeat it.
        signature(content if passage.windows else passage.span.of(text))
        for passage, content in zip(passages, contents, strict=True)
    ]
    was_signed = time.perf_counter()
    records = list(new_passages(document, passages, keys, signatures))
    stored = new_document(
        document,
        read.source,
        read_ns=read.read_ns,
        passages=len(records),
        repeated_title=repeated_title,
    )
    entries = list(document_entries(stored, records, _analyzer(reader.config.language)))
    seconds = {
        "reading": was_read - started,
        "splitting": was_split - was_read,
        "signatures": was_signed - was_split,
        "packing": time.perf_counter() - was_signed,
    }
    packed_map = extracted.map if extracted is not None else None
    return PreparedDocument(stored, records, entries, seconds, packed_map)


_analyzer = cache(Analyzer)


def _key(
    document: Document, passage: Passage, model_identity: str | None, *, repeated_title: bool
) -> bytes | None:
    """Return the key of the passage's vectors, or None if nothing of it is embedded."""
    if model_identity is None or not passage.windows:
        return None
    text = embedding_input(document, passage, repeated_title=repeated_title)
    return embedding_key(text, model_identity)


def _worthwhile_processes(files: Sequence[ToRead]) -> int:
    """Return the number of other processes that prepare the files. 0 means this process does it.

    There may be one for each core, because this process has less work than the others.
    """
    size_bytes = sum(file.size_bytes for file in files)
    cores = available_cores()
    return min(cores, MOST_PROCESSES, size_bytes // BYTES_WORTH_A_PROCESS) if cores > 1 else 0
