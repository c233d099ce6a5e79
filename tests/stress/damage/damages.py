"""What is done to the files of an index: a bit flipped, or the file cut off."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

__all__ = ["SMALL_BYTES", "Damage", "damages", "replace_file"]

# In a file of less than this every bit is flipped.
SMALL_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class Damage:
    """What becomes of one file; `name` is its path relative to the index.

    `place` is the bit that is flipped, or how many bytes are left of a file that is `cut` off.
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
    """Yield damages of a file of so many bytes: every bit of a small one, else `flips` of them."""
    bits = range(8 * size)
    if size >= small_bytes:
        bits_to_flip = sorted(random.sample(bits, min(flips, len(bits))))
    else:
        bits_to_flip = list(bits)
    yield from (Damage(name, bit, cut=False) for bit in bits_to_flip)
    for length in sorted(random.sample(range(size), min(cuts, size))):
        yield Damage(name, length, cut=True)


def replace_file(path: Path, content: bytes) -> None:
    """Give the name to a new file: what is open, mapped or linked elsewhere stays as it is."""
    temporary = path.with_name(f"{path.name}.damaged")
    temporary.write_bytes(content)
    temporary.replace(path)
