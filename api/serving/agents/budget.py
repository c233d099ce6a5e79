"""How much text fits into a number of tokens.

Tokenizers differ, so this is an estimate: about four bytes of UTF-8 in most languages.
"""

from typing import Self

__all__ = ["BYTES_PER_TOKEN", "Budget", "size_of"]

BYTES_PER_TOKEN = 4


def size_of(text: str) -> int:
    """Return what a text costs, in bytes."""
    return len(text.encode(errors="replace"))


class Budget:
    """A number of bytes, and what is left of them."""

    def __init__(self, left: int) -> None:
        self.left = left

    @classmethod
    def of_tokens(cls, tokens: int) -> Self:
        return cls(tokens * BYTES_PER_TOKEN)

    def take(self, text: str) -> bool:
        """Return whether the text fits, and subtract it if it does."""
        cost = size_of(text)
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def beginning(self, text: str) -> str:
        """Return as much of the beginning of the text as fits, up to a line or word if possible."""
        if size_of(text) <= self.left:
            return text
        fitting = text.encode(errors="replace")[: self.left].decode(errors="ignore")
        # At least half of what fits, however long lines and words are.
        half, most = len(fitting) // 2, len(fitting)
        breaks = [text.rfind(mark, half, most + 1) + 1 for mark in "\n "]
        return text[: min(most, next((each for each in breaks if each), most))]

    def end(self, text: str) -> str:
        """Return as much of the end of the text as fits, from a line or word on if possible."""
        if size_of(text) <= self.left:
            return text
        encoded = text.encode(errors="replace")
        fitting = encoded[len(encoded) - self.left :].decode(errors="ignore")
        start = len(text) - len(fitting)
        half = start + len(fitting) // 2
        breaks = [text.find(mark, max(start - 1, 0), half) + 1 for mark in "\n "]
        return text[next((each for each in breaks if each), start) :]
