"""Copies fold and unrelated passages do not, among 8,000 passages with 300 groups of copies.

Words have the frequencies of a natural language (Zipf's law), so the copies have to be found
among passages that share many words by chance.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import pytest

from api.contract.search import Mode, SearchRequest
from api.ranking.folding import FOLD_SIMILARITY
from api.search.searcher import Searcher
from indexer.index.folder import IndexFolder
from indexer.index.near_duplicates import repetitions, signature
from tests.api.served_index import publish, search_index, write
from tests.hashed_embedder import HashedEmbedder

PASSAGES = 8_000
GROUPS = 300
COPIES = 4
QUERIES = 100
QUERY_WORDS = 12
WORDS = 140
CHANGED_OF_FIFTY = 2
VOCABULARY = 20_000
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


class _Writer:
    """Draws words by Zipf's law, always the same ones."""

    def __init__(self) -> None:
        self._random = random.Random(7)
        self._words = ["".join(self._random.choices(SYLLABLES, k=4)) for _ in range(VOCABULARY)]
        self._weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))

    def words(self, count: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._weights, k=count)

    def altered(self, words: list[str]) -> list[str]:
        """Return the words with two of every fifty replaced."""
        copy = list(words)
        for start in range(0, len(copy), 50):
            fifty = range(start, min(start + 50, len(copy)))
            for place in self._random.sample(fifty, min(CHANGED_OF_FIFTY, len(fifty))):
                copy[place] = self.words(1)[0]
        return copy


@dataclass(frozen=True)
class _Copies:
    searcher: Searcher
    queries: list[str]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Copies]:
    place = tmp_path_factory.mktemp("duplicates")
    writer = _Writer()
    queries = []
    for group in range(GROUPS):
        original = writer.words(WORDS)
        queries.append(" ".join(original[:QUERY_WORDS]))
        for number in range(COPIES):
            words = writer.altered(original) if number else original
            write(place / "docs", f"group-{group:03}/{number}.txt", " ".join(words))
    for number in range(PASSAGES - GROUPS * COPIES):
        write(place / "docs", f"single-{number:05}/0.txt", " ".join(writer.words(WORDS)))
    index = IndexFolder(place / "index")
    publish(place / "docs", index, HashedEmbedder())
    with search_index(index, HashedEmbedder()) as searcher:
        assert searcher.snapshot.manifest.passages == PASSAGES
        yield _Copies(searcher, queries[:QUERIES])


@pytest.mark.parametrize("mode", [Mode.LEXICAL, Mode.HYBRID])
def test_ten_hits_are_all_different(copies: _Copies, mode: Mode) -> None:
    repeated, different = [], []
    for query in copies.queries:
        hits = copies.searcher.search(SearchRequest(q=query, mode=mode)).hits
        groups = {hit.document.path.partition("/")[0] for hit in hits}
        repeated.append(len(hits) - len(groups))
        different.append(len(groups))
    assert sum(repeated) / len(repeated) <= 0.05
    assert sum(different) / len(different) >= 9.9


def test_copies_are_listed_and_have_most_words_in_common(copies: _Copies) -> None:
    for query in copies.queries:
        first = copies.searcher.search(SearchRequest(q=query, mode=Mode.LEXICAL)).hits[0]
        group = first.document.path.partition("/")[0]
        assert {each.path.partition("/")[0] for each in first.duplicates} == {group}
        assert len(first.duplicates) == COPIES - 1
        for each in first.duplicates:
            other = copies.searcher.documents.text(each.document_id).text
            assert each.similarity == pytest.approx(_jaccard(first.text, other), abs=0.15)


def test_passages_that_only_share_a_line_are_not_copies() -> None:
    writer = _Writer()
    line = " ".join(writer.words(30))
    texts = [f"{line}\n\n{' '.join(writer.words(110))}" for _ in range(1_000)]
    signatures = np.array([np.frombuffer(signature(text), np.uint8) for text in texts])
    folded = list(repetitions(signatures, threshold=FOLD_SIMILARITY))
    assert len(folded) <= 2


def _jaccard(one: str, other: str) -> float:
    """Return the Jaccard index of the shingles of two words."""
    left, right = _shingles(one), _shingles(other)
    return len(left & right) / len(left | right)


def _shingles(text: str) -> set[tuple[str, str]]:
    words = text.split()
    return set(pairwise(words))
