"""What tokens consist of, remembered: most tokens of a text occurred in the texts before."""

from collections.abc import Callable
from typing import TypeVar

__all__ = ["LONGEST_KNOWN", "KnownTokens"]

Found = TypeVar("Found")

# Longer tokens seldom occur twice; addresses do.
LONGEST_KNOWN = 100


class KnownTokens(dict[str, Found]):
    """What `read` returns for each token. It is emptied when full.

    A dictionary is faster than `lru_cache`. Tuples of strings, unlike named tuples, cost nothing in
    a garbage collection.
    """

    def __init__(self, read: Callable[[str], Found], limit: int) -> None:
        super().__init__()
        self._read = read
        self._limit = limit

    def __missing__(self, token: str) -> Found:
        found = self._read(token)
        if len(token) <= LONGEST_KNOWN:
            if len(self) >= self._limit:
                self.clear()
            self[token] = found
        return found
