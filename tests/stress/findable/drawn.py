"""Words and runs of words, drawn from texts as they are written, without the product's analysis."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

import regex

from indexer.spans import Span

__all__ = ["Drawn", "holds", "runs", "words"]

# Words by the rules of Unicode (UAX 29), for any script. But a zero-width space divides none.
BOUNDARY = regex.compile(r"(?V1w)(?<!\u200b)\b(?!\u200b)")
LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")
QUOTATION_MARK = regex.compile('["“”„‟«»＂‘’‚‛「」『』]')

# Longer words are encoded data, or written to break something.
LONGEST_WORD = 100
# Letters that are no word for a reader: character references, escapes, codes for terminals.
SPELT_OUT = regex.compile(r"&\#?\w+;|\\[nrtbfvxuU]\w*|(?:\x1b|\\u001b|\\x1b|\\033|\\e)\[[\d;]*\w")


class Drawn(NamedTuple):
    """A part of a file. `span` counts from the start of its text."""

    path: str
    text: str
    span: Span


def words(texts: Mapping[str, str], number: int, chance: Random) -> Iterator[Drawn]:
    """Yield words of random files, each from a random place, without encoded data."""
    yield from runs(texts, 1, number, chance, most_chars=LONGEST_WORD)


def runs(
    texts: Mapping[str, str], length: int, number: int, chance: Random, *, most_chars: int = 10_000
) -> Iterator[Drawn]:
    """Yield runs of this many words from random files, without quotation marks."""
    spans = {path: found for path, text in texts.items() if len(found := _words(text)) >= length}
    paths = sorted(spans)
    for _ in range(number * 20 if paths else 0):
        path = chance.choice(paths)
        first = chance.randrange(len(spans[path]) - length + 1)
        span = Span(spans[path][first].start, spans[path][first + length - 1].end)
        text = span.of(texts[path])
        if len(text) <= most_chars and (length == 1 or not QUOTATION_MARK.search(text)):
            yield Drawn(path, text, span)
            number -= 1
            if not number:
                return


def holds(text: str, word: str) -> bool:
    """Return whether the text has the word, in small or capital letters."""
    return any(span.of(text).casefold() == word.casefold() for span in _words(text))


def _words(text: str) -> Sequence[Span]:
    edges = [0, *(match.start() for match in BOUNDARY.finditer(text)), len(text)]
    spans = (Span(start, end) for start, end in pairwise(edges))
    spelt_out = [match.span() for match in SPELT_OUT.finditer(text)]
    return [
        span
        for span in spans
        if LETTER_OR_DIGIT.search(span.of(text))
        and not any(start < span.end and span.start < end for start, end in spelt_out)
    ]
