"""Scripts that are written without blanks between words: a run of them becomes pairs.

A pair is two neighbouring characters, each with its marks. Pairs overlap, so that every word of two
or more characters is a row of them, wherever it begins.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

import regex

__all__ = [
    "UNSPACED",
    "characters",
    "has_unspaced",
    "is_one_character",
    "is_unspaced",
    "pairs",
    "with_pairs",
]

# Han, kana and Hangul; then the scripts whose line breaks need a dictionary: Thai, Lao, Burmese,
# Khmer, Tai Le, New Tai Lue, Tai Tham, Tai Viet and their extensions.
UNSPACED = (
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U000323af"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u104e-\u108f\u109a-\u109f"
    "\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f\u1780-\u17d3\u17d7\u17dc-\u17dd"
    "\u1950-\u19c9\u1a20-\u1a7c\uaa80-\uaadf"
)
ONE = regex.compile(rf"[{UNSPACED}]")
# Every code point of these runs is a character, so that they need not be taken apart.
SIMPLE = regex.compile(r"[\u3005-\u3007\u3041-\u3096\u309b-\u30ff\u3400-\u9fff\uac00-\ud7a3]++")
RUN = re.compile(rf"[{UNSPACED}]++")
# As Unicode divides a text into words (UAX 29). A grapheme would include the Thai vowel am, with
# which a word may begin for those rules.
CHARACTER = regex.compile(r"\P{M}\p{M}*+|\p{M}++")


def is_unspaced(character: str) -> bool:
    """Return whether its script is written without blanks between words, as Chinese is."""
    return ONE.match(character) is not None


def has_unspaced(text: str) -> bool:
    """Return whether any character of the text is of such a script."""
    return not text.isascii() and RUN.search(text) is not None


def with_pairs(text: str) -> str:
    """Return the text with its runs as pairs, with blanks around each."""
    if text.isascii():
        return text
    return RUN.sub(lambda match: f" {' '.join(_texts(match[0], pairs(match[0])))} ", text)


def _texts(run: str, places: Iterable[tuple[int, int]]) -> Iterator[str]:
    return (run[start:end] for start, end in places)


def is_one_character(word: str) -> bool:
    """Return whether the word is a single character of such a script."""
    return is_unspaced(word[0]) and CHARACTER.fullmatch(word) is not None


def characters(run: str) -> list[tuple[int, int]]:
    """Return the start and end of each character of a run."""
    if SIMPLE.fullmatch(run):
        return [(at, at + 1) for at in range(len(run))]
    return [match.span() for match in CHARACTER.finditer(run)]


def pairs(run: str) -> list[tuple[int, int]]:
    """Return the start and end of each pair of a run, or of its only character."""
    each = characters(run)
    if len(each) == 1:
        return each
    return [(left[0], right[1]) for left, right in pairwise(each)]
