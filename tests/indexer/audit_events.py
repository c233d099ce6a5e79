"""What this process does to files, by Python's own audit events (PEP 578)."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import PurePath

__all__ = ["opened_files", "replaced_files"]

# An audit hook stays for good, so there is one, and it tells those that listen.
_listening: list[Callable[[str, tuple[object, ...]], None]] = []


def _on_event(event: str, arguments: tuple[object, ...]) -> None:
    for listen in _listening:
        listen(event, arguments)


sys.addaudithook(_on_event)


@contextmanager
def _names(event: str, argument: int) -> Iterator[list[str]]:
    names: list[str] = []

    def listen(happened: str, arguments: tuple[object, ...]) -> None:
        # Some files are opened by their descriptor.
        if happened == event and isinstance(path := arguments[argument], str | PurePath):
            names.append(PurePath(path).name)

    _listening.append(listen)
    try:
        yield names
    finally:
        _listening.remove(listen)


def opened_files() -> AbstractContextManager[list[str]]:
    """Return a context in which a list fills with the names of the files that are opened."""
    return _names("open", 0)


def replaced_files() -> AbstractContextManager[list[str]]:
    """Return a context in which a list fills with the names that files are moved to."""
    return _names("os.rename", 1)
