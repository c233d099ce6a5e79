"""One generation on disk: its folder, its files, and their checksums."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from indexer.errors import REMEDY, IndexDamaged
from indexer.index.catalog import Catalog
from indexer.index.disk.failures import storage_errors
from indexer.index.manifest import MANIFEST_NAME, FileChecksum, Manifest

__all__ = [
    "GenerationFolder",
    "PublishedGeneration",
    "checksum",
    "checksums",
    "require_same_rows",
]

# Hashing releases Python's global lock.
CHECKSUM_THREADS = 4
# The suffixes of all files of a generation that numpy, FAISS, tantivy or this package opens.
OPENED_SUFFIXES = frozenset(
    [
        *[".json", ".npy", ".faiss"],
        *[".del", ".fast", ".fieldnorm", ".idx", ".pos", ".store", ".term"],
    ]
)


@dataclass(frozen=True, slots=True)
class GenerationFolder:
    """The folder of one generation, and the paths in it."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def number(self) -> int:
        return int(self.id.partition("-")[0])

    @property
    def lexical(self) -> Path:
        return self.path / "lexical"

    @property
    def vectors(self) -> Path:
        return self.path / "vectors"

    @property
    def rows(self) -> Path:
        return self.path / "rows.npy"

    @property
    def signatures(self) -> Path:
        return self.path / "signatures.npy"

    @property
    def boilerplate(self) -> Path:
        return self.path / "boilerplate.json"

    @property
    def skipped(self) -> Path:
        return self.path / "skipped.json"

    def subfolders(self) -> list[Path]:
        return [path for path in self.path.rglob("*") if path.is_dir()]

    def files(self) -> list[str]:
        """Return the relative paths of all files except the manifest, sorted."""
        return sorted(
            path.relative_to(self.path).as_posix()
            for path in self.path.rglob("*")
            if path.is_file() and path.name != MANIFEST_NAME and not path.name.endswith(".lock")
        )


@dataclass(frozen=True, slots=True)
class PublishedGeneration:
    """A complete generation with its manifest."""

    folder: GenerationFolder
    manifest: Manifest

    def verify(self) -> None:
        """Check every file completely against the manifest, and that no other could be opened.

        Raises IndexDamaged, which names the file. Engines open damaged files without noticing, or
        crash the process.
        """
        for name in self.unlisted():
            raise IndexDamaged(
                f"{self.folder.path / name} is not part of the generation, but an engine might "
                f"open it; move it away, or {REMEDY}"
            )
        files = self.manifest.files
        with ThreadPoolExecutor(CHECKSUM_THREADS) as threads:
            for _ in threads.map(self._verify, files.keys(), files.values()):
                pass

    def unlisted(self) -> list[str]:
        """Return the relative paths of files that may be opened but have no checksum.

        Engines look for their files themselves, so every file of a kind that they open counts.
        """
        return sorted(
            name
            for name in set(self.folder.files()) - self.manifest.files.keys()
            if PurePosixPath(name).suffix in OPENED_SUFFIXES
        )

    def open_files(self, held: ExitStack) -> dict[str, BinaryIO]:
        """Return every file, open for reading until `held` is closed, even if it is deleted.

        Raises IndexDamaged if a file is missing.
        """
        opened: dict[str, BinaryIO] = {}
        for name in self.manifest.files:
            path = self.folder.path / name
            with storage_errors(path):
                try:
                    opened[name] = held.enter_context(path.open("rb"))
                except FileNotFoundError as error:
                    raise IndexDamaged.missing(path) from error
        return opened

    def _verify(self, name: str, expected: FileChecksum) -> None:
        path = self.folder.path / name
        with storage_errors(path):
            there = path.is_file()
        if not there:
            raise IndexDamaged.missing(path)
        found = checksum(path)
        if found != expected:
            raise IndexDamaged.with_remedy(
                f"{path} has changed since it was written ({found.size} bytes, expected "
                f"{expected.size}; sha256 {found.sha256[:12]}, expected "
                f"{expected.sha256[:12]})"
            )


def require_same_rows(store: Path, generation: PublishedGeneration, catalog: Catalog) -> None:
    """Raise IndexDamaged if the store does not contain exactly the passages of the generation.

    The store is separate from the generations, so it may come from another index or an older copy.
    """
    rows: NDArray[np.int64] = np.load(generation.folder.rows)
    if len(catalog) != generation.manifest.documents or not np.array_equal(catalog.rows, rows):
        raise IndexDamaged.with_remedy(
            f"{store} and generation {generation.folder.id} have different passages: "
            f"{len(catalog.rows)} of {len(catalog)} documents in the store, {len(rows)} of "
            f"{generation.manifest.documents} documents in the generation"
        )


def checksums(
    folder: GenerationFolder, current: PublishedGeneration | None
) -> dict[str, FileChecksum]:
    """Return the checksum of each file of a generation that is being built.

    Files that are linked from the current generation have been verified and are not read again.
    """
    known = {}
    if current is not None:
        known = {
            _device_and_inode(current.folder.path / name): each
            for name, each in current.manifest.files.items()
        }

    def found(name: str) -> FileChecksum:
        path = folder.path / name
        return known.get(_device_and_inode(path)) or checksum(path)

    names = folder.files()
    with ThreadPoolExecutor(CHECKSUM_THREADS) as threads:
        return dict(zip(names, threads.map(found, names), strict=True))


def _device_and_inode(path: Path) -> tuple[int, int]:
    """Return the two numbers that only names of the same file share."""
    status = path.stat()
    return status.st_dev, status.st_ino


def checksum(path: Path) -> FileChecksum:
    """Return the checksum of a file. Raises StorageError."""
    with storage_errors(path), path.open("rb") as file:
        return FileChecksum(
            os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
        )
