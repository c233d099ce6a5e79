"""The identifiers of a text: `snake_case`, `CVE-2024-1234`, `.NET`, `12(3)(b)`, `£70`, addresses.

Crawled text often lacks the blank after a full stop. In `nine.The`, the stop is a joint between two
sentences, not a part of an identifier.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from indexer.index.analysis.scripts import UNSPACED, has_unspaced
from indexer.spans import Span

__all__ = [
    "AFTER_NUMBER",
    "BEFORE_NUMBER",
    "BLANK",
    "JOINERS",
    "LETTER",
    "WORD",
    "Part",
    "address_spans",
    "identifiers",
]

JOINERS = re.escape("-.:/@+#\\")
WORD = rf"[^\W_{UNSPACED}]"
LETTER = rf"[^\W\d_{UNSPACED}]"
BLANK = "[ \u00a0\u2009\u202f]"
CURRENCIES = "$\u00a2-\u00a5\u058f\u060b\u09f3\u0e3f\u17db\u20a0-\u20bf"
BEFORE_NUMBER = rf"[{CURRENCIES}\u00a7\u00b6]"
AFTER_NUMBER = rf"[{CURRENCIES}%\u2030\u00b0]"

NUMBER = r"\d++(?:[.,]\d++)*+"
SIGNED = re.compile(
    rf"{BEFORE_NUMBER}{BLANK}?{NUMBER}|(?<![\w.,]){NUMBER}{BLANK}?{AFTER_NUMBER}"
    rf"|(?<![\w.,])\d{{1,3}}(?:,\d{{3}})++\.\d++"
)
SIGNS = re.compile(rf"{BEFORE_NUMBER}|{AFTER_NUMBER}|[,(]|\A\.")
GROUPING = re.compile(rf"{BLANK}|(?<=\d),(?=\d{{3}}(?!\d))")
SECTION = re.compile(r"(?<!\w)\d++[a-z]?(?:\.\d++)*+(?:\(\w{1,5}\))++")
# After these, a full stop and a capital are no new sentence: `Example.Com`, `node.Js`.
# fmt: off
ENDINGS = {
    "com", "org", "net", "edu", "gov", "io", "co", "uk", "de", "fr", "js", "ts", "py", "md", "txt",
    "html",
}
# fmt: on
# Words that often begin a sentence and seldom name a member of something: `London.The`.
# fmt: off
OPENERS = {
    "a", "after", "all", "also", "although", "an", "and", "as", "at", "because", "before", "both",
    "but", "by", "during", "each", "even", "for", "from", "he", "her", "here", "his", "how",
    "however", "i", "if", "in", "it", "its", "many", "most", "mr", "mrs", "ms", "my", "no", "not",
    "now", "of", "on", "one", "only", "our", "she", "since", "so", "some", "such", "that", "the",
    "their", "then", "there", "these", "they", "this", "those", "to", "two", "under", "until", "we",
    "were", "what", "when", "where", "which", "while", "who", "why", "with", "you", "your",
}
# fmt: on
ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*+://|www\.)[^\s\"<>]++"
    r"|(?<![\w@.])(?:[a-z0-9-]++\.)++(?:com|org|net|edu|gov|io|co|info|ly|me|uk|de|fr|eu)\b"
    r"(?:[/?#][^\s\"<>]*+)?(?![\w@])",
    re.IGNORECASE,
)


class _Patterns(NamedTuple):
    """The expressions that find identifiers: `.NET`, words with joiners, stops inside those."""

    dotted: re.Pattern[str]
    joined: re.Pattern[str]
    stop: re.Pattern[str]


@cache
def _patterns(*, unspaced: bool) -> _Patterns:
    """Return the expressions for texts with or without scripts that lack blanks.

    Most texts have none, and compiling what leaves them out takes a hundred times as long.
    """
    others = UNSPACED if unspaced else ""
    word, letter, code = rf"[^\W_{others}]", rf"[^\W\d_{others}]", rf"[^\W{others}]++"
    return _Patterns(
        dotted=re.compile(rf"(?<!.)\.{letter}{word}*+(?!.)", re.DOTALL),
        joined=re.compile(
            rf"(?<![\w'\u2019,]){code}(?:[{JOINERS}]++{code})*+(?:\+\+|#(?!\w))?(?!['\u2019,])"
        ),
        stop=re.compile(rf"(?P<left>{word}++)\.(?=(?P<right>{word}++))"),
    )


class Part(NamedTuple):
    """A term and its place in a compound."""

    text: str
    start: int
    end: int


def identifiers(compound: str, start: int, *, called: bool) -> Iterator[Part]:
    """Yield the identifiers of a compound that begins at this place.

    `called`: a parenthesis follows it, as in `f.Max(x)`.
    """
    patterns = _patterns(unspaced=has_unspaced(compound))
    if SIGNS.search(compound):
        for match in SIGNED.finditer(compound):
            number = GROUPING.sub("", match[0])
            yield Part(number, start + match.start(), start + match.end())
        for pattern in (SECTION, patterns.dotted):
            for match in pattern.finditer(compound):
                yield Part(match[0], start + match.start(), start + match.end())
    for match in patterns.joined.finditer(compound):
        at = match.start()
        for joint in [*_joints(patterns.stop, match[0], called=called), len(match[0])]:
            end = match.start() + joint
            part = compound[at:end]
            if not part.isalnum() and part.strip("_"):
                yield Part(part, start + at, start + end)
            at = end + 1


def address_spans(text: str) -> list[Span]:
    """Return the spans of web addresses."""
    return [Span(*match.span()) for match in ADDRESS.finditer(text)]


def _joints(stop: re.Pattern[str], text: str, *, called: bool) -> Iterator[int]:
    """Yield the places of full stops that end a sentence."""
    for match in stop.finditer(text) if not text.islower() else ():
        is_last = match.end() + len(match["right"]) == len(text)
        if _is_joint(match["left"], match["right"]) and not (called and is_last):
            yield match.end() - 1


def _is_joint(left: str, right: str) -> bool:
    if not (right[0].isupper() and (right[1:].islower() or len(right) == 1)):
        return False
    plain = len(left) > 1 and (left.islower() or left.isdigit())
    if right.lower() in OPENERS:
        return plain or len(right) > 1
    return plain and len(right) > 1 and right.lower() not in ENDINGS
