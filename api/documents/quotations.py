"""Whether a quotation is still true: its text and span, compared with the current file."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from threading import BoundedSemaphore

from api.contract.errors import DocumentNotFound
from api.contract.quotations import Verdict, Verification, VerifyRequest
from api.documents.presentation import span_out
from api.telemetry.stages import stage, turn_of
from indexer.documents import SkippedFile, SkipReason
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.reading.readers import read_document
from indexer.reading.sources import SourceContent, is_behind_link, left_out, read_source
from indexer.spans import Span

__all__ = ["QuotationChecker", "Standing", "compare", "nearest_occurrence"]

# A file is read whole, and its text takes up to four times its size in memory.
FILES_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """How a quotation compares with a text; `span` is where it occurs, or None."""

    verdict: Verdict
    span: Span | None


class QuotationChecker:
    """Checks quotations of the documents of one generation. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._turns = BoundedSemaphore(FILES_AT_ONCE)

    def check(self, quotation: VerifyRequest) -> Verification:
        """Return how the quotation compares with its file.

        Raises DocumentNotFound if the path is not in the index, even if such a file exists.
        """
        stored = self._document_at(quotation.path)
        with turn_of(self._turns), stage("verification"):
            return self._check(quotation, stored)

    def _document_at(self, path: str) -> StoredDocument:
        entries = self._snapshot.catalog.entries
        place = bisect_left(entries, path, key=lambda entry: entry.path)
        if place == len(entries) or entries[place].path != path:
            raise DocumentNotFound(f"there is no document at the path {path[:200]!r}")
        document = entries[place].document
        return self._snapshot.documents([document])[document]

    def _check(self, quotation: VerifyRequest, stored: StoredDocument) -> Verification:
        read = self._read(stored.path)
        if isinstance(read, SkippedFile):
            return _gone(read)
        now = sha256(read.content).hexdigest()
        standing = Standing(Verdict.CHANGED, None)
        for text in _readings(read.content, now, stored):
            if isinstance(text, SkippedFile):
                return _gone(text)
            found = compare(text, quotation.text, quotation.span.start)
            if found.verdict is Verdict.EXACT or standing.span is None:
                standing = found
            if standing.verdict is Verdict.EXACT:
                break
        span = span_out(standing.span) if standing.span is not None else None
        return Verification(verdict=standing.verdict, span=span, sha256=now)

    def _read(self, path: str) -> SourceContent | SkippedFile:
        """Return the file, or why a build would not read it: nothing else is looked at."""
        folder = self._snapshot.folder
        if is_behind_link(folder):
            detail = "the indexed folder is now a symbolic link, or is below one"
            return SkippedFile(path, SkipReason.UNREADABLE, detail)
        limit = self._snapshot.manifest.config.max_file_bytes
        return left_out(folder, path) or read_source(folder, path, max_file_bytes=limit)


def compare(text: str, quoted: str, start: int) -> Standing:
    """Return how a quotation that began at `start` compares with the text."""
    if text.startswith(quoted, start):
        return Standing(Verdict.EXACT, Span(start, start + len(quoted)))
    found = nearest_occurrence(text, quoted, start)
    if found is None:
        return Standing(Verdict.CHANGED, None)
    return Standing(Verdict.MOVED, Span(found, found + len(quoted)))


def nearest_occurrence(text: str, wanted: str, start: int) -> int | None:
    """Return the occurrence that begins nearest to `start`; the earlier of two equally near ones.

    The time is linear in the length of any text.
    """
    start = min(start, len(text))
    after = text.find(wanted, start)
    # An occurrence that begins before this is farther away than the one after `start`.
    least = 0 if after < 0 else max(0, 2 * start - after)
    # `find` on the reversed text, because the worst case of `rfind` is quadratic.
    reversed_before = text[least : start + len(wanted) - 1][::-1]
    from_end = reversed_before.find(wanted[::-1])
    if from_end >= 0:
        return least + len(reversed_before) - from_end - len(wanted)
    return after if after >= 0 else None


def _readings(content: bytes, now: str, stored: StoredDocument) -> Iterator[str | SkippedFile]:
    """Yield the text of the file, decoded in the encoding found now and in the indexed one.

    A legacy encoding is a guess, and an edit far from the quotation may change the guess.
    """
    if now == stored.sha256:
        yield content.decode(stored.encoding)
        return
    read = read_document(stored.path, content)
    if not isinstance(read, SkippedFile):
        yield read.text
        if read.encoding == stored.encoding:
            return
    elif read.reason not in {SkipReason.UNDECODABLE, SkipReason.EMPTY}:
        yield read
        return
    try:
        yield content.decode(stored.encoding)
    except UnicodeDecodeError:
        if isinstance(read, SkippedFile):
            yield read


def _gone(skipped: SkippedFile) -> Verification:
    detail = f": {skipped.detail}" if skipped.detail else ""
    return Verification(
        verdict=Verdict.GONE, span=None, sha256=None, reason=f"{skipped.reason}{detail}"
    )
