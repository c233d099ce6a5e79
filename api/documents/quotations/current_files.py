"""The current content of an indexed file, read as a build would read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from api.documents.sources.originals import current_content
from indexer.documents import SkippedFile, SkipReason
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.reading.extraction.formats.table import described_reader
from indexer.reading.extraction.maps import PieceMap
from indexer.reading.readers import read_document
from indexer.spans import Span

__all__ = ["CurrentFile", "Reading", "extractor_changed", "read_anew", "read_current"]


class Reading(NamedTuple):
    """The text of a file: decoded in an encoding, or extracted from it, with the map of that."""

    text: str
    encoding: str | None
    map: PieceMap | None = None


@dataclass(frozen=True, slots=True)
class CurrentFile:
    """A file as it is now: its bytes with their hash, and its text in each encoding it may have.

    With `as_indexed`, the text is the one in the index, because the bytes are those that were
    indexed.
    """

    content: bytes
    sha256: str
    readings: list[Reading]
    as_indexed: bool = False


def extractor_changed(stored: StoredDocument) -> bool:
    """Return whether the document's file would now be read by another reader or engine."""
    extraction = stored.extraction
    if extraction is None:
        return False
    return described_reader(extraction.format) != f"{extraction.reader} {extraction.engine}"


def read_current(snapshot: Snapshot, stored: StoredDocument) -> CurrentFile | SkippedFile:
    """Return the file of a document, or why a build would not read it."""
    content = current_content(snapshot, stored)
    if isinstance(content, SkippedFile):
        return content
    now = sha256(content).hexdigest()
    if now != stored.sha256:
        return read_anew(snapshot, stored, content)
    if stored.encoding is not None:
        reading = Reading(content.decode(stored.encoding), stored.encoding)
    else:
        text = snapshot.text(stored, Span(0, stored.length))
        reading = Reading(text, None, snapshot.map_of(stored))
    return CurrentFile(content, now, [reading], as_indexed=True)


def read_anew(
    snapshot: Snapshot, stored: StoredDocument, content: bytes
) -> CurrentFile | SkippedFile:
    """Return what the readers make of the content now, or why they make nothing of it."""
    readings: list[Reading] = []
    for reading in _readings(snapshot, content, stored):
        if isinstance(reading, SkippedFile):
            return reading
        readings.append(reading)
    return CurrentFile(content, sha256(content).hexdigest(), readings)


def _readings(
    snapshot: Snapshot, content: bytes, stored: StoredDocument
) -> Iterator[Reading | SkippedFile]:
    """Yield the text of a changed file, in the encoding found now and in the indexed one.

    A legacy encoding is a guess, and an edit far from the quotation may change the guess.
    """
    extraction = stored.extraction
    given = extraction.encoding if extraction is not None else None
    verbatim = snapshot.manifest.config.verbatim_formats
    read = read_document(stored.path, content, given, verbatim=verbatim)
    if not isinstance(read, SkippedFile):
        packed = read.extraction.map if read.extraction is not None else None
        yield Reading(read.text, read.encoding, PieceMap(packed) if packed is not None else None)
        if read.encoding == stored.encoding:
            return
    elif stored.encoding is None or read.reason not in {SkipReason.UNDECODABLE, SkipReason.EMPTY}:
        yield read
        return
    if stored.encoding is None:
        return
    try:
        yield Reading(content.decode(stored.encoding), stored.encoding)
    except UnicodeDecodeError:
        if isinstance(read, SkippedFile):
            yield read
