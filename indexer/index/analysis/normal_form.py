"""The normal form of a text: what differs only in encoding, case, accents or spelling is equal.

It is NFKC_Casefold of Unicode (UAX 15, UAX 31), which composes, folds compatible characters such as
half-width kana and removes what cannot be seen, such as soft hyphens. Beyond that, digits of any
script are ASCII digits, and accents and vowel signs that readers leave out when they type are
removed: see `_without_marks` and `LETTERS`.

Capitals and accents of Latin letters are left to the engine, which folds them faster. `SETTLED` are
the characters that need no more than that.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

import regex

from indexer.index.analysis.identifiers import WORD
from indexer.index.analysis.rewriting import Rewriting
from indexer.spans import Span

__all__ = ["NEEDED", "NORMAL_FORM", "composed", "parts_at_hidden_breaks"]

# A word character outside these ranges is folded here. So is any character with a mark after it.
SETTLED = (
    "\x00-\x7f"
    # Latin, without the dotted capital I, the n with an apostrophe, the long s and digraphs
    "\u00a0-\u00a9\u00ab-\u00ac\u00ae-\u00b1\u00b4\u00b6-\u00b7\u00bb\u00bf-\u012f\u0131"
    "\u0134-\u013e\u0141-\u0148\u014a-\u017e\u01cd-\u01dc\u01de-\u01e5\u01e8-\u01ed\u01f4-\u01f5\u01f8-\u021b"
    "\u1e00-\u1e99\u1ea0-\u1ef9"
    # small Greek letters without accents; Russian and Ukrainian without the letter yo
    "\u03b1-\u03c1\u03c3-\u03c9\u0402\u0404-\u0406\u0408-\u040b\u040f-\u044f\u0452\u0454-\u0456"
    "\u0458-\u045b\u045f\u0490\u0491"
    "\u05d0-\u05ea\u0621\u0627-\u063a\u0641-\u0648\u064a"
    "\u2012-\u2027\u2030-\u203e\u2041-\u2046\u2048-\u2053\u2055-\u2056\u2058-\u205e\u20a0-\u20a7\u20a9-\u20bf"
    "\u2190-\u22ff\u2500-\u2775\u2794-\u27bf"
    "\u3001-\u3007\u3041-\u3096\u30a1-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\U0001f300-\U0001f5ff\U0001f600-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff"
)
# Letters that differ for a computer and not for a reader.
LETTERS = str.maketrans(
    {
        "\u0640": "",  # the Arabic line that stretches words
        "\u0649": "\u064a",  # yeh without dots
        "\u06cc": "\u064a",  # Persian yeh
        "\u06d2": "\u064a",  # Urdu yeh
        "\u06a9": "\u0643",  # Persian kaf
        "\u06c1": "\u0647",  # Urdu heh
        "\u06be": "\u0647",
        "\u0671": "\u0627",  # alef with wasla
        "\u0131": "i",  # Turkish i without a dot
        "\u2010": "-",
    }
)
# Thai and Lao vowels that are one character for a reader, and that NFKC takes apart.
VOWELS = {"\u0e4d\u0e32": "\u0e33", "\u0ecd\u0eb2": "\u0eb3"}
FRACTION = "\u2044"
# After Cyrillic letters only stress is dropped, and the dots of yo.
STRESS = {"\u0300", "\u0301"}
DOTS = "\u0308"
DROPPED_AFTER = ("LATIN ", "GREEK ", "ARABIC ", "HEBREW ", "DIGIT ")
UNSEEN = regex.compile(r"\p{Default_Ignorable_Code_Point}+")
# After a digit, people type it for degrees.
ORDINAL, DEGREES = "\u00ba", "\u00b0"

# A place where a line may end: between two words, or inside one.
HIDDEN_BREAK = "\u200b"
AT_HIDDEN_BREAK = re.compile(
    rf"(?<={HIDDEN_BREAK}){WORD}++|(?<!{WORD}){WORD}++(?={HIDDEN_BREAK}+{WORD})"
)

NEEDED = re.compile(rf"[^{SETTLED}]")
# A grapheme that has a word character or mark which is not settled. Signs such as the trademark
# keep their form, except for units such as the degree Celsius.
FOLDED = regex.compile(
    rf"(?=(?:[\w\p{{M}}\p{{DI}}\p{{Nl}}\p{{No}}\u2010\u2011\u2100-\u211f\u2121\u2123-\u214f"
    rf"\u3200-\u33ff\ufe00-\uffef](?<=[^{SETTLED}]))|.[\p{{M}}\p{{DI}}\uff9e\uff9f])\X",
    regex.DOTALL,
)


def composed(text: str) -> str:
    """Return the text with each letter and its marks as one character where there is one (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def parts_at_hidden_breaks(text: str) -> Iterator[Span]:
    """Yield the words beside zero-width spaces, which a reader may see as one word or as two."""
    if HIDDEN_BREAK in text:
        for match in AT_HIDDEN_BREAK.finditer(text):
            yield Span(*match.span())


@lru_cache(20_000)
def _folded(grapheme: str) -> str:
    """Return the normal form of a grapheme, which may be empty."""
    folded = composed(_without_marks(_casefolded(grapheme)).translate(LETTERS))
    for parts, vowel in VOWELS.items():
        folded = folded.replace(parts, vowel)
    # Two and a half, written with the character for a half, is not 21.
    return f" {folded}" if FRACTION in folded else folded


def _casefolded(text: str) -> str:
    """Return NFKC_Casefold of the text, decomposed, with ASCII digits."""
    seen = UNSEEN.sub("", unicodedata.normalize("NFD", text)).casefold()
    folded = unicodedata.normalize("NFKC", seen).casefold()
    digits = "".join(str(unicodedata.decimal(each, each)) for each in folded)
    return unicodedata.normalize("NFD", UNSEEN.sub("", digits))


def _without_marks(decomposed: str) -> str:
    """Return the text without accents, harakat and niqqud; other scripts keep their marks."""
    kept: list[str] = []
    letter = ""
    for each in decomposed:
        if unicodedata.category(each)[0] != "M":
            letter = each
        elif _is_dropped(each, letter):
            continue
        kept.append(each)
    return "".join(kept)


def _is_dropped(mark: str, letter: str) -> bool:
    if not letter.isalnum():
        return unicodedata.name(mark, "").startswith("COMBINING ")
    name = unicodedata.name(letter, "")
    if name.startswith("CYRILLIC "):
        return mark in STRESS or (mark == DOTS and letter == "\u0435")
    return name.startswith(DROPPED_AFTER)


def _normal(match: re.Match[str]) -> str:
    if match[0] == ORDINAL and match.string[match.start() - 1 : match.start()].isdigit():
        return DEGREES
    return _folded(match[0])


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Yield the graphemes of a text that are folded; most texts are settled."""
    if text.isascii() or not NEEDED.search(text):
        return iter(())
    return cast(Iterator[re.Match[str]], FOLDED.finditer(text))


NORMAL_FORM = Rewriting(_matches, _normal)
