"""Copy the current state of an index, even while it is searched and built.

A copy is an index with one generation that shares nothing with the original. To restore it, put it
where the original was.
"""

from contextlib import ExitStack, closing
from typing import BinaryIO

from indexer.building.check import check_index
from indexer.building.report import Progress
from indexer.errors import IndexDamaged, UsageError
from indexer.index.folder import IndexFolder
from indexer.index.generation import PublishedGeneration
from indexer.index.manifest import Manifest
from indexer.index.store.file import StoreSnapshot

__all__ = ["back_up"]


def back_up(
    index: IndexFolder,
    target: IndexFolder,
    *,
    progress: Progress = lambda stage, done, total: None,
) -> Manifest:
    """Copy the current generation, the store and the settings; return the manifest of the copy.

    CURRENT is written when everything else is on disk. Then the whole copy is read again. If it is
    damaged or incomplete, it is deleted. Raises UsageError if the target is not empty.
    """
    target.require_empty()
    if target.path.resolve().is_relative_to(index.path.resolve()):
        raise UsageError(f"{target.path} is inside the index to be copied")
    with ExitStack() as held:
        generation, files = _hold(index, held)
        store = StoreSnapshot(index.store, generation.manifest.generation)
        held.enter_context(closing(store))
        held.enter_context(target.made())
        try:
            folder = target.copy(
                generation, files, progress=lambda done, total: progress("bytes", done, total)
            )
            store.copy(
                target.store, progress=lambda done, total: progress("pages of text", done, total)
            )
            target.publish(folder, generation.manifest)
            if (settings := index.read_settings()) is not None:
                target.save_settings(settings.decode())
            _require_sound(target, index, progress)
        except BaseException:
            target.clear()
            raise
    return generation.manifest


def _hold(index: IndexFolder, held: ExitStack) -> tuple[PublishedGeneration, dict[str, BinaryIO]]:
    """Return the current generation and its open files, which survive if a build deletes them."""
    while True:
        generation = index.current()
        try:
            return generation, generation.open_files(held)
        except IndexDamaged:
            if index.current_id() == generation.folder.id:
                raise


def _require_sound(target: IndexFolder, index: IndexFolder, progress: Progress) -> None:
    if problems := check_index(target, progress=progress):
        raise IndexDamaged(f"the copy is not sound because {index.path} is not: {problems[0]}")
