"""Which files this process opens, by Python's own audit events (PEP 578)."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

__all__ = ["opened_files"]

# An audit hook stays for good, so there is one, and it writes into the lists that listen.
_listening: list[list[str]] = []


def _on_event(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _listening and isinstance(arguments[0], str | bytes | PurePath):
        for opened in _listening:
            opened.append(_name(arguments[0]))


def _name(path: str | bytes | PurePath) -> str:
    return PurePath(path.decode() if isinstance(path, bytes) else path).name


sys.addaudithook(_on_event)


@contextmanager
def opened_files() -> Iterator[list[str]]:
    """Yield a list that fills with the names of the files that are opened."""
    opened: list[str] = []
    _listening.append(opened)
    try:
        yield opened
    finally:
        _listening.remove(opened)
