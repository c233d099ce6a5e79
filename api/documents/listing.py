"""The documents of a generation, and the files that it has not, page by page."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from api.contract.documents import SkippedOut
from api.contract.lists.files import DocumentList, DocumentState, ListRequest
from api.documents.cursors import Cursor
from api.documents.presentation import document_metadata
from api.query.globs import parse_glob
from api.query.media_types import media_types_of
from indexer.documents import SkippedFile
from indexer.index.catalog import CatalogEntry
from indexer.index.snapshot import Snapshot
from indexer.reading.extraction.formats.counts import formats_line
from indexer.reading.extraction.formats.table import FORMATS

__all__ = ["DocumentLister"]

# No folder has as many files.
MOST_FILES = 2**40
MEDIA_TYPES = {each.name: each.media_type for each in FORMATS}


class DocumentLister:
    """Lists the files of one generation, sorted by path."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._generation = snapshot.manifest.generation

    def files(self, request: ListRequest) -> DocumentList:
        """Return a page of the documents, or of the files that are not in the index.

        Raises InvalidQuery or GenerationGone.
        """
        keeps = _Keeps(request)
        if request.state is DocumentState.SKIPPED:
            return self._skipped_files(request, keeps)
        return self._documents(request, keeps)

    def _documents(self, request: ListRequest, keeps: "_Keeps") -> DocumentList:
        entries: Sequence[CatalogEntry] = self._snapshot.catalog.entries
        if not keeps.everything:
            entries = [each for each in entries if keeps.file(each.path, each.media_type)]
        start, next_cursor = self._page(request, len(entries))
        keys = [each.document for each in entries[start : start + request.limit]]
        stored = self._snapshot.documents(keys)
        folder = self._snapshot.folder
        return DocumentList(
            generation=self._generation,
            total=len(entries),
            next_cursor=next_cursor,
            documents=[document_metadata(stored[key], folder) for key in keys],
            skipped=[],
            reasons={},
        )

    def _skipped_files(self, request: ListRequest, keeps: "_Keeps") -> DocumentList:
        files = [
            each for each in self._skipped if keeps.file(each.path, MEDIA_TYPES.get(each.format))
        ]
        reasons = Counter(each.reason.value for each in files)
        if request.reason:
            files = [each for each in files if each.reason in request.reason]
        start, next_cursor = self._page(request, len(files))
        return DocumentList(
            generation=self._generation,
            total=len(files),
            next_cursor=next_cursor,
            documents=[],
            skipped=[_skipped_out(each) for each in files[start : start + request.limit]],
            reasons=dict(reasons.most_common()),
        )

    @cached_property
    def formats(self) -> str:
        """What was read and not read of each format, in words; empty for a folder of text."""
        return formats_line(self._snapshot.formats(), self._skipped)

    @property
    def skipped(self) -> int:
        """How many files of the folder are not in the index."""
        return len(self._skipped)

    @cached_property
    def _skipped(self) -> list[SkippedFile]:
        return self._snapshot.skipped()

    def _page(self, request: ListRequest, total: int) -> tuple[int, str | None]:
        """Return where the page begins, and the cursor of the next one."""
        start = 0
        if request.cursor is not None:
            start = Cursor.parse(request.cursor, self._generation, below=MOST_FILES).offset
        following = start + request.limit
        is_last = following >= total
        return start, None if is_last else str(Cursor(self._generation, following))


class _Keeps:
    """Which files the filters keep. Raises InvalidQuery for one that makes no sense."""

    def __init__(self, request: ListRequest) -> None:
        self._globs = [parse_glob(each, parameter="path") for each in request.path]
        self._types = {found for each in request.type for found in media_types_of(each)}

    @property
    def everything(self) -> bool:
        return not self._globs and not self._types

    def file(self, path: str, media_type: str | None) -> bool:
        of_type = not self._types or media_type in self._types
        return of_type and (not self._globs or any(glob.matches(path) for glob in self._globs))


def _skipped_out(skipped: SkippedFile) -> SkippedOut:
    return SkippedOut(
        path=skipped.path,
        reason=skipped.reason.value,
        detail=skipped.detail,
        format=skipped.format or None,
    )
