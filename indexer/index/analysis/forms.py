"""A text in normal form -> what the index gets of it, as text: the same as `parsing`, but faster.

Most of the time in which a text is indexed would be spent here. So plain words are passed on in
long runs. What each other token between blanks consists of is often known from the tokens before.
Words that signs join, such as paths and names of settings, are seldom known. Most need little
analysis.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from indexer.index.analysis.compounds import ascii_patterns, joined
from indexer.index.analysis.identifiers import Part, identifiers
from indexer.index.analysis.known_tokens import LONGEST_KNOWN
from indexer.index.analysis.parsing import (
    CHUNK,
    LONGEST_TERM,
    TOKEN,
    has_inner_blanks,
    read_uncached,
    without_punctuation,
)

__all__ = ["Forms", "forms", "token_forms"]

# Plain words with punctuation around them, and signs without a word, each with blanks after it. The
# index gets them as they are, without the signs.
PLAIN = (
    rf"[(\[{{\"'*`<]*+[A-Za-z0-9]{{0,{LONGEST_TERM}}}+[.,;:!?)\]}}\"'*`>]*+"
    r"|[!-/:-@\[-`{-~]++"
)
RUN = re.compile(rf"((?:(?:{PLAIN})[ \t-\r]++)*+)(\S*+)\s*+")
# Words that are joined by nothing that gives them another meaning: they are one compound and one
# identifier, unless a sentence ends between them. Signs around them make no difference.
COMPOUND = r"[A-Za-z0-9]++(?:[-.:/@\\_]++[A-Za-z0-9]++)"
JOINED = re.compile(rf"{COMPOUND}++")
# Such words, and signs that end a chunk, as in a link: `[**word**](/path/to/word)`.
ENDING = r";\"*<>|~^=\[\]{}`"
SIMPLE = re.compile(
    rf"(?:[{ENDING}]++|[('\u2018\u201c]*+(?:[-./:@\\#&!]*+(?<!\.){COMPOUND}*+[-/:@\\(]*+)"
    rf"[.,:!?)'\u2019\u201d\u2026]*+(?=[{ENDING}]|\Z))++"
)
ANY_WORD = re.compile("[A-Za-z0-9]")
# Initials and names of methods that are called are read with care.
INITIALS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]\.[A-Za-z](?![A-Za-z0-9])")
CALLED = re.compile(r"[A-Za-z0-9][-/:@\\]*+\(")
# Without this, a compound is not written as one word, too.
HYPHENATED = re.compile(r"[A-Za-z]++-")
# Where a sentence may end.
JOINT = re.compile(r"\.[A-Z]")
# Blanks in place of signs. A text as a table is faster than a dictionary without most letters.
END = "\0"
WITHOUT_SIGNS = END + "".join(sign if sign.isalnum() else " " for sign in map(chr, range(1, 0x80)))
TOO_LONG = re.compile(rf"(\S{{{LONGEST_TERM}}})\S+")
# In about 25 MB together.
KNOWN_TOKENS = 60_000
KNOWN_CHARS = 30 * KNOWN_TOKENS
KNOWN_CHUNKS = 10_000

NOTHING = ("", "", "")


class Forms(NamedTuple):
    """What a text consists of, with blanks between: words, other spellings, identifiers."""

    words: str
    others: str
    identifiers: str


class _KnownTokens(dict[str, str]):
    """The words of tokens, and as `more` what else those consist of that are not plain words.

    A dictionary is faster than `lru_cache`. When it is full, an empty one takes its place.
    """

    def __init__(self) -> None:
        super().__init__()
        self.more: dict[str, tuple[str, str]] = {}
        self._chars = 0

    def __missing__(self, token: str) -> str:
        words, others, whole = forms = token_forms(token)
        if len(token) > LONGEST_TERM:
            words, others, whole = (TOO_LONG.sub(r"\1", form) for form in forms)
        if others or whole:
            self.more[token] = others, whole
        self[token] = words
        self._chars += len(token)
        return words

    @property
    def is_full(self) -> bool:
        return len(self) > KNOWN_TOKENS or self._chars > KNOWN_CHARS


class _Reader:
    """Reads texts with what is known from earlier ones."""

    def __init__(self) -> None:
        self._known = _KnownTokens()

    def forms(self, text: str) -> Forms:
        """Return what a text in normal form consists of."""
        # Another thread may replace `_known` meanwhile.
        known = self._known
        if known.is_full:
            known = self._known = _KnownTokens()
        runs = [("", token) for token in TOKEN.findall(text)] if has_inner_blanks(text) else ()
        plain, tokens = zip(*(runs or RUN.findall(text)), strict=True)
        plain_words = END.join(plain).translate(WITHOUT_SIGNS).split(END)
        token_words = map(known.__getitem__, tokens)
        words = " ".join(chain.from_iterable(zip(plain_words, token_words, strict=True))).strip()
        more = [*filter(None, map(known.more.get, tokens))]
        return Forms(words, *_joined(more)) if more else Forms(words, "", "")


forms = _Reader().forms


def _joined(each: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the texts in each place of the tuples, joined."""
    return (" ".join(filter(None, texts)) for texts in zip(*each, strict=True))


def token_forms(token: str) -> tuple[str, str, str]:
    """Return what a token of a text in normal form consists of. It is not remembered here."""
    if simple := _simple_forms(token):
        return simple
    chunks = CHUNK.findall(token)
    if len(chunks) == 1:
        return _read_forms(chunks[0])
    words, others, whole = _joined(map(_chunk_forms, chunks)) if chunks else NOTHING
    return words, others, whole


def _chunk_forms(chunk: str) -> tuple[str, str, str]:
    return _simple_forms(chunk) or (
        _known_forms(chunk) if len(chunk) <= LONGEST_KNOWN else _read_forms(chunk)
    )


def _simple_forms(token: str) -> tuple[str, str, str] | None:
    """Return the forms of a token of plain words, alone or joined by signs, or None."""
    inner = without_punctuation(token)
    if not inner.isascii():
        return None
    if inner.isalnum():
        return inner, "", ""
    if not SIMPLE.fullmatch(inner):
        return None if ANY_WORD.search(inner) else NOTHING
    words = " ".join(inner.translate(WITHOUT_SIGNS).split())
    compounds = JOINED.findall(inner)
    others = ""
    if "-" in inner:
        others = " ".join(filter(None, map(_written_as_one, compounds)))
    if "." not in inner:
        return words, others, " ".join(compounds)
    if INITIALS.search(inner) or CALLED.search(inner):
        return None
    if JOINT.search(inner):
        compounds = [_form(identifiers(compound, 0, called=False)) for compound in compounds]
    return words, others, " ".join(filter(None, compounds))


def _written_as_one(compound: str) -> str:
    return _form(joined(compound, 0, ascii_patterns())) if HYPHENATED.match(compound) else ""


def _read_forms(chunk: str) -> tuple[str, str, str]:
    reading = read_uncached(chunk)
    return _form(reading.words), _form(reading.joined + reading.parts), _form(reading.identifiers)


_known_forms = lru_cache(KNOWN_CHUNKS)(_read_forms)


def _form(parts: Iterable[Part]) -> str:
    return " ".join([part.text for part in parts])
