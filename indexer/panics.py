"""Panics: how libraries that are written in Rust give up."""

__all__ = ["is_failure", "is_panic"]


def is_panic(error: BaseException) -> bool:
    """Return whether a library written in Rust gave up: no Exception, but no end of the process.

    Its class cannot be imported, and each of the libraries has one of its own.
    """
    return type(error).__name__ == "PanicException"


def is_failure(error: BaseException) -> bool:
    """Return whether something failed, and nobody asked the process to end."""
    return isinstance(error, Exception) or is_panic(error)
