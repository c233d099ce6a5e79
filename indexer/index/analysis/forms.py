"""A text in normal form -> what the index gets of it, as text: the same as `parsing`, but faster.

Most of the time in which a text is indexed would be spent here. So the text is taken apart at its
blanks, and what each token between them consists of is known from the tokens before. Words that
signs join, such as paths and names of settings, are seldom known. Most need little analysis.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from indexer.index.analysis.compounds import LINE_END, ascii_patterns, joined
from indexer.index.analysis.identifiers import Part, identifiers
from indexer.index.analysis.parsing import (
    CHUNK,
    INNER_BLANK,
    LONGEST_KNOWN,
    read_uncached,
    without_punctuation,
)

__all__ = ["Forms", "forms"]

INNER = re.compile(INNER_BLANK)
DIVIDED = re.compile(LINE_END)
# One or more chunks, and what separates them.
TOKEN = re.compile(rf"\S++(?:(?:{INNER_BLANK})\S++)*+")
# Words that are joined by nothing that gives them another meaning. All of them are one compound and
# one identifier, unless a sentence ends between them. Signs around them make no difference.
WORD = "[A-Za-z0-9]"
SIMPLE = re.compile(
    rf"(?:[-./:@\\#&!]*+(?<!\.))(?P<compound>{WORD}++(?:[-.:/@\\_]++{WORD}++)*+)[-/:@\\(]*+"
)
ANY_WORD = re.compile(WORD)
# These and names of methods that are called are read with care.
INITIALS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]\.[A-Za-z](?![A-Za-z0-9])")
BLANKS = str.maketrans(dict.fromkeys("-.:/@\\_", " "))
# In about 20 MB together.
KNOWN_TOKENS = 50_000
KNOWN_CHUNKS = 10_000


NOTHING = ("", "", "")


class Forms(NamedTuple):
    """What a text consists of, with blanks between: words, other spellings, identifiers."""

    words: str
    others: str
    identifiers: str


class _KnownTokens(dict[str, tuple[str, str, str]]):
    """The forms of tokens. A dictionary is faster than `lru_cache`; it is emptied when full.

    Tuples of strings, unlike named tuples, cost the garbage collector nothing.
    """

    def __missing__(self, token: str) -> tuple[str, str, str]:
        found = _token_forms(token)
        if len(token) <= LONGEST_KNOWN:
            if len(self) >= KNOWN_TOKENS:
                self.clear()
            self[token] = found
        return found


_known_tokens = _KnownTokens()


def forms(text: str) -> Forms:
    """Return what a text in normal form consists of."""
    tokens = TOKEN.findall(text) if _has_inner_blanks(text) else text.split()
    return Forms(*_together(map(_known_tokens.__getitem__, tokens)))


def _has_inner_blanks(text: str) -> bool:
    """Return whether a blank of the text may be inside a chunk."""
    if text.isascii() and "$" not in text and "%" not in text:
        # What is left is a hyphen at the end of a line.
        return DIVIDED.search(text) is not None
    return INNER.search(text) is not None


def _together(each: Iterable[tuple[str, str, str]]) -> tuple[str, str, str]:
    words, others, whole = [*zip(*each, strict=True)] or [(), (), ()]
    return (
        " ".join(filter(None, words)),
        " ".join(filter(None, others)),
        " ".join(filter(None, whole)),
    )


def _token_forms(token: str) -> tuple[str, str, str]:
    if simple := _simple_forms(token):
        return simple
    chunks = CHUNK.findall(token)
    if len(chunks) == 1:
        return _read_forms(chunks[0])
    return _together(map(_chunk_forms, chunks))


def _chunk_forms(chunk: str) -> tuple[str, str, str]:
    return _simple_forms(chunk) or (
        _known_forms(chunk) if len(chunk) <= LONGEST_KNOWN else _read_forms(chunk)
    )


def _simple_forms(token: str) -> tuple[str, str, str] | None:
    """Return the forms of a plain word, or of words joined by signs, or None."""
    inner = without_punctuation(token)
    if not inner.isascii():
        return None
    if inner.isalnum():
        return inner, "", ""
    match = SIMPLE.fullmatch(inner)
    if match is None:
        return None if ANY_WORD.search(inner) else NOTHING
    compound = match["compound"]
    if compound.isalnum():
        return compound, "", ""
    words = " ".join(compound.translate(BLANKS).split())
    others = _form(joined(compound, 0, ascii_patterns())) if "-" in compound else ""
    if "." not in compound:
        return words, others, compound
    if "(" in inner or INITIALS.search(compound):
        return None
    if compound.islower():
        # No sentence begins with a small letter.
        return words, others, compound
    return words, others, _form(identifiers(compound, 0, called=False))


def _read_forms(chunk: str) -> tuple[str, str, str]:
    reading = read_uncached(chunk)
    return _form(reading.words), _form(reading.joined + reading.parts), _form(reading.identifiers)


_known_forms = lru_cache(KNOWN_CHUNKS)(_read_forms)


def _form(parts: Iterable[Part]) -> str:
    return " ".join([part.text for part in parts])
