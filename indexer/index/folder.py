"""The layout of an index on disk: how generations are begun, published, found and pruned.

INDEX/CURRENT                 the name of the published generation, one line, replaced atomically
INDEX/writer.lock             held by the one process that builds; names that process
INDEX/store.sqlite            documents, passages and embeddings of all generations
INDEX/settings.json           settings for ranking, if they were tuned; builds leave it alone
INDEX/walked.json             when a successful build last walked the folder, and its device
INDEX/jobs/                   the last builds that servers started: api/serving/job_records.py
INDEX/generations/<id>/       manifest.json (written last), boilerplate.json, lexical/, vectors/,
                              and, in the order of rows.npy, signatures.npy

A generation is built next to the current one and never changes after it is published. Only
this module and `generation` know paths. No other may assume that there is only one generation.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from indexer.errors import (
    IndexDamaged,
    IndexNotFound,
    StorageError,
    UsageError,
    without_surrogates,
)
from indexer.index.disk.failures import storage_errors
from indexer.index.disk.files import (
    give_tree_to_owner,
    make_folders,
    make_private_folder,
    permissions_of,
    replacement_of,
    seconds_since,
    sync,
    write_synced,
)
from indexer.index.disk.lock import ProcessLock
from indexer.index.disk.walks import WalkRecord
from indexer.index.generation import GenerationFolder, PublishedGeneration
from indexer.index.manifest import MANIFEST_NAME, Manifest

__all__ = ["IndexFolder"]

# A request that began on a generation has ended long before the generation is pruned.
PRUNE_AFTER_S = 60.0
# But fast builds must not fill the disk: each generation can be as large as the whole index.
MOST_KEPT = 6
# Waiting for the disk releases the global lock, and a journal is written once for all who wait.
SYNC_THREADS = 8
COPIED_AT_ONCE = 1 << 20
# File systems put this folder into every volume.
VOLUME_NAME = "lost+found"
# All entries of an index folder.
OWN_NAMES = frozenset(
    [
        *["CURRENT", ".CURRENT.new", "generations", "writer.lock"],
        *["store.sqlite", "store.sqlite-journal", "store.sqlite-shm", "store.sqlite-wal"],
        *["settings.json", ".settings.json.new", "walked.json", ".walked.json.new"],
        *["jobs", VOLUME_NAME],
    ]
)


class IndexFolder:
    """One index on disk."""

    def __init__(self, path: Path) -> None:
        """Raises UsageError if the path is not valid UTF-8, which the engines require."""
        if without_surrogates(str(path)) != str(path):
            raise UsageError(
                f"the index cannot be at {path}: the path is not valid UTF-8; choose another one"
            )
        self.path = path
        self.store = path / "store.sqlite"
        self.settings = path / "settings.json"
        self.jobs = path / "jobs"
        self._current = path / "CURRENT"
        self._lock = ProcessLock(path / "writer.lock")
        self.walks = WalkRecord(path / "walked.json")
        self._generations = path / "generations"

    def resolved(self) -> "IndexFolder":
        """Return the index at its real path. If a link to it is switched, this one stays whole.

        Raises StorageError if the link leads to a path that is not valid UTF-8.
        """
        try:
            return IndexFolder(Path(os.path.realpath(self.path)))
        except UsageError as error:
            raise StorageError(str(error)) from error

    def current_id(self) -> str | None:
        """Return the name of the published generation, or None if nothing was published.

        Raises IndexDamaged or StorageError.
        """
        content = _read_if_there(self._current)
        if content is None:
            return None
        name = content.decode("utf-8", "replace").strip()
        if not name or "/" in name or not name.partition("-")[0].isdigit():
            raise IndexDamaged.with_remedy(
                f"{self._current} does not name a generation: {name[:80]!r}"
            )
        return name

    def current(self) -> PublishedGeneration:
        """Return the published generation. Raises an IndexUnusable that says what is wrong."""
        name = self.current_id()
        if name is None:
            raise self.not_found()
        return self.generation(name)

    def folder_of_documents(self) -> str | None:
        """Return the folder that the index was built from, whatever its format or its damage.

        None if nothing was published here, or nothing that tells the folder.
        """
        try:
            newest = reversed(self.published())
        except StorageError:
            return None
        folders = (Manifest.folder_in(folder.path / MANIFEST_NAME) for folder in newest)
        return next((folder for folder in folders if folder is not None), None)

    def not_found(self) -> IndexNotFound:
        """Return the error that nothing was published here, with the command that does so."""
        return IndexNotFound(
            f"there is no index at {self.path}; build one with: "
            f"python scripts/reindex.py FOLDER --index {self.path}"
        )

    def generation(self, name: str) -> PublishedGeneration:
        """Return a complete generation.

        Raises IndexDamaged, FormatVersionMismatch or StorageError.
        """
        folder = GenerationFolder(self._generations / name)
        path = folder.path / MANIFEST_NAME
        manifest = Manifest.read(path)
        if (manifest.generation, manifest.number) != (name, folder.number):
            raise IndexDamaged.with_remedy(
                f"{path} says it is generation {manifest.generation}, number {manifest.number}"
            )
        return PublishedGeneration(folder, manifest)

    def published(self) -> list[GenerationFolder]:
        """Return the folders of complete generations, oldest first."""
        return [folder for folder in self._folders() if (folder.path / MANIFEST_NAME).is_file()]

    def _folders(self) -> list[GenerationFolder]:
        """Return the folders of all generations, including those of killed builds, oldest first."""
        with storage_errors(self.path):
            if not self._generations.is_dir():
                return []
            found = [
                GenerationFolder(path)
                for path in self._generations.iterdir()
                if path.is_dir() and path.name.partition("-")[0].isdigit()
            ]
        return sorted(found, key=lambda folder: folder.number)

    def require_own_folder(self) -> None:
        """Raise UsageError if the folder contains files that do not belong to an index."""
        with storage_errors(self.path):
            names = {path.name for path in self.path.iterdir()} if self.path.exists() else set()
        is_index = "generations" in names and not names.isdisjoint({"CURRENT", "writer.lock"})
        if (foreign := names - OWN_NAMES) and not is_index:
            raise UsageError(
                f"the index cannot be at {self.path}: other files are there, such as "
                f"{self.path / min(foreign)}; choose a new or an empty folder for --index"
            )

    def require_empty(self) -> None:
        """Raise UsageError if the folder contains anything."""
        with storage_errors(self.path):
            found = next(self.path.iterdir(), None) if self.path.exists() else None
        if found is not None:
            raise UsageError(
                f"{self.path} is not empty ({found.name} is there); choose a new or an empty folder"
            )

    def require_apart_from(self, folder: Path) -> None:
        """Raise UsageError if the folder of documents is the index or is inside it."""
        if Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(self.path)):
            raise UsageError(
                f"the index cannot be at {self.path}: the documents of {folder} are there; choose "
                "another --index"
            )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock. Raises IndexLocked, which names the holder, or StorageError."""
        self.require_own_folder()
        with self.made():
            with storage_errors(self.path):
                make_folders(self._generations)
            with self._lock.acquired():
                yield

    @contextmanager
    def made(self) -> Iterator[None]:
        """Make the folder if it is missing. All that is written inside gets its permissions.

        A new folder is for its owner alone, because an index contains the texts of documents. What
        root writes into the folder of another user belongs to that user.
        """
        with storage_errors(self.path):
            make_private_folder(self.path)
        with permissions_of(self.path):
            try:
                yield
            finally:
                self._give_to_owner()

    def _give_to_owner(self) -> None:
        for name in OWN_NAMES - {VOLUME_NAME}:
            give_tree_to_owner(self.path / name)

    def writer(self) -> str | None:
        """Return which process is building here, in words for people, or None."""
        return self._lock.holder()

    def is_being_written(self) -> bool:
        """Return whether a process is building here. This never delays a build."""
        return self._lock.is_held()

    def read_settings(self) -> bytes | None:
        """Return the settings that were saved for the index, or None."""
        return _read_if_there(self.settings)

    def save_settings(self, text: str) -> None:
        """Replace the settings of the index atomically. Raises IndexNotFound if there is no index.

        They are not part of a generation, so they outlive every build.
        """
        self.current()
        with storage_errors(self.path):
            write_synced(self.settings, text)
            sync(self.path)

    def note_walk(self, walked_ns: int, device: int | None) -> None:
        """Record when the walk began that the index is up to date with, and the folder's device.

        Builds that find nothing to publish record it too.
        """
        self.walks.note(self.published_number(), walked_ns, device)

    def walked_ns(self, manifest: Manifest) -> int:
        """Return the time from which on the folder may have changed unknown to the generation.

        That is when the folder was walked, or if that is unknown, when the generation was made.
        Nanoseconds since the epoch.
        """
        noted = self.walks.walked_ns(manifest.number)
        if noted is not None:
            return noted
        return int(datetime.fromisoformat(manifest.built).timestamp()) * 1_000_000_000

    def discard_store(self) -> None:
        """Delete the store of an index that is beyond repair. Readers keep their open files."""
        with storage_errors(self.path):
            for suffix in ("", "-journal", "-wal", "-shm"):
                self.store.with_name(self.store.name + suffix).unlink(missing_ok=True)

    def published_number(self) -> int:
        """Return the number of the current generation, or 0 if nothing was published.

        If CURRENT cannot be read, the newest complete generation counts as current.
        """
        try:
            name = self.current_id()
        except IndexDamaged:
            name = None
        if name is not None:
            return GenerationFolder(self._generations / name).number
        return max((folder.number for folder in self.published()), default=0)

    def next_number(self) -> int:
        """Return the number of the next generation, higher than any that was begun here."""
        begun = max((folder.number for folder in self._folders()), default=0)
        return 1 + max(begun, self.published_number())

    def begin(self, number: int) -> GenerationFolder:
        """Return an empty folder for a new generation, and delete what killed builds left behind.

        That may be a complete generation, if a build was killed just before CURRENT named it.
        """
        current = self.published_number()
        with storage_errors(self.path):
            whole = {folder for folder in self.published() if folder.number <= current}
            for leftover in set(self._folders()) - whole:
                shutil.rmtree(leftover.path)
            replacement_of(self._current).unlink(missing_ok=True)
            folder = GenerationFolder(self._generations / f"{number:08d}-{secrets.token_hex(4)}")
            folder.path.mkdir()
            return folder

    def copy(
        self,
        generation: PublishedGeneration,
        files: Mapping[str, BinaryIO],
        *,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> GenerationFolder:
        """Copy a generation of another index, except its manifest, and check the copy.

        Raises IndexDamaged, which names the file. `files` are the open files of the generation.
        `progress` is called with the number of bytes copied and their total.
        """
        manifest = generation.manifest
        folder = GenerationFolder(self._generations / generation.folder.id)
        total, done = sum(each.size for each in manifest.files.values()), 0
        for name, file in files.items():
            path = folder.path / name
            with storage_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as copy:
                    shutil.copyfileobj(file, copy, COPIED_AT_ONCE)
            done += manifest.files[name].size
            progress(done, total)
        PublishedGeneration(folder, manifest).verify()
        return folder

    def clear(self) -> None:
        """Delete everything in the folder."""
        with storage_errors(self.path):
            for path in self.path.iterdir() if self.path.exists() else ():
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def abandon(self, folder: GenerationFolder) -> None:
        """Delete a generation that was begun and is not needed."""
        with storage_errors(self.path):
            shutil.rmtree(folder.path)

    def publish(self, folder: GenerationFolder, manifest: Manifest) -> None:
        """Make the generation the current one. It is completely on disk before CURRENT names it.

        A file is on disk when its content is, and also its name in every folder above it.
        """
        with storage_errors(self.path):
            files = [folder.path / name for name in folder.files()]
            with ThreadPoolExecutor(SYNC_THREADS) as threads:
                for _ in threads.map(sync, [*files, *folder.subfolders()]):
                    pass
            write_synced(folder.path / MANIFEST_NAME, manifest.to_json())
            # The index folder is synced too, because the name of the store in it may be new.
            for directory in (folder.path, self._generations, self.path):
                sync(directory)
            self._give_to_owner()
            write_synced(self._current, f"{folder.id}\n")
            sync(self.path)

    def prune(self, keep: int = 2) -> int:
        """Delete generations that are no longer needed; return the number of the oldest one kept.

        The newest `keep` are kept, and of the MOST_KEPT newest any that was current within
        PRUNE_AFTER_S.
        """
        published = self.published()
        kept = set(published[-keep:])
        for folder, successor in pairwise(published[-MOST_KEPT:]):
            with storage_errors(self.path):
                if seconds_since(successor.path / MANIFEST_NAME) < PRUNE_AFTER_S:
                    kept.add(folder)
        for folder in published:
            if folder not in kept:
                with storage_errors(self.path):
                    # If the deletion is interrupted, a generation without a manifest counts as a
                    # leftover.
                    (folder.path / MANIFEST_NAME).unlink()
                    sync(folder.path)
                    shutil.rmtree(folder.path)
        return min((folder.number for folder in kept), default=0)


def _read_if_there(path: Path) -> bytes | None:
    """Return the content of a file, None if it does not exist. Raises StorageError."""
    with storage_errors(path):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
