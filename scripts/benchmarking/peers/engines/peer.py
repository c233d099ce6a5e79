"""The interface of all engines."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

__all__ = ["MODES", "Answer", "Passage", "Peer"]

MODES = ("lexical", "semantic", "hybrid")


class Passage(NamedTuple):
    """A passage that all engines index, and its file."""

    path: str
    text: str


class Answer(NamedTuple):
    """A found passage: its file and its text."""

    path: str
    text: str


class Peer(Protocol):
    """An engine with its index in a folder. It loads only what its searches need."""

    def build(self, passages: Sequence[Passage]) -> None:
        """Index the passages, and write the index to disk."""

    def search(self, query: str, mode: str, limit: int) -> list[Answer]:
        """Return at most `limit` passages, best first."""
