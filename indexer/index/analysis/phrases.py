"""Where a phrase occurs among the words of a text, and what the engine is asked for.

A quotation may begin or end inside what is one term of the text: in the middle of a pair of Han, or
before the signs of `C++` and `R&D`. Its first or last word is then a single character.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from indexer.index.analysis.scripts import is_one_character
from indexer.spans import Span

__all__ = ["SIGNS", "FoundTerm", "inner_words", "occurrences", "term_patterns"]

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
SIGNS = frozenset("&+#")
# One character and its marks.
OTHER_CHARACTER = ".{0,4}"


class FoundTerm(Protocol):
    """An occurrence of a term in a text."""

    @property
    def text(self) -> str: ...
    @property
    def span(self) -> Span: ...


def occurrences(words: Sequence[FoundTerm], phrase: Sequence[str]) -> Iterator[Span]:
    """Yield the spans of the phrase among the words of a text."""
    texts = [word.text for word in words]
    inner = list(inner_words(phrase))
    before, after = _cut_words(phrase)
    for first in range(bool(before), len(texts) - len(inner) - bool(after) + 1 if phrase else 0):
        if inner and texts[first] != inner[0]:
            continue
        end = first + len(inner)
        if (
            texts[first:end] == inner
            and (not before or _ends_with(texts[first - 1], before))
            and (not after or _begins_with(texts[end], after))
        ):
            start = _end_of(words[first - 1], before) if before else words[first].span
            last = _start_of(words[end], after) if after else words[end - 1].span
            yield Span(start.start, last.end)


def inner_words(phrase: Sequence[str]) -> Sequence[str]:
    """Return the words of the phrase that are whole terms of any text that has the phrase."""
    before, after = _cut_words(phrase)
    return phrase[bool(before) : len(phrase) - bool(after)]


def term_patterns(phrase: Sequence[str]) -> list[str] | None:
    """Return an expression for the terms that each word may be; None if each is only itself."""
    before, after = _cut_words(phrase)
    if not before and not after:
        return None
    patterns = list(map(re.escape, phrase))
    if before:
        patterns[0] = ("(.{1,2}&)?" if before in LETTERS else OTHER_CHARACTER) + before
    if after:
        patterns[-1] = after + ("([&+#].{0,4})?" if after in LETTERS else OTHER_CHARACTER)
    return patterns


def _cut_words(phrase: Sequence[str]) -> tuple[str, str]:
    """Return the first and the last word if the text may have a longer term there, else ""."""
    if len(phrase) < 2:
        return "", ""
    first, last = phrase[0], phrase[-1]
    ends_a_term = first in LETTERS or is_one_character(first)
    begins_a_term = last in LETTERS or is_one_character(last)
    return first if ends_a_term else "", last if begins_a_term else ""


def _ends_with(term: str, word: str) -> bool:
    return term == word or (
        term.endswith(word) and (word not in LETTERS or term[-len(word) - 1] == "&")
    )


def _begins_with(term: str, word: str) -> bool:
    return term == word or (
        term.startswith(word) and (word not in LETTERS or term[len(word)] in SIGNS)
    )


def _end_of(term: FoundTerm, word: str) -> Span:
    """Return the span of a word that ends a term; of the whole term if it is written otherwise."""
    span = term.span
    return Span(span.end - len(word), span.end) if len(span) == len(term.text) else span


def _start_of(term: FoundTerm, word: str) -> Span:
    """Return the span of a word that begins a term; of the whole term if written otherwise."""
    span = term.span
    return Span(span.start, span.start + len(word)) if len(span) == len(term.text) else span
