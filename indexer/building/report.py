"""What a build has done, or would do: how many documents are new, and which files are left out."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from indexer.building.planning.changes import FolderChanges
from indexer.building.preparation import PreparedDocument, ReadDocument, UnchangedFile
from indexer.documents import Document, EncodingSource, SkippedFile
from indexer.index.records import StoredDocument

__all__ = ["BuildReport", "DetectedFile", "Progress"]

# Called with the stage, the amount done, and the total.
Progress = Callable[[str, int, int], None]


class DetectedFile(NamedTuple):
    """A file whose encoding is a guess, which a person may want to check."""

    path: str
    encoding: str


@dataclass(slots=True)
class BuildReport:
    """The result of a build, done or planned. `timings` are seconds per stage; stages overlap.

    `formats` counts the documents that the index then has of each format that is more than text.
    `detected` are those of the files that were read.
    """

    generation: str | None = None
    published: bool = False
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0
    skipped: list[SkippedFile] = field(default_factory=list)
    formats: Counter[str] = field(default_factory=Counter)
    detected: list[DetectedFile] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def documents(self) -> int:
        """The number of documents that the index then has."""
        return self.added + self.changed + self.unchanged

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.spent(stage, time.perf_counter() - started)

    def spent(self, stage: str, seconds: float) -> None:
        self.timings[stage] = self.timings.get(stage, 0.0) + seconds

    def count_changes(self, changes: FolderChanges) -> None:
        """Count what a build knows before it reads a file."""
        self.skipped.extend(changes.skipped)
        self.unchanged += changes.unchanged
        self.removed += len(changes.removed)

    def count_read(
        self,
        found: PreparedDocument | ReadDocument | UnchangedFile | SkippedFile,
        before: StoredDocument | None,
    ) -> None:
        """Count what a file is now. `before` is the document that it was, if any."""
        match found:
            case UnchangedFile():
                self.unchanged += 1
            case SkippedFile():
                self.skipped.append(found)
                self.removed += before is not None
            case ReadDocument() | PreparedDocument():
                document = found.document
                encoding = document.encoding
                if encoding is not None and document.encoding_source == EncodingSource.DETECTED:
                    self.detected.append(DetectedFile(document.path, encoding))
                if before is None:
                    self.added += 1
                elif _state_of(before) == _state_of(document):
                    self.unchanged += 1
                else:
                    self.changed += 1


def _state_of(document: Document | StoredDocument) -> tuple[str | None, ...]:
    """Return what is the same in two documents if a search cannot tell them apart."""
    extraction = document.extraction
    how = (extraction.reader, extraction.engine, extraction.text_sha256) if extraction else ()
    told = document.title, *document.description
    return document.sha256, document.encoding, document.encoding_source, *how, *told
