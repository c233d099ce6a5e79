"""The words of the index that have a prefix, and those that are one typing error away."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import tantivy
from tantivy import Query

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.clauses import Prefix, Typo
from indexer.index.lexical.engine_errors import named_errors

__all__ = ["expansions", "words_one_edit_away", "words_with_prefix"]

# A prefix or a typo matches at most this many words of the index, the most frequent ones.
MAX_EXPANSIONS = 50
# Ukrainian, and Greek with all its accents, need this many half blocks of Unicode.
HALF_BLOCKS = 2
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def expansions(
    searcher: tantivy.Searcher, analyzer: Analyzer, directory: Path, leaf: Prefix | Typo
) -> list[str]:
    """Return the most frequent words of the index that the leaf matches."""
    typed = "".join(term.text for term in analyzer.words(leaf.text))
    if not typed:
        return []
    with named_errors(directory):
        if isinstance(leaf, Prefix):
            found = words_with_prefix(searcher, typed, MAX_EXPANSIONS, None)
        else:
            found = words_one_edit_away(searcher, typed)[:MAX_EXPANSIONS]
    return [word for word, _ in found]


def words_with_prefix(
    searcher: tantivy.Searcher, prefix: str, limit: int, among: Query | None
) -> list[tuple[str, int]]:
    found = searcher.terms_with_prefix("words", prefix, among, limit)
    return [(str(word), int(passages)) for word, passages in found]


def words_one_edit_away(searcher: tantivy.Searcher, word: str) -> list[tuple[str, int]]:
    found = [(edited, int(searcher.doc_freq("words", edited))) for edited in _one_edit(word)]
    return sorted(
        ((each, passages) for each, passages in found if passages),
        key=lambda entry: (-entry[1], entry[0]),
    )


def _neighbours(word: str) -> Iterator[str]:
    """Yield the small letters of the same script, or at least of the same half blocks of Unicode.

    The number of half blocks is limited: one word seldom uses more, and every letter costs time.
    """
    firsts = dict.fromkeys(ord(each) & ~0x7F for each in word if not each.isascii())
    for first in islice(firsts, HALF_BLOCKS):
        yield from filter(str.islower, map(chr, range(first, first + 0x80)))


def _one_edit(word: str) -> set[str]:
    """Return the word and every word one deletion, swap, replacement or insertion away."""
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    letters = {*ALPHABET, *word, *_neighbours(word)}
    return {
        word,
        *(left + right[1:] for left, right in splits if right),
        *(left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1),
        *(left + letter + right[1:] for left, right in splits if right for letter in letters),
        *(left + letter + right for left, right in splits for letter in letters),
    } - {""}
