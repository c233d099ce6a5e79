"""Phrases that cross the border between passages: which runs of passages contain them.

The border terms of the index name the borders that a phrase may cross, and the stored text decides.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.analysis.phrases import inner_words, occurrences
from indexer.index.lexical.borders import possible_border_terms
from indexer.index.records import LONGEST_RUN, StoredPassage

__all__ = ["CrossingPhrases", "StoredTexts", "apart"]

# A phrase of frequent words may cross this many borders. Reading each takes about 0.3 ms.
BORDERS_EXAMINED = 1_000
# More borders are looked at only if the rarest words of the phrase are near.
FEW_BORDERS = 4
RAREST_WORDS = 3


class StoredTexts(Protocol):
    """The passages of the documents that were indexed."""

    def rows_beside(self, row: int) -> range:
        """Return the rows of the document that has this row."""
        ...

    def passages_between(self, first_row: int, end_row: int) -> list[StoredPassage]:
        """Return the passages of rows `[first_row, end_row)`, in order."""
        ...


class CrossingPhrases:
    """Finds phrases that cross borders.

    `rows_with` returns the rows with any of the terms in a field, and `frequency` their number.
    """

    def __init__(
        self,
        analyzer: Analyzer,
        texts: StoredTexts,
        rows_with: Callable[[str, Iterable[str]], list[int]],
        frequency: Callable[[str, str], int],
    ) -> None:
        self._analyzer = analyzer
        self._texts = texts
        self._rows_with = rows_with
        self._frequency = frequency

    def runs(self, phrase: Sequence[str]) -> list[range]:
        """Return the runs of rows over whose borders the words extend, sorted. They may overlap."""
        rows = sorted(self._rows_with("borders", set(possible_border_terms(phrase))))
        if len(rows) > FEW_BORDERS:
            rows = self._near_rare_words(rows, phrase)
        found = {run for row in rows[:BORDERS_EXAMINED] for run in self._runs_around(row, phrase)}
        return sorted(found, key=lambda run: (run.start, run.stop))

    def _near_rare_words(self, rows: Sequence[int], phrase: Sequence[str]) -> list[int]:
        """Return those of the rows near which the rarest words of the phrase occur."""
        # A pair of Han may itself cross the border, and is then in neither passage.
        words = {word for word in inner_words(phrase) if not self._analyzer.is_unspaced(word[0])}
        rarest = sorted(words, key=lambda word: (self._frequency("words", word), word))
        for word in rarest[:RAREST_WORDS]:
            near = {row // LONGEST_RUN for row in self._rows_with("words", [word])}
            rows = [row for row in rows if not near.isdisjoint(_blocks_around(row))]
        return list(rows)

    def _runs_around(self, row: int, phrase: Sequence[str]) -> Iterator[range]:
        passages = self._around(row, len(phrase))
        text = "".join([passage.piece for passage in passages])
        if not _contains(self._analyzer.word_texts(text), inner_words(phrase)):
            return
        first, begin = passages[0].row, passages[0].piece_start
        starts = [passage.piece_start - begin for passage in passages]
        for span in occurrences(self._analyzer.words(text), phrase):
            run = range(
                first + bisect_right(starts, span.start) - 1,
                first + bisect_right(starts, span.end - 1),
            )
            if 1 < len(run) <= LONGEST_RUN:
                yield run

    def _around(self, row: int, words: int) -> list[StoredPassage]:
        """Return a row and its neighbours, with this many words before and after its end."""
        document = self._texts.rows_beside(row)
        before = self._while_short(range(row, document.start - 1, -1), words)
        after = self._while_short(range(row + 1, document.stop), words)
        return [*reversed(before), *after]

    def _while_short(self, rows: range, words: int) -> list[StoredPassage]:
        taken: list[StoredPassage] = []
        for row in rows[:LONGEST_RUN]:
            taken += self._texts.passages_between(row, row + 1)
            words -= len(self._analyzer.word_texts(taken[-1].piece))
            if words <= 0:
                break
        return taken


def apart(runs: Sequence[range]) -> dict[int, range]:
    """Return runs that do not overlap by their first rows; the first of overlapping ones wins."""
    found: dict[int, range] = {}
    end = 0
    for run in sorted(runs, key=lambda run: (run.start, -run.stop)):
        if run.start >= end:
            found[run.start] = run
            end = run.stop
    return found


def _blocks_around(row: int) -> range:
    """Return the blocks of `LONGEST_RUN` rows in which a run over the end of this row may be."""
    return range(row // LONGEST_RUN - 1, row // LONGEST_RUN + 2)


def _contains(words: Sequence[str], phrase: Sequence[str]) -> bool:
    return not phrase or f" {' '.join(phrase)} " in f" {' '.join(words)} "
