"""Words that nobody types: ids, hashes, encoded data. Pure."""

import re

__all__ = ["is_noise"]

# A year or a quantity is worth completing, a longer number is an id.
LONGEST_NUMBER = 4
HEX = re.compile(r"(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{6,}")
SWITCH = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
# `mp3`, `2024q3` and `h264` switch once or twice between letters and digits.
MOST_SWITCHES = 2
# No language has as many consonants in a row; German comes near with its Angstschweiss.
UNSPEAKABLE = re.compile(r"[bcdfghjklmnpqrstvwxz]{9}")
# Encoded data has few vowels, and is longer than most words.
LONG = 20
VOWEL = re.compile(r"[aeiouy]")
LEAST_VOWELS = 0.25


def is_noise(word: str) -> bool:
    """Return whether a word of the index, in lower case, is an id, a hash or encoded data."""
    if word.isdecimal():
        return len(word) > LONGEST_NUMBER
    if not word.isascii():
        return False
    if HEX.fullmatch(word) or len(SWITCH.findall(word)) > MOST_SWITCHES:
        return True
    if UNSPEAKABLE.search(word):
        return True
    return len(word) >= LONG and len(VOWEL.findall(word)) < LEAST_VOWELS * len(word)
