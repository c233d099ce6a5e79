"""A text in normal form, taken apart at its blanks, and what each chunk between them consists of.

Most chunks occur again and again, so what they consist of is cached. That is faster than looking
for compounds in a whole text.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from indexer.index.analysis.compounds import LINE_END, Reading, patterns_for, read_compound
from indexer.index.analysis.identifiers import AFTER_NUMBER, BEFORE_NUMBER, Part
from indexer.index.analysis.known_tokens import LONGEST_KNOWN
from indexer.index.analysis.scripts import characters, pairs

__all__ = [
    "CHUNK",
    "LONGEST_TERM",
    "TOKEN",
    "chunks",
    "has_inner_blanks",
    "places",
    "read",
    "read_uncached",
    "tokens",
    "without_punctuation",
    "words",
]

# A blank that does not end a chunk: inside a number, between a number and its sign, and after a
# hyphen at the end of a line.
INNER_BLANK = (
    rf"[ \t\u00a0\u2009\u202f](?:(?<=\d.)(?={AFTER_NUMBER})|(?<={BEFORE_NUMBER}.)(?=\d)"
    rf"|(?<=\d[\u00a0\u2009\u202f])(?=\d{{3}}(?!\d)))|(?<=-){LINE_END.removeprefix('-')}(?=\w)"
)
# Characters that are never inside a compound end a chunk as a blank does.
OUTSIDE = r"\s;\"*<>|~^=\[\]{}`\u201c\u201d"
INSIDE = rf"(?:[^{OUTSIDE},:]++|,(?=\d)|:(?=[^{OUTSIDE}]))++"
CHUNK = re.compile(rf"{INSIDE}(?:(?:{INNER_BLANK}){INSIDE})*+")
INNER = re.compile(INNER_BLANK)
# The same in ASCII. Expressions that begin with a rare sign are ten times as fast.
BESIDE_SIGN = re.compile(r"[$%](?:(?<=\d[ \t].)|(?<=\$)[ \t]\d)", re.ASCII)
DIVIDED = re.compile(rf"-(?<=\w.){LINE_END.removeprefix('-')}(?=\w)")
# Each blank inside a number, or between a number and its sign, is one of these or beside one.
IN_NUMBERS = re.compile(rf"{AFTER_NUMBER}|{BEFORE_NUMBER}|[\u00a0\u2009\u202f]")
# One or more chunks, and what separates them.
TOKEN = re.compile(rf"\S++(?:(?:{INNER_BLANK})\S++)*+")
# What may surround a plain word without being part of it.
AFTER_WORD = ".,;:!?)]}\"'*`>\u2019\u201d\u2026"
BEFORE_WORD = "([{\"'*`<\u2018\u201c"
# Longer words are encoded data. Their beginnings are terms, so that text around them is in a row.
LONGEST_TERM = 200
# Readings are needed for queries and highlights only.
KNOWN_READINGS = 5_000


def words(text: str) -> Iterator[Part]:
    """Yield the words of a text in normal form, in order."""
    for start, chunk in chunks(text):
        # Most chunks are plain words.
        if chunk.isalnum() and chunk.isascii():
            yield Part(chunk, start, start + len(chunk))
        else:
            for word, at, end in read(chunk).words:
                yield Part(word, start + at, start + end)


def tokens(text: str) -> list[str]:
    """Return a text in normal form taken apart at the blanks that no chunk contains.

    Each token is one or more chunks, or signs alone.
    """
    return TOKEN.findall(text) if has_inner_blanks(text) else text.split()


def places(text: str, wanted: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield the place of each occurrence of these tokens in a text in normal form, in no order."""
    if not wanted:
        return
    if has_inner_blanks(text):
        yield from (
            (match.start(), match[0]) for match in TOKEN.finditer(text) if match[0] in wanted
        )
        return
    for token in wanted:
        at = text.find(token)
        while at >= 0:
            end = at + len(token)
            # Between blanks, or at the start or end of the text.
            if not text[at - 1 : at].strip() and not text[end : end + 1].strip():
                yield at, token
            at = text.find(token, at + 1)


def has_inner_blanks(text: str) -> bool:
    """Return whether a blank of the text may be inside a chunk."""
    if not text.isascii() and IN_NUMBERS.search(text):
        return INNER.search(text) is not None
    if ("$" in text or "%" in text) and BESIDE_SIGN.search(text):
        return True
    return DIVIDED.search(text) is not None


def chunks(text: str) -> list[tuple[int, str]]:
    """Return the chunks of a text in normal form with their places."""
    return [(match.start(), match[0]) for match in CHUNK.finditer(text)]


def read(chunk: str) -> Reading:
    """Return what a chunk consists of. The result is shared: leave it as it is."""
    return _known(chunk) if len(chunk) <= LONGEST_KNOWN else read_uncached(chunk)


def without_punctuation(text: str) -> str:
    """Return a chunk, or text between blanks, without what may surround a plain word."""
    return text.lstrip(BEFORE_WORD).rstrip(AFTER_WORD)


def _plain_word(chunk: str) -> str:
    """Return the only word of the chunk, without the punctuation around it, or ""."""
    word = without_punctuation(chunk)
    return word if word.isascii() and word.isalnum() else ""


def read_uncached(chunk: str) -> Reading:
    """Return what a chunk consists of. For chunks that seldom occur twice."""
    if word := _plain_word(chunk):
        start = chunk.index(word)
        return Reading([Part(word, start, start + len(word))], [], [], [])
    found = Reading([], [], [], [])
    for each in _compounds(chunk):
        for known, parts in zip(found, each, strict=True):
            known += parts
    return found


_known = lru_cache(KNOWN_READINGS)(read_uncached)


def _compounds(chunk: str) -> Iterator[Reading]:
    """Yield the compounds and runs of a chunk, and the plain words between them, in order."""
    patterns = patterns_for(chunk)
    done = 0
    for match in patterns.compound.finditer(chunk):
        start, end = match.span()
        if start > done:
            yield _plain(patterns.word.finditer(chunk, done, start))
        if match.lastgroup == "run":
            yield _run(match[0], start)
        else:
            called = chunk[end : end + 1] == "("
            yield read_compound(match[0], start, patterns, called=called)
        done = end
    if done < len(chunk):
        yield _plain(patterns.word.finditer(chunk, done))


def _plain(words: Iterable[re.Match[str]]) -> Reading:
    return Reading([Part(each[0], *each.span()) for each in words], [], [], [])


def _run(run: str, start: int) -> Reading:
    words = [Part(run[at:end], start + at, start + end) for at, end in pairs(run)]
    each = [Part(run[at:end], start + at, start + end) for at, end in characters(run)]
    return Reading(words, [], [], each)
