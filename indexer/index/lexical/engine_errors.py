"""Exceptions of tantivy -> errors that name the folder and the remedy."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.errors import REMEDY, IndexDamaged, is_panic
from indexer.index.disk.failures import storage_error

__all__ = ["named_errors"]

# How tantivy reports errors of the system.
OF_THE_SYSTEM = re.compile(r"Os \{ code: (\d+)")


@contextmanager
def named_errors(directory: Path) -> Iterator[None]:
    """Turn exceptions of tantivy into errors that name the folder and the remedy.

    Its panics are BaseExceptions, which `except Exception` does not catch.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(error, directory) from error
    except ValueError as error:
        if code := OF_THE_SYSTEM.search(str(error)):
            number = int(code[1])
            raise storage_error(OSError(number, os.strerror(number)), directory) from error
        raise IndexDamaged(f"{directory}: {error}; if it persists, {REMEDY}") from error
    except BaseException as error:
        if not is_panic(error):
            raise
        raise IndexDamaged.with_remedy(
            f"{directory}: the lexical index failed ({error})"
        ) from error
