"""Find passages that repeat each other, by word overlap. Pure.

A signature is a MinHash over shingles of two words. It keeps the lowest byte of each of the 128
minima (b-bit minwise hashing, https://doi.org/10.1145/1772690.1772759). Two signatures agree in
about J + (1 - J) / 256 of their bytes, where J is the Jaccard index of the shingles.
"""

import re
from collections.abc import Sequence
from operator import add
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from indexer.index.analysis.normal_form import composed
from indexer.index.analysis.scripts import with_pairs

__all__ = [
    "SIGNATURE_BYTES",
    "Repetition",
    "is_cut_copy",
    "overlaps_with",
    "pairs_alike",
    "repetitions",
    "signature",
]

SIGNATURE_BYTES = 128
SHINGLE_WORDS = 2
SEED = 1
# The Jaccard index estimated from each number of agreeing bytes.
OVERLAP_OF_AGREEING = np.maximum(
    0.0, (np.arange(SIGNATURE_BYTES + 1) / SIGNATURE_BYTES * 256 - 1) / 255
)
# Limits the memory used to compare a thousand signatures with each other.
COMPARED_AT_ONCE = 32
HALF = np.uint64(32)
MINIMA = Struct(f"<{SIGNATURE_BYTES}I")
WHOLE = Struct(f"{SIGNATURE_BYTES}s")

# A copy that was cut short has at least this share of its shingles from the full text. Its last
# words may be others, such as "Read more". Short texts agree by chance.
CUT_FROM_FULL = 0.9
# How many times as many words the full text has. A version of a text may have lost a sentence, so
# more must be missing unless nothing was altered.
FULL_TO_UNALTERED = 1.15
FULL_TO_ALTERED = 1.5
CUT_LAST_WORDS = 5
CUT_LEAST_WORDS = 20

NO_WORD = re.compile(r"[^\w\x00-\x7f]+")
# Lower-cases ASCII and replaces every character that is not part of a word by a blank. Ten times as
# fast as a regular expression.
LOWERED = bytes(
    byte if byte > 0x7F or chr(byte).isalnum() or chr(byte) == "_" else ord(" ")
    for byte in bytes(range(0x100)).lower()
)


class Repetition(NamedTuple):
    """A position in a list of signatures that repeats an earlier one, and the estimated overlap."""

    place: int
    of: int
    similarity: float


def signature(text: str) -> bytes:
    """Return the signature of a text. Texts of the same words in the same order share it."""
    words = _words(text)
    minhash = RMinHash(num_perm=SIGNATURE_BYTES, seed=SEED)
    if len(words) < SHINGLE_WORDS:
        minhash.update(words or [text.encode()])
    else:
        minhash.update(_shingles(words))
    # The lowest byte is the first of each four.
    return MINIMA.pack(*minhash.digest())[::4]


def is_cut_copy(cut: str, full: str) -> bool:
    """Return whether one text is part of the other, which goes on, except for its last words."""
    words, full_words = _words(cut), _words(full)
    if not CUT_LEAST_WORDS <= len(words) <= len(full_words) / FULL_TO_UNALTERED:
        return False
    shingles = set(_shingles(words[:-CUT_LAST_WORDS]))
    common = len(shingles.intersection(_shingles(full_words)))
    if common == len(shingles):
        return True
    is_much_shorter = len(words) <= len(full_words) / FULL_TO_ALTERED
    return is_much_shorter and common >= CUT_FROM_FULL * len(shingles)


def pairs_alike(
    signatures: NDArray[np.uint8], *, least: float, among: NDArray[np.bool_]
) -> list[tuple[int, int, float]]:
    """Return the pairs of positions whose estimated overlap is at least this, and the overlap.

    `among` says of each pair whether it is wanted.
    """
    places, others = np.nonzero(np.triu(among, 1))
    overlaps = OVERLAP_OF_AGREEING[_counted(signatures[places] == signatures[others])]
    alike = np.flatnonzero(overlaps >= least)
    return list(
        zip(
            places[alike].tolist(),
            others[alike].tolist(),
            overlaps[alike].tolist(),
            strict=True,
        )
    )


