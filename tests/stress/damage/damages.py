"""Damages to the files of an index: a bit is flipped, or the file is cut off."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

__all__ = ["SMALL_BYTES", "Damage", "damages", "replace_file"]

# In a file smaller than this, every bit is flipped.
SMALL_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class Damage:
    """A damage to one file; `name` is its path relative to the index.

    `place` is the bit that is flipped, or the number of bytes that remain of a file that is `cut`.
    """

    name: str
    place: int
    cut: bool

    def __str__(self) -> str:
        return f"{self.name}, {'cut to byte' if self.cut else 'bit'} {self.place}"

    def done_to(self, content: bytes) -> bytes:
        if self.cut:
            return content[: self.place]
        altered = bytearray(content)
        altered[self.place // 8] ^= 1 << self.place % 8
        return bytes(altered)


def damages(
    name: str, size: int, *, flips: int, cuts: int, random: Random, small_bytes: int = SMALL_BYTES
) -> Iterator[Damage]:
    """Yield damages of a file of `size` bytes: every bit of a small file, else `flips` bits."""
    bits = range(8 * size)
    if size >= small_bytes:
        bits_to_flip = sorted(random.sample(bits, min(flips, len(bits))))
    else:
        bits_to_flip = list(bits)
    yield from (Damage(name, bit, cut=False) for bit in bits_to_flip)
    for length in sorted(random.sample(range(size), min(cuts, size))):
        yield Damage(name, length, cut=True)


def replace_file(path: Path, content: bytes) -> None:
    """Give the name to a new file; files that are open, mapped or linked stay unchanged."""
    temporary = path.with_name(f"{path.name}.damaged")
    temporary.write_bytes(content)
    temporary.replace(path)
