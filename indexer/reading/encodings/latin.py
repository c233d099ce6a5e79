"""Detect the single-byte encoding of a text in Latin letters by its accented letters.

The encodings differ only in characters beyond ASCII. A file often has only a handful of them, too
few for statistics. But a text keeps to the alphabet of its language: Czech that is read in the
wrong encoding has letters that no single language has together. So the encoding is the one in
which some alphabet, with typographic marks, covers most characters beyond ASCII. The more common
encoding wins a tie.
"""

import re
from collections import Counter

__all__ = ["latin_encoding"]

_WESTERN = (
    "àâæçéèêëîïôœùûüÿ",  # French
    "äöüßé",  # German
    "áéíñóúü",  # Spanish
    "ãõáâàçéêíóôúü",  # Portuguese
    "àèéìíòóùú",  # Italian
    "åäöé",  # Swedish, Finnish
    "æøåéòô",  # Danish, Norwegian
    "áðéíóúýþæö",  # Icelandic
    "ëïéèüöó",  # Dutch
    "àçéèíïóòúü",  # Catalan
    "õäöüšž",  # Estonian
)
_CENTRAL = (
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíľĺňóôŕšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "čšžćđ",  # Croatian, Slovenian
    "ăâîşţ",  # Romanian
    "äöüß",  # German names in a text in one of these languages
)
_TURKISH = ("çğıİöşüâîû",)
_BALTIC = (
    "ąčęėįšųūž",  # Lithuanian
    "āčēģīķļņšūž",  # Latvian
    "õäöüšž",  # Estonian
)
# The more common come first. The Windows encodings have the letters of ISO 8859-1, -9 and -13 in
# the same places.
_ALPHABETS = {
    "windows-1252": _WESTERN,
    "windows-1250": _CENTRAL,
    "windows-1254": _TURKISH,
    "windows-1257": _BALTIC,
    "iso-8859-2": _CENTRAL,
}

_MARKS_IN_WORDS = frozenset("’‘–—…·´ªº\xa0\xad")
_MARKS = _MARKS_IN_WORDS | frozenset("“”„•€¢£¥§©®°±²³µ¶¹»¼½¾¿¡«¬¯™†‡‰‹›×÷")

_MIN_COVERED = 0.9
# For names from several languages in an English text: no single alphabet covers their letters, but
# two accented letters are rarely adjacent.
_MIN_COVERED_BY_ALL = 0.95
_MIN_ALONE = 0.9

_ASCII = bytes(range(0x80))
_ALPHANUMERIC = re.compile(rb"[0-9A-Za-z]")
_ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_IN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff](?=[A-Za-z])")


def latin_encoding(sample: bytes) -> str | None:
    """Return the name of the encoding, or None if the sample is not clearly in Latin letters."""
    beyond = sample.translate(None, _ASCII)
    if len(beyond) > len(_ALPHANUMERIC.findall(sample)):
        return None
    counts = Counter(beyond)
    in_words = Counter(b"".join(_IN_WORD.findall(sample)))
    covered = {
        encoding: max(_covered(counts, in_words, encoding, letters) for letters in alphabets)
        for encoding, alphabets in _ALPHABETS.items()
    }
    best = max(covered, key=lambda encoding: covered[encoding])
    if covered[best] >= _MIN_COVERED * len(beyond):
        return best
    by_all = _covered(counts, in_words, "windows-1252", "".join(_WESTERN))
    alone = len(_ALONE.findall(sample))
    if by_all >= _MIN_COVERED_BY_ALL * len(beyond) and alone >= _MIN_ALONE * len(beyond):
        return "windows-1252"
    return None


def _covered(counts: Counter[int], in_words: Counter[int], encoding: str, letters: str) -> int:
    """Return how many of the bytes are one of these letters, or a mark where a mark may occur."""
    covered = 0
    for byte, count in counts.items():
        character = bytes([byte]).decode(encoding, "replace")
        if character in letters or character.lower() in letters or character in _MARKS_IN_WORDS:
            covered += count
        elif character in _MARKS:
            covered += count - in_words[byte]
    return covered
