"""Tells when a folder may have changed. The only importer of watchfiles.

Every folder of the tree is watched by itself: a recursive watch follows symbolic links, out of the
tree and as far as they lead, and takes in what the walk leaves out.
"""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from watchfiles import Change, watch

from indexer.errors import FolderNotFound, UsageError
from indexer.reading.sources import IGNORE_FILE

__all__ = ["watch_folder"]

TICK_MS = 500
# Changes are told when none followed for so long: a folder that is copied is one change.
QUIET_MS = 500
# A file that is written to all the time must not keep the others from the index.
LONGEST_BATCH_MS = 5_000
# Where the system has no watches left, every folder is looked through so often.
POLL_MS = 1_000


def watch_folder(folder: Path, *, exclude: Collection[Path] = ()) -> Iterator[bool]:
    """Yield True when the folder may have changed, and False now and then when it has not.

    The first True says that the watch stands; what changed before that, it has not seen. Nothing
    hidden and nothing in `exclude` counts. Raises FolderNotFound when the folder is gone, or
    another one is in its place.
    """
    root = Path(os.path.realpath(folder))
    excluded = frozenset(map(os.path.realpath, exclude))
    identity = _device_and_inode(root)
    polling = None  # as the environment says
    while True:
        try:
            for changed in _watch_once(_folders(root, excluded), excluded, polling=polling):
                if _device_and_inode(root) != identity:
                    raise FolderNotFound(f"another folder has taken the place of {str(root)!r}")
                yield changed
        except UnicodeEncodeError:
            raise UsageError(f"{str(root)!r} cannot be watched: it is not valid UTF-8") from None
        except FileNotFoundError:
            _device_and_inode(root)  # else a folder inside vanished before it could be watched
        except (OSError, RuntimeError) as error:
            # watchfiles gives up where the name of a file is not valid UTF-8; all else is about
            # the system's limits.
            if "decode path" not in str(error):
                if polling:
                    raise UsageError(f"{str(root)!r} cannot be watched: {error}") from error
                polling = True


def _watch_once(
    folders: frozenset[str], excluded: frozenset[str], *, polling: bool | None
) -> Iterator[bool]:
    """Yield like `watch_folder`, until the folders are no longer the same ones."""

    def is_change(change: Change, path: str) -> bool:
        name = Path(path).name
        hidden = name.startswith(".") and name != IGNORE_FILE
        only_its_entries = change is Change.modified and path in folders
        return not (hidden or only_its_entries or path in excluded)

    batches = watch(
        *sorted(folders),
        watch_filter=is_change,
        debounce=LONGEST_BATCH_MS,
        step=QUIET_MS,
        rust_timeout=TICK_MS,
        yield_on_timeout=True,
        force_polling=polling,
        poll_delay_ms=POLL_MS,
        recursive=False,
    )
    first = True
    for batch in batches:
        yield first or bool(batch)
        first = False
        come_or_gone = [path for change, path in batch if change is not Change.modified]
        if any(path in folders or Path(path).is_dir() for path in come_or_gone):
            return


def _device_and_inode(root: Path) -> tuple[int, int]:
    """Return what tells the folder from another one of the same name."""
    try:
        found = root.stat()
    except OSError as error:
        raise FolderNotFound(f"the folder {str(root)!r} is gone: {error.strerror}") from error
    return found.st_dev, found.st_ino


def _folders(root: Path, excluded: frozenset[str]) -> frozenset[str]:
    """Return the folder and those below it that the walk goes into."""
    found = []
    for path, names, _ in os.walk(root):
        found.append(path)
        names[:] = [name for name in names if _is_walked(f"{path}/{name}", name, excluded)]
    return frozenset(found)


def _is_walked(path: str, name: str, excluded: frozenset[str]) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return not name.startswith(".") and path not in excluded
