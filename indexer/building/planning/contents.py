"""The entries of a folder, together with the files inside its archives and mails.

An archive that has not changed is not opened: the files inside it are those that the index knows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar

from indexer.documents import SkippedFile, SourceFile
from indexer.index.records import StoredDocument
from indexer.reading.containers import outer_path
from indexer.reading.extraction.archives.kinds import kind_of_container

__all__ = ["with_contents"]

_Entry = SourceFile | SkippedFile
_Known = TypeVar("_Known", StoredDocument, SkippedFile)


def with_contents(
    entries: Iterable[_Entry],
    known: Mapping[str, StoredDocument],
    skipped: Iterable[SkippedFile],
    *,
    is_unchanged: Callable[[StoredDocument, SourceFile], bool],
    files_inside: Callable[[SourceFile], list[_Entry]],
    opens_mail: bool = True,
) -> Iterator[_Entry]:
    """Yield the entries and the files inside them in the order of their paths.

    Archives themselves are left out. `skipped` are known files that are not read. `is_unchanged`
    says whether a known document was certainly read from the file as it is; `files_inside` opens a
    file. Mail that is read as text is not opened.
    """
    inside = _by_outer_path(known.values())
    skipped_inside = _by_outer_path(skipped)
    waiting: list[tuple[str, int, _Entry]] = []
    numbers = count()
    for entry in entries:
        while waiting and waiting[0][0] < entry.path:
            yield heappop(waiting)[2]
        kind = kind_of_container(entry.path) if isinstance(entry, SourceFile) else None
        is_closed = kind is None or (kind.is_document and not opens_mail)
        if kind is None or is_closed or isinstance(entry, SkippedFile):
            yield entry
            continue
        before = inside.get(entry.path, [])
        witness = known.get(entry.path) if kind.is_document else next(iter(before), None)
        if kind.is_document:
            yield entry
        if witness is not None and is_unchanged(witness, _as_read(witness, entry)):
            found: list[_Entry] = [_as_read(each, entry) for each in before]
            found += [_as_skipped(each, entry) for each in skipped_inside.get(entry.path, [])]
        else:
            found = files_inside(entry)
        for each in found:
            heappush(waiting, (each.path, next(numbers), each))
    while waiting:
        yield heappop(waiting)[2]


def _as_read(stored: StoredDocument, outer: SourceFile) -> SourceFile:
    """Return the entry of a known file inside another one, if that has not changed."""
    if stored.path == outer.path:
        return outer
    return replace(outer, path=stored.path, size_bytes=stored.size_bytes)


def _as_skipped(skipped: SkippedFile, outer: SourceFile) -> _Entry:
    """Return what is known of a file inside another one that has not changed.

    What a reader has refused is an entry, because another reader may do better.
    """
    if skipped.source is None:
        return skipped
    return replace(outer, path=skipped.path, size_bytes=skipped.source.size_bytes)


def _by_outer_path(files: Iterable[_Known]) -> dict[str, list[_Known]]:
    found: dict[str, list[_Known]] = {}
    for each in files:
        outer = outer_path(each.path)
        if outer != each.path:
            found.setdefault(outer, []).append(each)
    return found
