"""An index of titles by the beginnings of their words."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.index.analysis.analyzer import Analyzer

__all__ = ["TitleIndex"]

# Sorts after every character that may follow in a word.
LAST = "\U0010ffff"


class TitleIndex:
    """Finds documents by words of their titles. Immutable; takes about 60 bytes for each title."""

    def __init__(self, titles: Sequence[tuple[int, str]], analyzer: Analyzer) -> None:
        self._documents = np.array([document for document, _ in titles], np.int64)
        self._lengths = np.array([len(title) for _, title in titles], np.int64)
        numbers: dict[str, int] = {}
        self._numbers = np.array(
            [numbers.setdefault(title, len(numbers)) for _, title in titles], np.int32
        )
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, (_, title) in enumerate(titles):
            for position, word in enumerate(dict.fromkeys(analyzer.word_texts(title))):
                places[word].append(2 * place + (position > 0))
        self._words = sorted(places)
        self._ends = np.cumsum([0, *(len(places[word]) for word in self._words)])
        self._places = np.array([each for word in self._words for each in places[word]], np.int32)

    def find(
        self, words: Sequence[str], limit: int, *, among: Collection[int] | None = None
    ) -> list[int]:
        """Return documents whose titles contain words with these beginnings, one for each title.

        Titles that begin with the first of the words come first, then shorter titles.
        """
        found, leading = self._beginning(words[0])
        for word in words[1:]:
            found &= self._beginning(word)[0]
        if among is not None:
            found &= np.isin(self._documents, list(among))
        places = np.flatnonzero(found)
        best = places[np.lexsort((places, self._lengths[places], ~leading[places]))]
        _, firsts = np.unique(self._numbers[best], return_index=True)
        return [int(self._documents[place]) for place in best[np.sort(firsts)[:limit]]]

    def _beginning(self, prefix: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return for each title whether any word, and whether the first word, has this prefix."""
        first, end = bisect_left(self._words, prefix), bisect_left(self._words, prefix + LAST)
        marked = self._places[self._ends[first] : self._ends[end]]
        anywhere, leading = np.zeros((2, len(self._documents)), np.bool_)
        anywhere[marked >> 1] = True
        leading[marked[marked % 2 == 0] >> 1] = True
        return anywhere, leading
