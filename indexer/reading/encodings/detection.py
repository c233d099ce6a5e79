"""Detect the encoding of a text that is neither marked nor UTF-8 nor declared.

The sample is decoded in every encoding that old texts are likely to have. The reading that is most
plausible wins, if it is plausible at all and much more so than any other reading. Otherwise nothing
is certain: a file that is left out and reported is better than one with wrong letters.
"""

import re
from collections import Counter
from heapq import nlargest
from typing import NamedTuple

from indexer.reading.encodings.languages import Candidate, candidates
from indexer.reading.encodings.plausibility import features_of, plausibility, words_in

__all__ = ["detect_encoding"]

# Detection reads this much on either side of the first byte that is not UTF-8.
_SAMPLE_BYTES = 32_768

# Nearly thirty times as likely as the next reading.
_MIN_MARGIN = 3.3
# The mean for a character. Measured on single lines: right readings have at least this.
_MIN_PLAUSIBILITY = -4.5


class _Reading(NamedTuple):
    """The logarithm of how likely a reading is, altogether and for each character."""

    likelihood: float
    plausibility: float
    encoding: str


def detect_encoding(content: bytes, *, around: int) -> str | None:
    """Return the name of the encoding, or None if no encoding is likely enough.

    `around` is the first byte that is not UTF-8. Only a sample is examined, so the rest may still
    fail to decode.
    """
    sample = _sample(content, around)
    if sample.isascii() or _is_broken_utf8(sample):
        return None
    words = words_in(sample)
    readings: dict[str, _Reading] = {}
    for candidate in candidates():
        try:
            text = sample.decode(candidate.encoding)
        except UnicodeDecodeError:
            continue
        found = _reading(text, words, candidate)
        # Encodings that give the same text are no rivals: the more common one names it.
        readings[text] = max(readings.get(text, found), found)
    ranked = nlargest(2, readings.values())
    if not ranked or ranked[0].plausibility < _MIN_PLAUSIBILITY:
        return None
    is_certain = len(ranked) < 2 or ranked[0].likelihood - ranked[1].likelihood >= _MIN_MARGIN
    return ranked[0].encoding if is_certain else None


def _reading(text: str, words: Counter[str], candidate: Candidate) -> _Reading:
    features = features_of(text)
    found = plausibility(features, words, candidate.languages)
    return _Reading(found + candidate.prior, found / features.bytes, candidate.encoding)


def _sample(content: bytes, around: int) -> bytes:
    """Return a part of the content, cut between characters where that is possible."""
    start, end = max(0, around - _SAMPLE_BYTES), around + _SAMPLE_BYTES
    sample = content[start:end]
    # Bytes below 0x30 are never part of a longer character in the encodings in question.
    if start and (cut := re.search(rb"[\x00-/]", sample)):
        sample = sample[cut.end() :]
    if end < len(content) and (cut := re.search(rb"[\x00-/]", sample[::-1])):
        sample = sample[: len(sample) - cut.end()]
    return sample


def _is_broken_utf8(sample: bytes) -> bool:
    """Return whether most of the bytes beyond ASCII are valid UTF-8.

    Such a file was damaged or cut off; any other encoding would turn all of them into wrong
    letters.
    """
    fitting = sample.decode("utf-8", "ignore").encode()
    return _beyond_ascii(fitting) > _beyond_ascii(sample) / 2


def _beyond_ascii(content: bytes) -> int:
    return len(content.translate(None, bytes(range(0x80))))
