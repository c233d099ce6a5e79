"""How plausible is it that a text was decoded correctly? Pure.

The answer is a logarithm of a probability, summed over the characters beyond ASCII. It depends on
how frequent each is in a language, and on its place: typographic marks are not inside words, a
capital does not follow a small letter, letters of two scripts are not in one word.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import regex

from indexer.reading.encodings.languages import Language
from indexer.reading.encodings.places import (
    FIRST_EASTERN,
    is_sign,
    place_of_letter,
    place_of_mark,
    place_of_sign,
    share_of_mark,
)

__all__ = ["Features", "features_of", "plausibility", "words_in"]

# Of a longer sample, only so many bytes beyond ASCII are examined.
_MOST_BYTES = 150
_BEYOND_ASCII = regex.compile(r"([^\x00-\x7f])\1*")
# Words are counted in so much of a sample.
_WORD_BYTES = 4_000
_WORD = re.compile(r"[a-z]+")

# What each frequent word of a language adds, up to a few.
_WORD_BONUS = 0.7
_MOST_WORDS = 4


class Features(NamedTuple):
    """What the plausibility of a text depends on, whatever its language is.

    `place` is the logarithm of how likely the characters are at their places, `pairs` the number of
    letters beyond ASCII that are next to each other, and `bytes` the length of what was examined.
    """

    letters: Counter[str]
    pairs: int
    place: float
    bytes: int


def features_of(text: str) -> Features:
    """Return the features of a decoded text."""
    letters: Counter[str] = Counter()
    place, pairs, length = 0.0, 0, 0
    # A run of one character, such as a line of a table, is as good as one.
    for found in _BEYOND_ASCII.finditer(text):
        if length >= _MOST_BYTES:
            break
        character = found[1]
        start, end = found.span()
        before, after = text[max(0, start - 12) : start], text[end : end + 8]
        length += 1
        if character >= FIRST_EASTERN:
            length += 1
            letters[character] += 1
        elif character.isalpha() and character not in "ªº":
            letters[_folded(character)] += 1
            place += place_of_letter(character, before, after)
            pairs += after[:1] > "\x7f" and after[:1].isalpha()
        elif is_sign(character):
            letters[character] += 1
            place += place_of_sign(character, before[-1:], after[:1])
        else:
            place += share_of_mark(character) + place_of_mark(character, before, after)
    return Features(letters, pairs, place, max(1, length))


def words_in(sample: bytes) -> Counter[str]:
    """Return the words in ASCII letters, which are the same in every encoding."""
    return Counter(_WORD.findall(sample[:_WORD_BYTES].decode("ascii", "replace").lower()))


def plausibility(features: Features, words: Counter[str], languages: Iterable[Language]) -> float:
    """Return the logarithm of how likely the text is in the likeliest of the languages."""
    return features.place + max(_in_language(features, words, language) for language in languages)


def _in_language(features: Features, words: Counter[str], language: Language) -> float:
    shares, foreign = _shares(language), language.foreign
    total = sum(count * shares.get(letter, foreign) for letter, count in features.letters.items())
    frequent = sum(words[word] for word in language.words)
    return total + language.pairs * features.pairs + _WORD_BONUS * min(frequent, _MOST_WORDS)


@cache
def _shares(language: Language) -> dict[str, float]:
    shares = dict.fromkeys(language.rarer, language.rare)
    for rank, letter in enumerate(language.letters):
        shares[letter] = language.first - rank * language.step
    return shares


def _folded(letter: str) -> str:
    lower = letter.lower()
    return lower if len(lower) == 1 else letter
