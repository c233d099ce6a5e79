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

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from indexer.building.changes import FolderChanges, compare, is_the_file_read
from indexer.building.contents import with_contents
from indexer.building.embedding_queue import EmbeddingQueue
from indexer.building.generation_writer import BuildTarget, GenerationWriter
from indexer.building.preparation import (
    FolderReader,
    PreparedDocument,
    ReadDocument,
    ToRead,
    UnchangedFile,
    forget_containers,
    prepare_files,
)
from indexer.building.publisher import Publisher
from indexer.building.removals import RemovalGuard, device_of
from indexer.building.survey import Survey, survey
from indexer.config import IndexConfig
from indexer.documents import Document, EncodingSource, SkippedFile, SourceFile
from indexer.embedding.embedder import Embedder
from indexer.errors import (
    ConfigMismatch,
    FormatVersionMismatch,
    IndexDamaged,
    IndexUnusable,
    WrongFolder,
)
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.catalog import Catalog
from indexer.index.folder import IndexFolder
from indexer.index.generation import PublishedGeneration, require_same_rows
from indexer.index.manifest import Manifest, engine_versions
from indexer.index.records import StoredDocument
from indexer.index.store.reader import PassageStore
from indexer.index.store.skipped import read_skipped
from indexer.index.store.writer import StoreWriter
from indexer.reading.containers import files_inside
from indexer.reading.sources import read_encoding_rules, walk
from indexer.splitting.boilerplate import Boilerplate

__all__ = ["BuildReport", "BuildTask", "DetectedFile", "Progress", "build_index", "plan_build"]

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


@dataclass(frozen=True)
class BuildTask:
    """A folder to build, its index, and the options. `embedder` is None for words alone."""

    folder: Path
    index: IndexFolder
    config: IndexConfig
    embedder: Embedder | None = None

    @cached_property
    def root(self) -> Path:
        """The path of the folder, with symbolic links resolved."""
        return Path(os.path.realpath(self.folder))

    @cached_property
    def reader(self) -> FolderReader:
        return FolderReader(self.root, self.config, read_encoding_rules(self.root))

    @property
    def model_identity(self) -> str | None:
        return self.embedder.identity if self.embedder is not None else None

    def walk(self) -> Iterator[SourceFile | SkippedFile]:
        """Return the files of the folder. Raises UsageError if it is missing or in the index."""
        self.index.require_apart_from(self.folder)
        return walk(self.root, exclude=[self.index.path], max_file_bytes=self.config.max_file_bytes)


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
        current = None if full else _current(task)
        guard = _removal_guard(task, allow_removals=allow_removals)
        if full:
            guard.require_any_file(_has_files(task))
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
            known = _known_documents(index, store, current)
            with report.timed("walking"):
                skipped = read_skipped(current.folder.skipped) if current is not None else []
                changes = _changes(task, entries, known, skipped, verify=verify)
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


