"""Failures of the system -> errors that say what helps."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.errors import StorageError

__all__ = ["reason_in", "storage_error", "storage_errors"]

# What helps against a failure of the system. None of these means that the index is damaged.
FORBIDDEN = "allow the user of this process to use it"
NO_HANDLES = "close other programs, or raise the limit on open files (ulimit -n, LimitNOFILE)"
NO_SPACE = "free some space"
FAILING = "check the disk and the system's log"
REMEDIES = {
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EMFILE: NO_HANDLES,
    errno.ENFILE: NO_HANDLES,
    errno.ENOMEM: "close other programs, or give this one more memory",
    errno.ENOSPC: NO_SPACE,
    errno.EDQUOT: NO_SPACE,
    errno.EROFS: "make the disk writable, or choose another place",
    errno.EIO: FAILING,
    errno.ESTALE: FAILING,
    errno.ETIMEDOUT: FAILING,
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn errors of the system inside into a StorageError that names the file and the remedy."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, path) from error


def storage_error(error: OSError, path: Path) -> StorageError:
    """Return the error for a failure of the system at `path`, or at the file that it names."""
    remedy = REMEDIES.get(error.errno or 0)
    return StorageError(
        f"{error.filename or path}: {error.strerror or error}; "
        f"{f'{remedy}; ' if remedy else ''}nothing that was published is lost"
    )


def reason_in(message: str) -> OSError | None:
    """Return the failure of the system that a library's message quotes, or None."""
    return next(
        (
            OSError(number, os.strerror(number))
            for number in REMEDIES
            if os.strerror(number) in message
        ),
        None,
    )
