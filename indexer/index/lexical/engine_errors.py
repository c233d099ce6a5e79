"""Exceptions of tantivy -> errors that name the folder and the remedy."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.errors import REMEDY, IndexDamaged, StorageError, is_panic

__all__ = ["named_errors"]


@contextmanager
def named_errors(directory: Path) -> Iterator[None]:
    """Turn exceptions of tantivy into errors that name the folder and the remedy.

    Its panics are BaseExceptions, which `except Exception` does not catch.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(f"{directory}: {error}") from error
    except ValueError as error:
        # tantivy reports errors of the system as `Os { code: ... }`.
        kind = StorageError if "Os {" in str(error) else IndexDamaged
        raise kind(f"{directory}: {error}; if it persists, {REMEDY}") from error
    except BaseException as error:
        if not is_panic(error):
            raise
        raise IndexDamaged.with_remedy(
            f"{directory}: the lexical index failed ({error})"
        ) from error