def plan_build(
    task: BuildTask, *, full: bool = False, verify: bool = False, allow_removals: bool = False
) -> BuildReport:
    """Return what a build would do. Reads the same files as a build, and writes nothing.

    Raises RemovalsRefused as a build does.
    """
    report = BuildReport()
    started = time.perf_counter()
    entries = task.walk()
    current = None if full else _current(task)
    guard = _removal_guard(task, allow_removals=allow_removals)
    known: dict[str, StoredDocument] = {}
    skipped: list[SkippedFile] = []
    if current is not None:
        skipped = read_skipped(current.folder.skipped)
        report.generation = current.manifest.generation
        store = PassageStore.open(task.index.store, current.manifest.generation)
        known = _known_documents(task.index, store, current)
        store.close()
    changes = _changes(task, entries, known, skipped, verify=verify)
    guard.require_likely(changes, known)
    _count(changes, report)
    for file in _to_read(task.reader, changes, known):
        _count_read(task.reader.read(file), known.get(file.path), report)
    guard.require_left(report.documents, changes, report.skipped, known)
    report.skipped.sort(key=lambda skipped: skipped.path)
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
        _count(changes, self._report)
        files = _with_files_again(
            _to_read(self._task.reader, changes, known), surveyed.again, known
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
                _count_read(found, before, self._report)
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


def _changes(
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


def _to_read(
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
    files = _to_read(reader, changes, known)
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


def _count(changes: FolderChanges, report: BuildReport) -> None:
    report.skipped.extend(changes.skipped)
    report.unchanged += changes.unchanged
    report.removed += len(changes.removed)


def _count_read(
    found: PreparedDocument | ReadDocument | UnchangedFile | SkippedFile,
    before: StoredDocument | None,
    report: BuildReport,
) -> None:
    match found:
        case UnchangedFile():
            report.unchanged += 1
        case SkippedFile():
            report.skipped.append(found)
            report.removed += before is not None
        case ReadDocument() | PreparedDocument():
            document = found.document
            encoding = document.encoding
            if encoding is not None and document.encoding_source == EncodingSource.DETECTED:
                report.detected.append(DetectedFile(document.path, encoding))
            if before is None:
                report.added += 1
            elif _state_of(before) == _state_of(document):
                report.unchanged += 1
            else:
                report.changed += 1


def _state_of(document: Document | StoredDocument) -> tuple[str | None, ...]:
    """Return what is the same in two documents if a search cannot tell them apart."""
    extraction = document.extraction
    how = (extraction.reader, extraction.engine, extraction.text_sha256) if extraction else ()
    told = document.title, *document.description
    return document.sha256, document.encoding, document.encoding_source, *how, *told


def _current(task: BuildTask) -> PublishedGeneration | None:
    """Return the generation to build on, or None if there is none.

    Raises WrongFolder or ConfigMismatch if it is of another folder or configuration.
    """
    index, config = task.index, task.config
    if index.current_id() is None:
        return None
    current = index.current()
    manifest = current.manifest
    if manifest.folder != str(task.root):
        raise WrongFolder(
            f"{index.path} is the index of {manifest.folder}, not of {task.root}; choose another "
            "--index, or replace it with --full"
        )
    same_model = manifest.model_identity == task.model_identity
    if manifest.config.fingerprint() != config.fingerprint() or not same_model:
        raise ConfigMismatch(
            f"{index.path} was built with other settings ({_difference(manifest, config)}); "
            "rebuild it with --full"
        )
    current.verify()
    return current


def _removal_guard(task: BuildTask, *, allow_removals: bool) -> RemovalGuard:
    """Return what guards the documents of the index, if there is a usable one."""
    try:
        manifest = task.index.current().manifest
    except IndexUnusable:
        return RemovalGuard(task.root, documents=0)
    return RemovalGuard(
        task.root,
        documents=0 if allow_removals else manifest.documents,
        of_this_folder=manifest.folder == str(task.root),
        device_before=task.index.walks.device(),
    )


def _has_files(task: BuildTask) -> bool:
    """Return whether there is anything to index. The walk ends at the first file."""
    return any(isinstance(entry, SourceFile) for entry in task.walk())


def _difference(manifest: Manifest, config: IndexConfig) -> str:
    names = [
        f"{name} {getattr(manifest.config, name)!r}, now {getattr(config, name)!r}"
        for name in config.__slots__
        if getattr(manifest.config, name) != getattr(config, name)
    ]
    return "; ".join(names) or f"the files of model {config.model!r} have changed"


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


def _known_documents(
    index: IndexFolder, store: PassageStore, current: PublishedGeneration | None
) -> dict[str, StoredDocument]:
    """Return the documents of the current generation. Raises IndexDamaged if any are missing."""
    if current is None:
        return {}
    documents = store.documents(current.manifest.number)
    require_same_rows(index.store, current, Catalog.of(documents))
    return {stored.path: stored for stored in documents}


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
