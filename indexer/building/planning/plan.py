"""What a build has to do. A dry run ends here, and a build begins here."""

import time
from collections.abc import Iterator, Sequence
from functools import partial

from indexer.building.planning.changes import FolderChanges, compare, is_the_file_read
from indexer.building.planning.contents import with_contents
from indexer.building.preparation import FolderReader, ToRead
from indexer.building.report import BuildReport
from indexer.building.task import BuildTask, known_documents
from indexer.documents import SkippedFile, SourceFile
from indexer.index.records import StoredDocument
from indexer.index.store.reader import PassageStore
from indexer.index.store.skipped import read_skipped
from indexer.reading.containers import files_inside

__all__ = ["changes_of", "files_to_read", "plan_build"]


def plan_build(
    task: BuildTask, *, full: bool = False, verify: bool = False, allow_removals: bool = False
) -> BuildReport:
    """Return what a build would do. Reads the same files as a build, and writes nothing.

    Raises RemovalsRefused as a build does.
    """
    report = BuildReport()
    started = time.perf_counter()
    entries = task.walk()
    current = None if full else task.current()
    guard = task.removal_guard(allow_removals=allow_removals)
    known: dict[str, StoredDocument] = {}
    skipped: list[SkippedFile] = []
    if current is not None:
        skipped = read_skipped(current.folder.skipped)
        report.generation = current.manifest.generation
        store = PassageStore.open(task.index.store, current.manifest.generation)
        known = known_documents(task.index, store, current)
        store.close()
    changes = changes_of(task, entries, known, skipped, verify=verify)
    guard.require_likely(changes, known)
    report.count_changes(changes)
    for file in files_to_read(task.reader, changes, known):
        report.count_read(task.reader.read(file), known.get(file.path))
    guard.require_left(report.documents, changes, report.skipped, known)
    report.skipped.sort(key=lambda skipped: skipped.path)
    report.detected.sort()
    report.seconds = time.perf_counter() - started
    return report


def changes_of(
    task: BuildTask,
    entries: Iterator[SourceFile | SkippedFile],
    known: dict[str, StoredDocument],
    skipped: Sequence[SkippedFile],
    *,
    verify: bool,
) -> FolderChanges:
    """Return how the folder differs from the index. With `verify`, every file is to be read."""
    reads_otherwise = task.reader.reads_otherwise
    now_ns = time.time_ns()
    everything = with_contents(
        entries,
        known,
        skipped,
        is_unchanged=lambda stored, source: not verify and is_the_file_read(stored, source, now_ns),
        files_inside=partial(files_inside, task.root, max_file_bytes=task.config.max_file_bytes),
        opens_mail="mail" not in task.config.verbatim_formats,
    )
    return compare(
        everything,
        known,
        refused={each.path: each for each in skipped if each.source is not None},
        outdated=lambda stored: verify or reads_otherwise(stored),
        now_ns=now_ns,
    )


def files_to_read(
    reader: FolderReader, changes: FolderChanges, known: dict[str, StoredDocument]
) -> list[ToRead]:
    """Return the files to read, each with the hash of its known content, if that is enough."""
    return [
        ToRead(
            source.path,
            source.size_bytes,
            before.sha256 if before and not is_new and not reader.reads_otherwise(before) else None,
        )
        for source in changes.to_read
        for before in [known.get(source.path)]
        for is_new in [source.path in changes.described_anew]
    ]