def overlaps_with(signature: NDArray[np.uint8], signatures: NDArray[np.uint8]) -> list[float]:
    """Return the estimated overlap of one signature with each of the others."""
    (agreeing,) = _agreeing_bytes(signature[None], signatures)
    overlaps: list[float] = OVERLAP_OF_AGREEING[agreeing].tolist()
    return overlaps


def _shingles(words: Sequence[bytes]) -> list[bytes]:
    # A shingle works as well without the blank between its two words.
    return list(map(add, words, words[1:]))


def _words(text: str) -> list[bytes]:
    """Return the words of the text in lower case, or bigrams for scripts without blanks."""
    form = with_pairs(composed(text))
    if not form.isascii():
        form = NO_WORD.sub(" ", form.lower())
    return form.encode().translate(LOWERED).split()


def repetitions(signatures: NDArray[np.uint8], *, threshold: float) -> list[Repetition]:
    """Return every position whose overlap with an earlier original reaches the threshold.

    `signatures` has shape (n, SIGNATURE_BYTES). An original is a position that repeats no earlier
    original. Of several originals the nearest counts, then the earliest. Copies stay together.
    """
    texts = (text for (text,) in WHOLE.iter_unpack(signatures.tobytes()))
    # Copies share their whole signature, so only one of them is compared.
    places: dict[bytes, list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(text, []).append(place)
    firsts = [copies[0] for copies in places.values()]
    repeated = _nearest_originals(signatures[firsts], threshold)
    found = []
    for number, copies in enumerate(places.values()):
        if number in repeated:
            of, similarity = repeated[number]
            found += [Repetition(place, firsts[of], similarity) for place in copies]
        elif len(copies) > 1:
            found += [Repetition(place, copies[0], 1.0) for place in copies[1:]]
    return sorted(found)


def _nearest_originals(
    signatures: NDArray[np.uint8], threshold: float
) -> dict[int, tuple[int, float]]:
    """Return the nearest original, and their overlap, for each signature that repeats one.

    An original repeats no earlier original.
    """
    near = _sharing_a_band(signatures)
    compared = signatures[near]
    best, nearest = np.zeros(len(near)), np.arange(len(near))
    for first in range(0, len(near), COMPARED_AT_ONCE):
        # What repeats another one is no original, so it need not be compared.
        places = first + np.flatnonzero(best[first : first + COMPARED_AT_ONCE] == 0.0)
        overlaps = OVERLAP_OF_AGREEING[_agreeing_bytes(compared[places], compared[first:])]
        overlaps[overlaps < threshold] = 0.0
        overlaps[np.arange(len(places)), places - first] = 0.0
        for number in np.flatnonzero(overlaps.any(axis=1)).tolist():
            place = int(places[number])
            if best[place]:
                continue
            later = slice(place + 1, None)
            overlap = overlaps[number, place + 1 - first :]
            nearer = overlap > best[later]
            best[later][nearer] = overlap[nearer]
            nearest[later][nearer] = place
    repeating = np.flatnonzero(best)
    originals = zip(near[nearest[repeating]].tolist(), best[repeating].tolist(), strict=True)
    return dict(zip(near[repeating].tolist(), originals, strict=True))


def _agreeing_bytes(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return how many bytes agree in each pair of signatures, shape (len(left), len(right))."""
    return _counted(left[:, None, :] == right[None, :, :])


def _counted(equal: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return how many of the flags for each pair of signatures are set."""
    # Adds eight flags at a time. No byte overflows, because even the total of 128 is below 256.
    eights = equal.view(np.uint64).sum(axis=-1)
    summed: NDArray[np.uint64] = (eights * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return summed


def _sharing_a_band(signatures: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the positions, in order, that share a band with another. Most rankings have few."""
    # A band is four bytes. Comparing only pairs that share one finds 98.8 % of those at J = 0.6.
    bands = signatures.view(np.uint32).T.astype(np.uint64)
    places = np.arange(len(signatures), dtype=np.uint64)
    # A band and its place in one number: 32 short lists of numbers are sorted in no time.
    keys = np.sort((bands << HALF) | places, axis=1)
    equal = (keys[:, 1:] ^ keys[:, :-1]) >> HALF == 0
    sharing = np.zeros(len(signatures), np.bool_)
    sorted_places = keys.astype(np.uint32)
    sharing[sorted_places[:, 1:][equal]] = True
    sharing[sorted_places[:, :-1][equal]] = True
    return np.flatnonzero(sharing)
