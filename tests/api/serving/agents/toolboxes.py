"""Tools over the index of a small folder, called as the protocol calls them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api.serving.agents.tools import Answer, Toolbox
from api.serving.drift import DriftWatch
from api.serving.reload import Searchers
from api.settings import ServerSettings
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, wait_until, write
from tests.hashed_embedder import HashedEmbedder

__all__ = ["Tools", "tools"]


class Tools:
    """Calls tools by name."""

    def __init__(self, folder: Path, toolbox: Toolbox) -> None:
        self.folder = folder
        self.toolbox = toolbox

    def answer(self, name: str, **arguments: Any) -> Answer:
        return self.toolbox.call(self.toolbox.tools[name], arguments)

    def content(self, name: str, **arguments: Any) -> dict[str, Any]:
        return self.answer(name, **arguments).content


@contextmanager
def tools(
    place: Path, files: Mapping[str, str | bytes], *, time_limit_s: float = 60
) -> Iterator[Tools]:
    """Write the files into a folder, index them, and offer the tools over the index."""
    for path, content in files.items():
        write(place / "folder", path, content)
    index = IndexFolder(place / "index")
    publish(place / "folder", index, HashedEmbedder())
    searchers = Searchers(index, ServerSettings(index=index.path), lambda _: HashedEmbedder())
    drift = DriftWatch(index, 60)
    searchers.start()
    try:
        wait_until(
            lambda: not searchers.problems() and len(searchers.current().modes.answering) > 1
        )
        yield Tools(place / "folder", Toolbox(searchers, drift, time_limit_s))
    finally:
        drift.stop()
        searchers.stop()
