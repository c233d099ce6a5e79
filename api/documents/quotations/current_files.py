"""The current content of an indexed file, read as a build would read it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from api.documents.sources.originals import current_content
from indexer.documents import SkippedFile, SkipReason
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.reading.readers import read_document

__all__ = ["CurrentFile", "Reading", "read_current"]


class Reading(NamedTuple):
    """The text of a file, decoded in an encoding, or extracted from it."""

    text: str
    encoding: str | None


@dataclass(frozen=True, slots=True)
class CurrentFile:
    """A file as it is now: the hash of its bytes, and its text in each encoding it may have."""

    sha256: str
    readings: list[Reading]


def read_current(snapshot: Snapshot, stored: StoredDocument) -> CurrentFile | SkippedFile:
    """Return the file of a document, or why a build would not read it."""
    content = current_content(snapshot, stored)
    if isinstance(content, SkippedFile):
        return content
    now = sha256(content).hexdigest()
    if now == stored.sha256 and stored.encoding is not None:
        return CurrentFile(now, [Reading(content.decode(stored.encoding), stored.encoding)])
    readings: list[Reading] = []
    verbatim = snapshot.manifest.config.verbatim_formats
    for reading in _readings(content, stored, verbatim):
        if isinstance(reading, SkippedFile):
            return reading
        readings.append(reading)
    return CurrentFile(now, readings)


def _readings(
    content: bytes, stored: StoredDocument, verbatim: Collection[str]
) -> Iterator[Reading | SkippedFile]:
    """Yield the text of a changed file, in the encoding found now and in the indexed one.

    A legacy encoding is a guess, and an edit far from the quotation may change the guess.
    """
    read = read_document(stored.path, content, verbatim=verbatim)
    if not isinstance(read, SkippedFile):
        yield Reading(read.text, read.encoding)
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
