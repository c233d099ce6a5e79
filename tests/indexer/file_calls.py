"""Observes what this process does to files, through the functions that it calls.

An audit hook (PEP 578) would see more, but it cannot be removed. While it handles a thread's trace
function being installed no other thread can install one: under coverage, that thread dies.
"""

import builtins
import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import PurePath
from typing import Any

import pytest

__all__ = ["opened_files", "replaced_files"]


@contextmanager
def _names(argument: int, functions: list[tuple[object, str]]) -> Iterator[list[str]]:
    """Yield a list that fills with the arguments of the calls, as file names."""
    names: list[str] = []

    def listening(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            # Some files are opened by descriptor.
            if isinstance(path := arguments[argument], str | PurePath):
                names.append(PurePath(path).name)
            return function(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for module, name in functions:
            patch.setattr(module, name, listening(getattr(module, name)))
        yield names


def opened_files() -> AbstractContextManager[list[str]]:
    """Return a context in which a list fills with the names of the files that are opened."""
    return _names(0, [(os, "open"), (io, "open"), (builtins, "open")])


def replaced_files() -> AbstractContextManager[list[str]]:
    """Return a context in which a list fills with the names that files are moved to."""
    return _names(1, [(os, "rename"), (os, "replace")])
