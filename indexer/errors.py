"""Every error that the indexer raises on purpose, and tests for failures of other libraries.

SpanlightError
├── UsageError                the request cannot be carried out as given
│   ├── FolderNotFound        the folder to index does not exist or cannot be listed
│   └── InvalidSetting        a setting has a value outside its limits
├── RemovalsRefused           most documents would be removed, it seems by accident
├── IndexUnusable             the index on disk cannot be used
│   ├── IndexNotFound         nothing was ever published there
│   ├── IndexLocked           another process is writing it
│   ├── IndexDamaged          a file is missing, truncated or altered
│   ├── FormatVersionMismatch written by another version of Spanlight
│   ├── ConfigMismatch        built with another model or other settings
│   ├── WrongFolder           built from another folder
│   └── StorageError          the disk is full, read-only or failing
└── ModelUnusable             the embedding model cannot be used
    ├── ModelNotFound         no such folder, package or reachable hub name
    └── ModelDamaged          its files are not the published ones

Errors that only the server raises are in `api/contract/errors.py`. A message shows the bad value
and says what to do. `code` is stable and part of the HTTP contract.
"""

from typing import Self

__all__ = [
    "REMEDY",
    "ConfigMismatch",
    "FolderNotFound",
    "FormatVersionMismatch",
    "IndexDamaged",
    "IndexLocked",
    "IndexNotFound",
    "IndexUnusable",
    "InvalidSetting",
    "ModelDamaged",
    "ModelNotFound",
    "ModelUnusable",
    "RemovalsRefused",
    "SpanlightError",
    "StorageError",
    "UsageError",
    "WrongFolder",
    "is_failure",
    "is_panic",
    "without_surrogates",
]

# What to do about an index that cannot be repaired.
REMEDY = "run reindex.py --full"


class SpanlightError(Exception):
    """A problem that the user can act on. Its text is written for them, and can be encoded."""

    code = "spanlight_error"

    def __str__(self) -> str:
        return without_surrogates(super().__str__())


class UsageError(SpanlightError):
    code = "invalid_request"


class FolderNotFound(UsageError):
    code = "folder_not_found"


class RemovalsRefused(SpanlightError):
    code = "removals_refused"


class InvalidSetting(UsageError):
    code = "invalid_setting"


class IndexUnusable(SpanlightError):
    code = "index_unusable"

    @classmethod
    def with_remedy(cls, problem: str) -> Self:
        """Return the error for a problem that rebuilding the index solves."""
        return cls(f"{problem}; {REMEDY}")


class IndexNotFound(IndexUnusable):
    code = "index_not_found"


class IndexLocked(IndexUnusable):
    code = "index_locked"


class IndexDamaged(IndexUnusable):
    code = "index_damaged"

    @classmethod
    def missing(cls, path: object) -> Self:
        """Return the error for a missing file. Perhaps a restore has yet to bring it."""
        return cls(f"{path} is missing; restore it, or {REMEDY}")


class FormatVersionMismatch(IndexUnusable):
    code = "format_version_mismatch"


class ConfigMismatch(IndexUnusable):
    code = "config_mismatch"


class WrongFolder(IndexUnusable):
    code = "wrong_folder"


class StorageError(IndexUnusable):
    code = "storage_error"


class ModelUnusable(SpanlightError):
    code = "model_unusable"


class ModelNotFound(ModelUnusable):
    code = "model_not_found"


class ModelDamaged(ModelUnusable):
    code = "model_damaged"


def without_surrogates(text: str) -> str:
    """Return the text with an escape for each byte of a path that is not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def is_panic(error: BaseException) -> bool:
    """Return whether the error is a panic of a library written in Rust.

    A panic is not an Exception, yet it does not end the process. Each library has its own class
    for it, which cannot be imported.
    """
    return type(error).__name__ == "PanicException"


def is_failure(error: BaseException) -> bool:
    """Return whether the error is a failure, not a request to end the process."""
    return isinstance(error, Exception) or is_panic(error)
