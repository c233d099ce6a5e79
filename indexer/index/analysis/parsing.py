"""A text in normal form, taken apart at its blanks, and what each chunk between them consists of.

Most chunks occur again and again, so what they consist of is cached. That is faster than looking
for compounds in a whole text.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from indexer.index.analysis.compounds import (
    LINE_END,
    Reading,
    ascii_patterns,
    marked_patterns,
    read_compound,
    unmarked_patterns,
)
from indexer.index.analysis.identifiers import AFTER_NUMBER, BEFORE_NUMBER, Part
from indexer.index.analysis.normal_form import NEEDED
from indexer.index.analysis.scripts import graphemes, pairs

__all__ = ["Forms", "chunks", "forms", "read", "words"]

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
# What may surround a plain word and is no part of it.
AFTER_WORD = ".,;:!?)]}\"'*`>\u2019\u201d\u2026"
BEFORE_WORD = "([{\"'*`<\u2018\u201c"
# In about 15 MB. Longer chunks seldom occur twice; addresses do.
KNOWN_CHUNKS = 50_000
LONGEST_KNOWN = 100
# Readings are needed for queries and highlights only.
KNOWN_READINGS = 5_000


class Forms(NamedTuple):
    """The same as text, with blanks between the words: words, other spellings, identifiers."""

    words: str
    others: str
    identifiers: str


def forms(text: str) -> Forms:
    """Return what a text in normal form consists of."""
    plain: list[str] = []
    others: list[str] = []
    identifiers: list[str] = []
    for chunk in CHUNK.findall(text):
        # Most chunks are plain words.
        if chunk.isalnum() and chunk.isascii():
            plain.append(chunk)
            continue
        word, other, identifier = (
            _known_forms(chunk) if len(chunk) <= LONGEST_KNOWN else _forms(chunk)
        )
        plain.append(word)
        if other:
            others.append(other)
        if identifier:
            identifiers.append(identifier)
    return Forms(" ".join(plain), " ".join(others), " ".join(identifiers))


def words(text: str) -> Iterator[Part]:
    """Yield the words of a text in normal form, in order."""
    for start, chunk in chunks(text):
        # Most chunks are plain words.
        if chunk.isalnum() and chunk.isascii():
            yield Part(chunk, start, start + len(chunk))
        else:
            for word, at, end in read(chunk).words:
                yield Part(word, start + at, start + end)


def chunks(text: str) -> list[tuple[int, str]]:
    """Return the chunks of a text in normal form with their places."""
    return [(match.start(), match[0]) for match in CHUNK.finditer(text)]


def read(chunk: str) -> Reading:
    """Return what a chunk consists of. The result is shared: leave it as it is."""
    return _known(chunk) if len(chunk) <= LONGEST_KNOWN else _read(chunk)


def _forms(chunk: str) -> tuple[str, str, str]:
    # Tuples of strings, unlike named tuples and lists, cost the garbage collector nothing.
    if word := _plain_word(chunk):
        return word, "", ""
    words, joined, parts, identifiers = _read(chunk)
    return _form(words), _form(joined + parts), _form(identifiers)


_known_forms = lru_cache(KNOWN_CHUNKS)(_forms)


def _plain_word(chunk: str) -> str:
    """Return the word of which the chunk consists, apart from punctuation around it, or ""."""
    word = chunk.lstrip(BEFORE_WORD).rstrip(AFTER_WORD)
    return word if word.isascii() and word.isalnum() else ""


def _read(chunk: str) -> Reading:
    if word := _plain_word(chunk):
        start = chunk.index(word)
        return Reading([Part(word, start, start + len(word))], [], [], [])
    found = Reading([], [], [], [])
    for each in _compounds(chunk):
        for known, parts in zip(found, each, strict=True):
            known += parts
    return found


_known = lru_cache(KNOWN_READINGS)(_read)


def _form(parts: Iterable[Part]) -> str:
    return " ".join([part.text for part in parts])


def _compounds(chunk: str) -> Iterator[Reading]:
    """Yield the compounds and runs of a chunk, and the plain words between them, in order."""
    if chunk.isascii():
        patterns = ascii_patterns()
    else:
        patterns = marked_patterns() if NEEDED.search(chunk) else unmarked_patterns()
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
    each = [Part(run[at:end], start + at, start + end) for at, end in graphemes(run)]
    return Reading(words, [], [], each)
