"""Watch a folder and report when it may have changed. The only importer of watchfiles.

Every folder of the tree is watched separately. A recursive watch would follow symbolic links out
of the tree, and would include folders that the walk skips.
"""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from watchfiles import Change, watch

from indexer.errors import FolderNotFound, UsageError
from indexer.reading.sources import IGNORE_FILE

__all__ = ["watch_folder"]

TICK_MS = 500
# Changes are reported once no other follows for this long, so copying a folder is one change.
QUIET_MS = 500
# A file that is written all the time must not keep the others out of the index.
LONGEST_BATCH_MS = 5_000
# When the system has no watches left, every folder is scanned at this interval.
POLL_MS = 1_000


def watch_folder(folder: Path, *, exclude: Collection[Path] = ()) -> Iterator[bool]:
    """Yield True when the folder may have changed, and False from time to time when it has not.

    The first True means that the watch has started; earlier changes are not seen. Hidden files and
    paths in `exclude` do not count. Raises FolderNotFound when the folder is gone or has been
    replaced by another one.
    """
    root = Path(os.path.realpath(folder))
    excluded = frozenset(map(os.path.realpath, exclude))
    identity = _device_and_inode(root)
    polling = None  # as the environment says
    while True:
        try:
            for changed in _watch_once(_folders(root, excluded), excluded, polling=polling):
                if _device_and_inode(root) != identity:
                    raise FolderNotFound(f"{str(root)!r} was replaced by another folder")
                yield changed
        except UnicodeEncodeError:
            raise UsageError(f"{str(root)!r} cannot be watched: it is not valid UTF-8") from None
        except FileNotFoundError:
            # Raises if the root is gone. Otherwise a folder in it vanished before the watch began.
            _device_and_inode(root)
        except (OSError, RuntimeError) as error:
            # watchfiles fails when the name of a file is not valid UTF-8. Every other error comes
            # from the system's limits.
            if "decode path" not in str(error):
                if polling:
                    raise UsageError(f"{str(root)!r} cannot be watched: {error}") from error
                polling = True


def _watch_once(
    folders: frozenset[str], excluded: frozenset[str], *, polling: bool | None
) -> Iterator[bool]:
    """Yield like `watch_folder`, until a folder appears or disappears."""

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
    """Return the two numbers that distinguish the folder from another one with the same name."""
    try:
        found = root.stat()
    except OSError as error:
        raise FolderNotFound(f"the folder {str(root)!r} is gone: {error.strerror}") from error
    return found.st_dev, found.st_ino


def _folders(root: Path, excluded: frozenset[str]) -> frozenset[str]:
    """Return the folder and the folders below it that the walk enters."""
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
