"""Text -> tokens: words, quotation marks, dashes, blanks and other signs, each with its place.

Two tokens are alike if their keys are equal: words whatever their case and form, quotation marks
and dashes whatever their shape, blanks whatever their number.
"""

import unicodedata
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import regex

from indexer.spans import Span

__all__ = ["Token", "TokenKind", "TokenizedText"]

# Scripts without blanks between words: each character, with its marks, is a word.
UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u3005-\u3007\u30fc\uff70"
)
# Blanks between dots are escaped, because `TOKEN` ignores others.
DOTS = r"(?:\u2026+|\.{3,}|\.(?:[\ \u00a0]\.){2,})"
# A number whose digits are in groups is one word, so that it is alike without them.
SEPARATOR = r"[,.'\u2019\u00a0\u2009\u202f]"
GROUPED = rf"(?<!\d{SEPARATOR})[0-9]{{1,3}}(?:{SEPARATOR}[0-9]{{3}})++(?![\p{{L}}\p{{N}}])"
GROUPED_WORD = regex.compile(GROUPED)
# Any other number is one word too, or a changed one would be cut in two: 3.5, 10:30.
IN_NUMBERS = r"(?<=\p{Nd})[.,:](?=\p{Nd})"
TOKEN = regex.compile(
    rf"""
    (?P<word>{GROUPED}
        |[{UNSPACED}][\p{{M}}\p{{Cf}}]*+
        |[[\p{{L}}\p{{N}}]--[{UNSPACED}]]
            (?:[[\p{{L}}\p{{N}}\p{{M}}\p{{Cf}}]--[{UNSPACED}]]|{IN_NUMBERS})*+)
    |(?P<blank>[\s\p{{Z}}]++)
    |(?P<ellipsis>\[\ ?{DOTS}\ ?\]|\(\ ?{DOTS}\ ?\)|{DOTS})
    |(?P<dash>[\p{{Pd}}\u2212]++)
    |(?P<quote>''|``|,,|["'`\u00b4\p{{Pi}}\p{{Pf}}\u201a\u201e\u2032\u2033\u300c-\u300f\u301d-\u301f\uff02\uff07])
    |(?P<sign>.)
    """,
    regex.VERBOSE | regex.DOTALL | regex.V1,
)
BETWEEN_DIGITS = regex.compile(rf"(?<=[0-9]){SEPARATOR}(?=[0-9])")
# What may be left out of a word in alphabets where it is: accents, points and strokes that are
# signs of their own, the Arabic tatweel, and characters that nobody sees.
LEFT_OUT = regex.compile(
    r"[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\p{Cf}]+"
)
# The number of words whose keys are cached.
KNOWN_WORDS = 20_000


class TokenKind(Enum):
    WORD = "word"
    BLANK = "blank"
    ELLIPSIS = "ellipsis"
    DASH = "dash"
    QUOTE = "quote"
    SIGN = "sign"


class Token(NamedTuple):
    """A token and its place `[start, end)` in its text."""

    kind: TokenKind
    key: str
    start: int
    end: int


class TokenizedText:
    """A text and its tokens, which cover it without gaps.

    `words` are the numbers of the tokens that are words, and `keys` are the keys of these.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [_token(match) for match in TOKEN.finditer(text)]
        self.words = [
            number for number, token in enumerate(self.tokens) if token.kind is TokenKind.WORD
        ]
        self.keys = [self.tokens[number].key for number in self.words]

    def span(self, numbers: range) -> Span:
        """Return the part of the text that the tokens with these numbers cover."""
        return Span(self._offset(numbers.start), self._offset(numbers.stop))

    def _offset(self, number: int) -> int:
        return self.tokens[number].start if number < len(self.tokens) else len(self.text)


def _token(match: "regex.Match[str]") -> Token:
    kind, text = TokenKind(match.lastgroup), match[0]
    if kind is TokenKind.WORD:
        key = _word_key(text)
    elif kind is TokenKind.SIGN:
        key = unicodedata.normalize("NFKC", text)
    else:
        # Neither a word nor a sign has such a key.
        key = f"\0{kind.value}"
    return Token(kind, key, *match.span())


@lru_cache(KNOWN_WORDS)
def _word_key(word: str) -> str:
    """Return what words have in common that differ only in case or form."""
    if GROUPED_WORD.fullmatch(word):
        word = BETWEEN_DIGITS.sub("", word)
    if word.isascii():
        return word.lower()
    bare = LEFT_OUT.sub("", unicodedata.normalize("NFKD", word))
    return unicodedata.normalize("NFKC", bare.casefold()) or word
