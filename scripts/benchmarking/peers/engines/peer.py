"""What an engine is asked to do, whichever it is."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

__all__ = ["MODES", "Answer", "Passage", "Peer"]

MODES = ("lexical", "semantic", "hybrid")


class Passage(NamedTuple):
    """A passage that all engines index, and its file."""

    path: str
    text: str


class Answer(NamedTuple):
    """A passage that was found: its file and its text."""

    path: str
    text: str


class Peer(Protocol):
    """An engine with its index in a folder. What a search does not need is not loaded for it."""

    def build(self, passages: Sequence[Passage]) -> None:
        """Index the passages, and leave the index on disk."""

    def search(self, query: str, mode: str, limit: int) -> list[Answer]:
        """Return the passages that answer best, best first, at most `limit`."""
