"""Which passages repeat each other, by word overlap. Pure.

A signature is a MinHash over shingles of two words, of which the lowest byte of each of the 128
minima is kept (b-bit minwise hashing, https://doi.org/10.1145/1772690.1772759). Two signatures
agree in a share of about J + (1 - J) / 256 of their bytes, J being the Jaccard index of the
shingles.
"""

import re
from collections.abc import Iterator
from operator import concat
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from indexer.analyzer import Analyzer

__all__ = ["SIGNATURE_BYTES", "Repetition", "repetitions", "signature"]

SIGNATURE_BYTES = 128
SHINGLE_WORDS = 2
SEED = 1
# Pairs that share one band of four bytes are compared: at J = 0.6 that finds 98.8 % of them.
BAND_BYTES = 4
MINIMA = Struct(f"<{SIGNATURE_BYTES}I")

NO_WORD = re.compile(r"[^\w\x00-\x7f]+")
# ASCII to lower case, and to a blank what is no part of a word: ten times as fast as an expression.
LOWERED = bytes(
    byte if byte > 0x7F or chr(byte).isalnum() or chr(byte) == "_" else ord(" ")
    for byte in bytes(range(0x100)).lower()
)


class Repetition(NamedTuple):
    """A place in a list of signatures that repeats an earlier one, with their estimated overlap."""

    place: int
    of: int
    similarity: float


def signature(text: str) -> bytes:
    """Return the signature of a text; texts of the same words in the same order share it."""
    words = _words(text)
    minhash = RMinHash(num_perm=SIGNATURE_BYTES, seed=SEED)
    if len(words) < SHINGLE_WORDS:
        minhash.update(words or [text.encode()])
    else:
        # Two words are as good a shingle without the blank between them.
        minhash.update(list(map(concat, words, words[1:])))
    # The lowest byte is the first of each four.
    return MINIMA.pack(*minhash.digest())[::4]


def _words(text: str) -> list[bytes]:
    """Return the words of the text in lower case, bigrams for those of unspaced scripts."""
    form = Analyzer.index_form(text)
    if not form.isascii():
        form = NO_WORD.sub(" ", form.lower())
    return form.encode().translate(LOWERED).split()


def repetitions(signatures: NDArray[np.uint8], *, threshold: float) -> Iterator[Repetition]:
    """Yield every place whose overlap with an earlier one, itself no repetition, is large enough.

    `signatures` has shape (n, SIGNATURE_BYTES). A place that repeats several counts for the
    nearest one, then for the earliest.
    """
    places = _sharing_a_band(signatures).tolist()
    originals: list[int] = []
    kept = np.empty((len(places), signatures.shape[1]), np.uint8)
    for place in places:
        if originals:
            agreeing = np.count_nonzero(kept[: len(originals)] == signatures[place], axis=1)
            nearest = int(agreeing.argmax())
            share = int(agreeing[nearest]) / signatures.shape[1]
            similarity = max(0.0, (share * 256 - 1) / 255)
            if similarity >= threshold:
                yield Repetition(place, originals[nearest], similarity)
                continue
        kept[len(originals)] = signatures[place]
        originals.append(place)


def _sharing_a_band(signatures: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the places, in order, that share a band with another: few, in most rankings."""
    bands = np.ascontiguousarray(signatures).view(np.uint32).astype(np.uint64)
    keys = bands + (np.arange(bands.shape[1], dtype=np.uint64) << np.uint64(32))
    _, which, counts = np.unique(keys, return_inverse=True, return_counts=True)
    shared = counts[which.reshape(bands.shape)] > 1
    return np.flatnonzero(shared.any(axis=1))
