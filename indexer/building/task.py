"""A folder to build and its index: what a build begins with."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from indexer.building.planning.removals import RemovalGuard
from indexer.building.preparation import FolderReader
from indexer.config import IndexConfig
from indexer.documents import SkippedFile, SourceFile
from indexer.embedding.embedder import Embedder
from indexer.errors import ConfigMismatch, IndexUnusable, WrongFolder
from indexer.index.catalog import Catalog
from indexer.index.folder import IndexFolder
from indexer.index.generation import PublishedGeneration, require_same_rows
from indexer.index.manifest import Manifest
from indexer.index.records import StoredDocument
from indexer.index.store.reader import PassageStore
from indexer.reading.sources import read_encoding_rules, walk

__all__ = ["BuildTask", "known_documents"]


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

    def current(self) -> PublishedGeneration | None:
        """Return the generation to build on, or None if there is none.

        Raises WrongFolder or ConfigMismatch if it is of another folder or configuration.
        """
        index, config = self.index, self.config
        if index.current_id() is None:
            return None
        current = index.current()
        manifest = current.manifest
        if manifest.folder != str(self.root):
            raise WrongFolder(
                f"{index.path} is the index of {manifest.folder}, not of {self.root}; leave out "
                "--index and SPANLIGHT_INDEX, or choose another one"
            )
        same_model = manifest.model_identity == self.model_identity
        if manifest.config.fingerprint() != config.fingerprint() or not same_model:
            raise ConfigMismatch(
                f"{index.path} was built with other settings ({_difference(manifest, config)}); "
                "rebuild it with --full"
            )
        current.verify()
        return current

    def removal_guard(self, *, allow_removals: bool) -> RemovalGuard:
        """Return what guards the documents of the index, if there is a usable one."""
        try:
            manifest = self.index.current().manifest
        except IndexUnusable:
            return RemovalGuard(self.root, documents=0)
        return RemovalGuard(
            self.root,
            documents=0 if allow_removals else manifest.documents,
            of_this_folder=manifest.folder == str(self.root),
            device_before=self.index.walks.device(),
        )

    def has_files(self) -> bool:
        """Return whether there is anything to index. The walk ends at the first file."""
        return any(isinstance(entry, SourceFile) for entry in self.walk())


def known_documents(
    index: IndexFolder, store: PassageStore, current: PublishedGeneration | None
) -> dict[str, StoredDocument]:
    """Return the documents of the current generation. Raises IndexDamaged if any are missing."""
    if current is None:
        return {}
    documents = store.documents(current.manifest.number)
    require_same_rows(index.store, current, Catalog.of(documents))
    return {stored.path: stored for stored in documents}


def _difference(manifest: Manifest, config: IndexConfig) -> str:
    names = [
        f"{name} {getattr(manifest.config, name)!r}, now {getattr(config, name)!r}"
        for name in config.__slots__
        if getattr(manifest.config, name) != getattr(config, name)
    ]
    return "; ".join(names) or f"the files of model {config.model!r} have changed"
