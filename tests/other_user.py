"""Another user than root, and folders that this user can reach."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["OTHER_USER", "place_for_everyone", "without_privileges"]

OTHER_USER = 65534


@contextmanager
def place_for_everyone() -> Iterator[Path]:
    """A folder that other users can reach, unlike those that pytest makes; so is its `index`."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        Path(name, "index").mkdir(mode=0o755)
        yield Path(name)


@contextmanager
def without_privileges() -> Iterator[None]:
    """Drop root's right to write everywhere, for a while."""
    if os.geteuid() != 0:
        pytest.skip("only root can make files that it then cannot write")
    os.seteuid(OTHER_USER)
    try:
        yield
    finally:
        os.seteuid(0)
