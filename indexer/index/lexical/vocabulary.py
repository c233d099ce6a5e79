"""The terms of the index: how frequent they are, and which words a prefix or a typo matches."""

from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import islice
from math import log
from pathlib import Path

import tantivy
from tantivy import Query

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.clauses import Prefix, Typo
from indexer.index.lexical.engine_errors import named_errors

__all__ = ["Vocabulary"]

# A prefix or a typo matches at most this many words of the index, the most frequent ones.
MAX_EXPANSIONS = 50
# Ukrainian, and Greek with all its accents, need this many half blocks of Unicode.
HALF_BLOCKS = 2
# How many frequencies are remembered, in about 1 MB: one search asks for each several times.
KNOWN_FREQUENCIES = 4_096
# Very many words may begin with so few letters, so it is not looked for whether any does.
BEGUN = 3
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Vocabulary:
    """The terms of one lexical index and how many passages have each."""

    def __init__(self, searcher: tantivy.Searcher, analyzer: Analyzer, directory: Path) -> None:
        self._searcher = searcher
        self._analyzer = analyzer
        self._directory = directory
        # A bound method would keep the index open until a garbage collection.
        self._frequency = lru_cache(KNOWN_FREQUENCIES)(partial(_frequency, searcher, directory))

    def frequency(self, field: str, term: str) -> int:
        """Return how many passages have the term in this field."""
        return self._frequency(field, term)

    def rarity(self, *terms: tuple[str, str]) -> float:
        """Return the inverse document frequency of terms of fields that mean the same."""
        passages = int(self._searcher.num_docs)
        frequency = min(passages, sum(self.frequency(field, term) for field, term in terms))
        return log(1 + (passages - frequency + 0.5) / (frequency + 0.5))

    def expansions(self, leaf: Prefix | Typo) -> list[str]:
        """Return the most frequent words of the index that the leaf matches."""
        typed = "".join(term.text for term in self._analyzer.words(leaf.text))
        if not typed:
            return []
        if isinstance(leaf, Prefix):
            found = self.words_with_prefix(typed, MAX_EXPANSIONS)
        else:
            found = self.words_one_edit_away(typed)[:MAX_EXPANSIONS]
        return [word for word, _ in found]

    def name_expansions(self, leaf: Prefix | Typo) -> list[str]:
        """Return the most frequent stems of names of files and folders that the leaf matches.

        Those of titles and headings are in a text, too, but names need not be.
        """
        stem = "".join(term.text for term in self._analyzer.stems(leaf.text))
        if not stem:
            return []
        if isinstance(leaf, Typo):
            found = self._terms_one_edit_away("name", stem)[:MAX_EXPANSIONS]
        else:
            typed = "".join(term.text for term in self._analyzer.words(leaf.text))
            found = self._terms_with_prefix("name", typed, MAX_EXPANSIONS)
            # The stem may be shorter than what is typed: `visitor` for `visitors`.
            found.append((stem, self.frequency("name", stem)))
        return sorted({each for each, passages in found if passages})

    def words_with_prefix(
        self, prefix: str, limit: int, among: Query | None = None
    ) -> list[tuple[str, int]]:
        """Return words with this prefix and how many passages have each, most frequent first."""
        return self._terms_with_prefix("words", prefix, limit, among)

    def _terms_with_prefix(
        self, field: str, prefix: str, limit: int, among: Query | None = None
    ) -> list[tuple[str, int]]:
        with named_errors(self._directory):
            found = self._searcher.terms_with_prefix(field, prefix, among, limit)
        return [(str(term), int(passages)) for term, passages in found]

    def words_one_edit_away(self, word: str) -> list[tuple[str, int]]:
        """Return the words one typing error away, and how many passages have each."""
        return self._terms_one_edit_away("words", word)

    def _terms_one_edit_away(self, field: str, word: str) -> list[tuple[str, int]]:
        begun = self._begun(field, word)
        with named_errors(self._directory):
            passages_with = self._searcher.doc_freq
            found = [(edited, passages_with(field, edited)) for edited in _one_edit(word, begun)]
        return sorted(
            ((each, int(passages)) for each, passages in found if passages),
            key=lambda entry: (-entry[1], entry[0]),
        )

    def _begun(self, field: str, word: str) -> int:
        """Return how many of the first letters of a word are those of any term of the field.

        Fewer may be if it is `BEGUN`.
        """
        ends = range(len(word), BEGUN, -1)
        found = (end for end in ends if self._terms_with_prefix(field, word[:end], 1))
        return next(found, min(BEGUN, len(word)))


def _frequency(searcher: tantivy.Searcher, directory: Path, field: str, term: str) -> int:
    with named_errors(directory):
        return int(searcher.doc_freq(field, term))


def _neighbours(word: str) -> Iterator[str]:
    """Yield the small letters of the same script, or at least of the same half blocks of Unicode.

    The number of half blocks is limited: one word seldom uses more, and every letter costs time.
    """
    firsts = dict.fromkeys(ord(each) & ~0x7F for each in word if not each.isascii())
    for first in islice(firsts, HALF_BLOCKS):
        yield from filter(str.islower, map(chr, range(first, first + 0x80)))


def _one_edit(word: str, begun: int) -> set[str]:
    """Return the word and every word one deletion, swap, replacement or insertion away.

    Only words that share its first letters matter, up to `begun` of them.
    """
    splits = [(word[:i], word[i:]) for i in range(begun + 1)]
    letters = {*ALPHABET, *word, *_neighbours(word)}
    return {
        word,
        *(left + right[1:] for left, right in splits if right),
        *(left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1),
        *(left + letter + right[1:] for left, right in splits if right for letter in letters),
        *(left + letter + right for left, right in splits for letter in letters),
    } - {""}
