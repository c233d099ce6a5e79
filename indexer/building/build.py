"""The pipeline: a folder -> published generations.

    walk -> survey: which lines do the files of a folder repeat?           (in samples of them)
              └───> prepare: read, split, sign             (each file alone, in other processes)
                      └───> store -> lexical index                             (in path order)
                              └───> existing vectors ------> manifest -> publish -> prune
                                      └──> embed, in a second thread <──────────────┘

A build does work only for what has changed. Unchanged files are not read, and a text that this
model has ever embedded is not embedded again. The rest comes from the current generation. Its
files are copied, or linked if the engine never writes into them.

Reading takes a few hundredths of the time that embedding takes. So if there is much to embed, the
build first publishes what it has read, which is searchable by words. Vectors come with later
generations.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

from indexer.building.embedding_queue import EmbeddingQueue
from indexer.building.generation_writer import BuildTarget, GenerationWriter
from indexer.building.planning.changes import FolderChanges
from indexer.building.planning.plan import changes_of, files_to_read
from indexer.building.planning.removals import device_of
from indexer.building.preparation import (
    FolderReader,
    PreparedDocument,
    ToRead,
    UnchangedFile,
    forget_containers,
    prepare_files,
)
from indexer.building.publisher import Publisher
from indexer.building.report import BuildReport, Progress
from indexer.building.survey import Survey, survey
from indexer.building.task import BuildTask, known_documents
from indexer.documents import SkippedFile
from indexer.errors import (
    FormatVersionMismatch,
    IndexDamaged,
)
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.folder import IndexFolder
from indexer.index.generation import PublishedGeneration
from indexer.index.manifest import Manifest, engine_versions
from indexer.index.records import StoredDocument
from indexer.index.store.reader import PassageStore
from indexer.index.store.skipped import read_skipped
from indexer.index.store.writer import StoreWriter
from indexer.splitting.boilerplate import Boilerplate

__all__ = ["build_index"]


def build_index(
    task: BuildTask,
    *,
    full: bool = False,
    verify: bool = False,
    allow_removals: bool = False,
    progress: Progress = lambda stage, done, total: None,
    published: Callable[[Manifest], None] = lambda manifest: None,
) -> BuildReport:
    """Bring the index up to date with the folder, and publish a generation if anything changed.

    `full` reads every file again and replaces any existing index. `verify` hashes every file
    instead of trusting its directory entry. `published` is called with each generation; there are
    several if there is much to embed. Raises RemovalsRefused if most of many documents would
    be removed, it seems by accident, unless `allow_removals`.
    """
    index = task.index
    report = BuildReport()
    started = time.perf_counter()
    walked_ns, device = time.time_ns(), device_of(task.root)
    entries = task.walk()
    with index.writing():
        current = None if full else task.current()
        guard = task.removal_guard(allow_removals=allow_removals)
        if full:
            guard.require_any_file(task.has_files())
        store = _open_store(index, current, full=full)
        queue = None
        if task.embedder is not None:
            queue = EmbeddingQueue(
                task.embedder, store, lambda done, total: progress("embedding", done, total)
            )
        try:
            number = index.next_number()
            store.discard_unpublished(index.published_number())
            if current is None:
                store.remove_all(generation=number)
            known = known_documents(index, store, current)
            with report.timed("walking"):
                skipped = read_skipped(current.folder.skipped) if current is not None else []
                changes = changes_of(task, entries, known, skipped, verify=verify)
            guard.require_likely(changes, known)
            with report.timed("survey"):
                surveyed = _survey(task.reader, store, changes, known, current)
            target = BuildTarget(index, store, Analyzer(task.config.language))
            writer = GenerationWriter(target, number, current)
            build = _Build(task, store, queue, writer, report)
            gone = build.read(changes, surveyed, known, progress)
            guard.require_left(report.documents, changes, report.skipped, known)
            report.formats = _formats(known.values(), gone) + build.formats
            report.skipped.sort(key=lambda skipped: skipped.path)
            writer.skipped = report.skipped
            build.note_skipped(skipped)
            if current is not None and not build.differs and not current.manifest.pending:
                store.commit()
                writer.abandon()
            else:
                store.remove_documents([document.document for document in gone], generation=number)
                publisher = Publisher(
                    target,
                    queue,
                    surveyed.boilerplate.with_unsettled(build.unsettled),
                    partial(_description, task, queue),
                    published,
                    report.timed,
                )
                changed = current is None or build.differs
                current = publisher.publish(writer, gone, changed=changed)
                report.published = True
            if queue is not None:
                report.embedded = queue.embedded
                report.timings["embedding"] = queue.seconds
            report.generation = current.manifest.generation
            report.passages = current.manifest.passages
            index.note_walk(walked_ns, device)
        finally:
            if queue is not None:
                queue.close()
            store.close()
            forget_containers()
    report.detected.sort()
    report.seconds = time.perf_counter() - started
    return report


class _Build:
    """The stages between a source file and the stored passages, with their shared state."""

    def __init__(
        self,
        task: BuildTask,
        store: StoreWriter,
        queue: EmbeddingQueue | None,
        writer: GenerationWriter,
        report: BuildReport,
    ) -> None:
        self._task = task
        self._store = store
        self._queue = queue
        self._writer = writer
        self._report = report
        self._noticeable = 0
        self.formats: Counter[str] = Counter()
        """How many documents of each format were read."""
        self.unsettled: list[str] = []
        """The files that changed between the survey and their preparation."""

    @property
    def differs(self) -> bool:
        """Whether a search could notice the changes. New times count, because filters use them."""
        report = self._report
        return bool(report.added or report.changed or report.removed or self._noticeable)

    def note_skipped(self, before: Sequence[SkippedFile]) -> None:
        """Let other skipped files than before count as a change, because they can be listed."""
        self._noticeable += list(before) != self._report.skipped

    def read(
        self,
        changes: FolderChanges,
        surveyed: Survey,
        known: dict[str, StoredDocument],
        progress: Progress,
    ) -> list[StoredDocument]:
        """Read and store what is new; return the documents that were removed or replaced."""
        self._report.count_changes(changes)
        files = _with_files_again(
            files_to_read(self._task.reader, changes, known), surveyed.again, known
        )
        # Files that the survey added are counted again below, once their outcome is known.
        self._report.unchanged -= len(files) - len(changes.to_read)
        self._noticeable += len(surveyed.again)
        gone = list(changes.removed)
        unread = [file for file in files if file.path not in surveyed.outcomes]
        task = self._task
        with closing(
            prepare_files(task.reader, unread, surveyed.boilerplate, task.model_identity)
        ) as prepared:
            for done, file in enumerate(files, start=1):
                found = surveyed.outcomes.get(file.path) or next(prepared)
                before = known.get(file.path)
                self._report.count_read(found, before)
                if surveyed.contents.get(file.path) not in (None, _sha256(found, before)):
                    self.unsettled.append(file.path)
                if isinstance(found, UnchangedFile):
                    assert before is not None
                    self._store.update_source(before, found.source, read_ns=found.read_ns)
                    self._noticeable += found.source.mtime_ns != before.mtime_ns
                elif before is not None:
                    gone.append(before)
                if isinstance(found, PreparedDocument):
                    self._add(found)
                progress("reading", done, len(files))
        return gone

    def _add(self, prepared: PreparedDocument) -> None:
        report = self._report
        self.formats += _formats([prepared.document])
        for stage, seconds in prepared.seconds.items():
            report.spent(stage, seconds)
        with report.timed("storing"):
            stored = self._store.add_document(
                prepared.document,
                prepared.passages,
                generation=self._writer.number,
                packed_map=prepared.packed_map,
            )
        with report.timed("lexical index"):
            self._writer.add_document(stored, prepared.passages, prepared.entries)
        if self._queue is not None:
            self._queue.expect([each.embedding for each in prepared.passages if each.embedding])


def _survey(
    reader: FolderReader,
    store: PassageStore,
    changes: FolderChanges,
    known: dict[str, StoredDocument],
    current: PublishedGeneration | None,
) -> Survey:
    before = Boilerplate()
    if current is not None:
        before = Boilerplate.from_json(current.folder.boilerplate.read_text("utf-8"))
    removed = {stored.path for stored in changes.removed}
    kept = {path: stored for path, stored in known.items() if path not in removed}
    files = files_to_read(reader, changes, known)
    return survey(reader, store, files, kept, changes.removed, before)


def _with_files_again(
    files: list[ToRead], again: frozenset[str], known: dict[str, StoredDocument]
) -> list[ToRead]:
    """Return the files plus those to read again even if unchanged, in path order."""
    by_path = {file.path: file for file in files}
    by_path |= {path: ToRead(path, known[path].size_bytes, None) for path in again}
    return [by_path[path] for path in sorted(by_path)]


def _sha256(
    found: PreparedDocument | UnchangedFile | SkippedFile, before: StoredDocument | None
) -> str | None:
    """Return the hash of the content that the index has from now on, or None."""
    match found:
        case PreparedDocument():
            return found.document.sha256
        case UnchangedFile():
            return before.sha256 if before else None
        case SkippedFile():
            return None


def _formats(
    documents: Iterable[StoredDocument], gone: Iterable[StoredDocument] = ()
) -> Counter[str]:
    """Return how many documents have each format that is more than text, without those gone."""
    left_out = {stored.document for stored in gone}
    return Counter(
        stored.extraction.format
        for stored in documents
        if stored.packed_extraction is not None and stored.document not in left_out
        if stored.extraction is not None
    )


def _open_store(
    index: IndexFolder, current: PublishedGeneration | None, *, full: bool
) -> StoreWriter:
    """Return the store. With `full`, it is a new one if the old one cannot be read.

    Raises IndexDamaged if the store of the current generation is missing or is another one.
    """
    if current is not None:
        PassageStore.open(index.store, current.manifest.generation).close()
    if full and not _is_sound(index):
        index.discard_store()
    return StoreWriter(index.store)


def _is_sound(index: IndexFolder) -> bool:
    """Return whether the store is sound, so that no damage shows in the middle of a build."""
    try:
        store = StoreWriter(index.store)
    except (FormatVersionMismatch, IndexDamaged):
        return False
    try:
        return not store.integrity_check()
    except IndexDamaged:
        return False
    finally:
        store.close()


def _description(
    task: BuildTask, queue: EmbeddingQueue | None, current: PublishedGeneration | None
) -> Manifest:
    """Return the manifest of an empty generation, which its writer completes."""
    embedder = task.embedder
    # The current manifest saves a build that embeds nothing from loading the model.
    known = current.manifest.dimension if current is not None else 0
    engines = engine_versions()
    embedded = queue.embedded if queue is not None else 0
    if embedder is not None and (embedded or current is None):
        engines["embedding"] = embedder.computed_by
    elif current is not None and "embedding" in current.manifest.engines:
        engines["embedding"] = current.manifest.engines["embedding"]
    return Manifest(
        generation="",
        number=0,
        built=datetime.now(UTC).isoformat(timespec="seconds"),
        folder=str(task.root),
        config=task.config,
        model_identity=task.model_identity,
        dimension=known or (embedder.dimension if embedder is not None else 0),
        documents=0,
        passages=0,
        dead_passages=0,
        vectors=None,
        engines=engines,
        files={},
    )
