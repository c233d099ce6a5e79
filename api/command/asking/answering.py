"""Which index is asked, and by whom: a running server of it, or this process."""

import argparse
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from api.command.asking.remote import Json, Remote, Unreachable
from api.serving.announcement import server_of
from indexer.command.environment import PREFIX, with_configuration
from indexer.errors import IndexNotFound

__all__ = ["Answerer", "Asked", "asked"]

Answer = TypeVar("Answer")


class Answerer(Protocol):
    """What answers: a server, or an index in this process. Requests and answers are the API's."""

    def search(self, request: Json) -> Json: ...

    def verify(self, request: Json) -> Json: ...

    def text(self, document_id: str, start: int, end: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """The index that is asked, and the folder of its documents."""

    index: Path
    folder: Path

    def ask(self, question: Callable[[Answerer], Answer]) -> Answer:
        """Return what a running server of the index answers, or else the index itself."""
        address = server_of(self.index)
        if address is not None:
            try:
                return question(Remote(address))
            except Unreachable:
                # It has just stopped, or wants a key. Whoever can read the index needs neither.
                pass
        # This takes much longer to import than a server takes to answer.
        from api.command.asking.local import Local

        with closing(Local(self.index)) as local:
            return question(local)

    def file(self, path: str) -> Path:
        """Return a document's file as it is named from the current folder."""
        file = self.folder / path
        here = Path.cwd()
        return file.relative_to(here) if file.is_relative_to(here) else file


def asked(options: argparse.Namespace) -> Asked:
    """Return the index that the options, the environment or the current folder name.

    Raises IndexNotFound, which says what to do.
    """
    # These imports take longer than printing the help.
    from indexer.index.folder import IndexFolder

    index = _index(options.index, options.folder)
    folder = IndexFolder(index).folder_of_documents()
    if folder is None:
        # Says whether something else is there.
        folder = IndexFolder(index).current().manifest.folder
    return Asked(index, Path(folder))


def _index(index: Path | None, folder: Path | None) -> Path:
    if index is not None:
        return index
    if folder is not None:
        return _index_around(folder)
    from indexer.command.registry import registry

    named = with_configuration(os.environ, None).get(f"{PREFIX}INDEX")
    return Path(named) if named else registry().index_for(Path.cwd())


def _index_around(folder: Path) -> Path:
    from indexer.command.registry import registry

    found = registry().around(folder)
    if found is None:
        raise IndexNotFound(
            f"{folder.absolute()} is in no folder that has an index; build one with: "
            f"spanlight index {folder}"
        )
    return found.index
