"""The parts of an index that may contain a quotation, found by its words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from api.documents.quotations.similarity import Quotation
from api.documents.quotations.stretches import Stretch, stored_stretch
from api.telemetry.stages import require_time
from indexer.index.clauses import Clause, Occur, Words
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.spans import Span, merge_spans

__all__ = ["Candidates", "Excerpt", "similar_candidates", "verbatim_candidates"]

# A quotation is looked up by a few runs of its rarest words, because a passage may end inside it.
VERBATIM_RUN, VERBATIM_RUNS = 8, 3
# Short ones, because any word may have been changed.
SIMILAR_RUN, SIMILAR_RUNS = 3, 6
# Passages looked at for each run, and by their words alone.
ROWS_OF_RUN = 200
ROWS_OF_SIMILAR_RUN = 40
ROWS_BY_WORDS = 40
# The rarest words say enough, and of a long quotation not every word is weighed.
WORDS_ASKED = 32
WORDS_WEIGHED = 1_000
# How much text is compared; comparing takes longer if it need not agree verbatim.
VERBATIM_CHARS = 4_000_000
SIMILAR_CHARS = 400_000


class Excerpt(NamedTuple):
    """A part of a document that may contain the quotation."""

    stored: StoredDocument
    stretch: Stretch


class Candidates(NamedTuple):
    """Excerpts, the likeliest first. `complete` tells that no other part has all the words."""

    excerpts: list[Excerpt]
    complete: bool


def verbatim_candidates(snapshot: Snapshot, quotation: Quotation) -> Candidates:
    """Return the parts of documents that may contain the quotation verbatim."""
    words = _RareWords(snapshot, quotation)
    rows: dict[int, None] = {}
    complete = True
    for run in words.runs(VERBATIM_RUN, VERBATIM_RUNS):
        found, matching = snapshot.rows_with_phrase(run, ROWS_OF_RUN)
        rows |= dict.fromkeys(found)
        complete = complete and matching <= ROWS_OF_RUN
    candidates = _around(snapshot, list(rows), len(quotation.text), VERBATIM_CHARS)
    return candidates._replace(complete=candidates.complete and complete)


def similar_candidates(snapshot: Snapshot, quotation: Quotation) -> Candidates:
    """Return the parts of documents that have most in common with the quotation."""
    words = _RareWords(snapshot, quotation)
    clause = Clause(Occur.SHOULD, Words(" ".join(words.known(WORDS_ASKED))))
    scored, _ = snapshot.search_words([clause], ROWS_BY_WORDS)
    votes = Counter[int](scored.rows.tolist())
    for run in words.runs(SIMILAR_RUN, SIMILAR_RUNS):
        votes.update(snapshot.rows_with_phrase(run, ROWS_OF_SIMILAR_RUN)[0])
    rows = [row for row, _ in votes.most_common()]
    return _around(snapshot, rows, quotation.reach, SIMILAR_CHARS)


class _RareWords:
    """The words of a quotation, those first that the fewest passages have."""

    def __init__(self, snapshot: Snapshot, quotation: Quotation) -> None:
        self._snapshot = snapshot
        self._words = snapshot.analyzer.word_texts(quotation.text)
        step = max(1, -(-len(self._words) // WORDS_WEIGHED))
        places = range(0, len(self._words), step)
        rarity = {word: self._rarity(word) for word in {self._words[each] for each in places}}
        self._places = sorted(places, key=lambda place: -rarity[self._words[place]])

    def _rarity(self, word: str) -> float:
        stems = self._snapshot.analyzer.stems(word)
        return max((self._snapshot.rarity(stem.text) for stem in stems), default=0.0)

    def known(self, most: int) -> list[str]:
        """Return the rarest words that the index has."""
        distinct = dict.fromkeys(self._words[place] for place in self._places)
        return list(islice(filter(self._snapshot.has_word, distinct), most))

    def runs(self, length: int, most: int) -> Iterator[Sequence[str]]:
        """Yield a few runs of words around the rarest ones; no two share a place."""
        taken: set[int] = set()
        for place in self._places:
            first = max(0, min(place - length // 2, len(self._words) - length))
            run = range(first, min(first + length, len(self._words)))
            if taken.isdisjoint(run):
                taken.update(run)
                yield self._words[run.start : run.stop]
                most -= 1
            if not most:
                return


def _around(snapshot: Snapshot, rows: Sequence[int], reach: int, most_chars: int) -> Candidates:
    """Return the texts around the rows, on both sides as far as the quotation may reach."""
    places = snapshot.places(rows)
    spans: dict[int, list[Span]] = {}
    for row in rows:
        document, span = places[row]
        spans.setdefault(document, []).append(span)
    documents = snapshot.documents(spans)
    excerpts: list[Excerpt] = []
    chars = 0
    for document, near in spans.items():
        stored = documents[document]
        for span in merge_spans(_widened(each, reach, stored.length) for each in near):
            chars += len(span)
            if excerpts and chars > most_chars:
                return Candidates(excerpts, complete=False)
            require_time()
            excerpts.append(Excerpt(stored, stored_stretch(snapshot, stored, span)))
    return Candidates(excerpts, complete=True)


def _widened(span: Span, reach: int, length: int) -> Span:
    return Span(max(0, span.start - reach), min(length, span.end + reach))
