"""The lexical index, open for reading: BM25 over passages, on tantivy.

The parameters of BM25 are those of tantivy: k1 = 1.2, b = 0.75.
"""

import os
from collections.abc import Iterable, Sequence
from functools import partial
from math import fsum
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Occur as TantivyOccur
from tantivy import Query

from indexer.documents import ScoredRows
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.clauses import Clause, Occur, Phrase, Prefix, QueryTerms, Typo, Words
from indexer.index.lexical.crossings import CrossingPhrases, StoredTexts, apart
from indexer.index.lexical.engine_errors import named_errors
from indexer.index.lexical.queries import (
    NOTHING,
    STEMMED,
    FieldWeights,
    QueryBuilder,
    any_of,
    leaves,
    restricted,
)
from indexer.index.lexical.vocabulary import Vocabulary

__all__ = ["LexicalIndex"]

# The saturation parameter of BM25, which is fixed in tantivy.
BM25_K1 = 1.2
# A text that answers has fewer of the terms that are not stemmed: words are inflected, and of the
# pairs of a run without blanks many lie across two words.
SHARE_UNSTEMMED = 0.45
# Copies of a passage have the same score. This many more passages are fetched, so that ties seldom
# reach beyond them.
TIES_EXPECTED = 64
NO_ROWS = ScoredRows(np.empty(0, np.int64), np.empty(0, np.float64))


class LexicalIndex:
    """Reads one lexical index. Safe to share between threads."""

    def __init__(
        self,
        directory: Path,
        analyzer: Analyzer,
        weights: FieldWeights | None = None,
        texts: StoredTexts | None = None,
    ) -> None:
        """Open the index. `texts` let it find phrases that cross the borders of passages."""
        self._directory = directory
        self._analyzer = analyzer
        with named_errors(directory):
            opened = directory
            if not os.access(directory, os.W_OK, effective_ids=True):
                opened = _writable_view(directory)
                finalize(self, rmtree, opened, ignore_errors=True)
            self._index = tantivy.Index.open(str(opened))
            analyzer.register(self._index)
            self._index.config_reader("manual")
            self._searcher = self._index.searcher()
        self._schema = self._index.schema
        self._weights = weights or FieldWeights()
        self._vocabulary = Vocabulary(self._searcher, analyzer, directory)
        # A bound method of the index itself would keep it open until a garbage collection.
        rows_with = partial(_rows_with, self._searcher, self._schema, directory)
        frequency = self._vocabulary.frequency
        runs = CrossingPhrases(analyzer, texts, rows_with, frequency).runs if texts else _no_runs
        self._queries = QueryBuilder(self._schema, analyzer, self._weights, self._vocabulary, runs)

    @property
    def passages(self) -> int:
        """The number of indexed passages, without deleted ones."""
        return int(self._searcher.num_docs)

    def search(
        self,
        clauses: Sequence[Clause],
        depth: int,
        *,
        documents: Sequence[int] | None = None,
    ) -> tuple[ScoredRows, int]:
        """Return the best passages, best first, and the number that match.

        More than `depth` are returned if several share the lowest score, so that the caller can
        break the tie. `documents`, if given, restricts both to passages of these documents.
        """
        query = self._queries.of_clauses(clauses)
        if query is None or query is NOTHING or (documents is not None and not documents):
            return NO_ROWS, 0
        if documents is not None:
            query = restricted(query, self._queries.keys("document", documents))
        return self._best(query, depth)

    def scores(self, clauses: Sequence[Clause], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the score of each of the given passages, NaN if it does not match."""
        query = self._queries.of_clauses(clauses)
        scores = np.full(len(rows), np.nan)
        if query is None or query is NOTHING or not len(rows):
            return scores
        found, _ = self._top(restricted(query, self._queries.keys("row", rows.tolist())), len(rows))
        ascending = np.argsort(rows)
        scores[ascending[np.searchsorted(rows[ascending], found.rows)]] = found.scores
        return scores

    def matching_rows(
        self, clauses: Sequence[Clause], among: Sequence[int] | None = None
    ) -> list[int] | None:
        """Return the rows that `must` and `must_not` clauses allow, or None if there are none.

        `among`, if given, are the rows to choose from.
        """
        binding = [clause for clause in clauses if clause.occur is not Occur.SHOULD]
        if not binding:
            return None
        anything = Query.all_query() if among is None else self._queries.keys("row", among)
        query = Query.boolean_query(
            [(TantivyOccur.Must, anything), *self._queries.binding(binding)]
        )
        return self._rows(Query.const_score_query(query, 0.0))

    def rows_with_all(self, clauses: Sequence[Clause], limit: int) -> tuple[list[int], int]:
        """Return some of the rows that `must` clauses allow, at most `limit`, and their number."""
        query = self._queries.all_of(clauses)
        if query is NOTHING:
            return [], 0
        found, count = self._top(query, limit)
        return found.rows.tolist(), count

    def rows_with_title(self, words: str) -> list[int]:
        """Return the rows whose document's title has these words in a row."""
        stems = [term.text for term in self._analyzer.stems(words)]
        if len(stems) < 2:
            return self._rows(self._queries.term("title", stems[0])) if stems else []
        return self._rows(Query.phrase_query(self._schema, "title", list(stems)))

    def words_with_prefix(
        self, prefix: str, limit: int, *, after: Sequence[str] = ()
    ) -> list[tuple[str, int]]:
        """Return words with this prefix and how many passages have each, most frequent first.

        With `after`, only passages that have these words in a row, anywhere, count.
        """
        return self._vocabulary.words_with_prefix(prefix, limit, self._queries.phrase(after))

    def rows_with_phrase(
        self,
        words: Sequence[str],
        limit: int,
        *,
        clauses: Sequence[Clause] = (),
        documents: Sequence[int] | None = None,
    ) -> tuple[list[int], int]:
        """Return the best rows that have these words in a row, and how many rows have them.

        Ties at the limit are broken arbitrarily. `must` and `must_not` clauses apply here too.
        """
        query = self._queries.phrase(words)
        if query is None or query is NOTHING or (documents is not None and not documents):
            return [], 0
        if binding := self._queries.binding(clauses):
            query = Query.boolean_query([(TantivyOccur.Must, query), *binding])
        if documents is not None:
            query = restricted(query, self._queries.keys("document", documents))
        found, count = self._top(query, limit)
        return found.rows.tolist(), count

    def has_word(self, word: str) -> bool:
        """Return whether a passage, heading, title or name has the word, or one with its stem."""
        frequency = self._vocabulary.frequency
        if frequency("words", word) or frequency("identifiers", word):
            return True
        stems = [term.text for term in self._analyzer.stems(word)]
        return any(frequency(field, stem) for stem in stems for field in STEMMED)

    def words_one_edit_away(self, word: str) -> list[tuple[str, int]]:
        """Return the words one typing error away, and how many passages have each."""
        return self._vocabulary.words_one_edit_away(word)

    def rows_with_similar_word(self, word: str, limit: int) -> list[int]:
        """Return some rows with a word at most two typing errors away from this one."""
        query = Query.fuzzy_term_query(
            self._schema, "words", word, distance=2, transposition_cost_one=True
        )
        with named_errors(self._directory):
            hits = self._searcher.search(query, limit, count=False).hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return [int(row or 0) for row in rows]

    def rows_with_any_term(self, terms: QueryTerms, document: int) -> list[int]:
        """Return the rows of a document whose text, not its title alone, has any of the terms."""
        queries = [
            *(self._queries.term("text", stem) for stem in terms.stems),
            *(self._queries.term("repeated", stem) for stem in terms.stems),
            *(self._queries.term("words", word) for word in terms.words),
            *(self._queries.term("identifiers", identifier) for identifier in terms.identifiers),
            *(self._queries.phrase(phrase, whole_runs=True) for phrase in terms.phrases),
        ]
        any_term = any_of(query for query in queries if query is not None)
        if any_term is None:
            return []
        found = restricted(any_term, self._queries.keys("document", [document]))
        return self._rows(Query.const_score_query(found, 0.0))

    def rows(self) -> list[int]:
        """Return the rows of all passages."""
        return self._rows(Query.all_query())

    def _rows(self, query: Query) -> list[int]:
        rows: list[int] = self._top(query, max(1, self.passages))[0].rows.tolist()
        return rows

    def terms(self, clauses: Sequence[Clause]) -> QueryTerms:
        """Return the terms of the index that the clauses match, except excluded clauses."""
        stems: set[str] = set()
        words: set[str] = set()
        identifiers: set[str] = set()
        phrases = []
        for leaf in leaves(clauses):
            match leaf:
                case Words(text):
                    stems.update(self._queries.content_stems(text))
                    stems.update(self._queries.joined_stems(text))
                    identifiers.update(self._queries.identifiers(text))
                case Phrase(text):
                    phrases.append(self._queries.phrase_words(text))
                case Prefix() | Typo():
                    words.update(self._queries.expansions(leaf))
        return QueryTerms(
            frozenset(stems), frozenset(words), frozenset(identifiers), tuple(phrases)
        )

    def phrase_runs(self, clauses: Sequence[Clause]) -> dict[int, range]:
        """Return, by first row, the runs of rows over whose borders a phrase extends.

        They do not overlap. Excluded clauses do not count.
        """
        phrases = {
            self._queries.phrase_words(leaf.text)
            for leaf in leaves(clauses)
            if isinstance(leaf, Phrase)
        }
        return apart([run for phrase in phrases for run in self._queries.runs(phrase)])

    def rarity(self, stem: str) -> float:
        """Return the inverse document frequency of a stem, as BM25 weighs it."""
        return self._vocabulary.rarity(("text", stem), ("repeated", stem))

    def ideal_score(self, clauses: Sequence[Clause]) -> float:
        """Return the score of a text of the query alone, as if its words were far apart.

        A term adds at most k1 + 1 times its inverse document frequency and the weight of its field.
        Terms that are not stemmed count less.
        """
        rarities: list[float] = []
        for leaf in leaves(clauses):
            match leaf:
                case Words(text):
                    rarities += map(self._expected_rarity, self._queries.content_stems(text))
                case Phrase(text):
                    words = [term.text for term in self._analyzer.words(text)]
                    rarities += (self._vocabulary.rarity(("words", word)) for word in words)
                case Prefix() | Typo():
                    rarities.append(self._expanded_rarity(leaf))
        return (BM25_K1 + 1) * sum(rarities)

    def _expanded_rarity(self, leaf: Prefix | Typo) -> float:
        """Return the largest rarity of what the leaf matches, in names only if no text has any."""
        rarity = self._vocabulary.rarity
        if words := self._queries.expansions(leaf):
            return max(rarity(("words", word)) for word in words)
        names = [rarity(("name", stem)) for stem in self._queries.name_expansions(leaf)]
        return self._weights.name * max(names, default=0.0)

    def _expected_rarity(self, stem: str) -> float:
        share = 1.0 if self._analyzer.stems_script_of(stem) else SHARE_UNSTEMMED
        return share * self._weighted_rarity(stem)

    def _weighted_rarity(self, stem: str) -> float:
        """Return the rarity of a stem; with the weights of the other fields if no text has it."""
        vocabulary, weights = self._vocabulary, self._weights._asdict()
        others = {field for field in STEMMED[1:] if vocabulary.frequency(field, stem)}
        if not others or vocabulary.frequency("text", stem):
            return self.rarity(stem)
        return fsum(weights[field] * vocabulary.rarity((field, stem)) for field in others)

    def _best(self, query: Query, depth: int) -> tuple[ScoredRows, int]:
        limit = depth + TIES_EXPECTED
        while True:
            found, count = self._top(query, limit)
            rows, scores = found.rows, found.scores
            if len(rows) < limit or scores[-1] < scores[depth - 1]:
                if len(rows) > depth:
                    # The ranking is best first, so ties with the last one follow it.
                    end = len(rows) - int(np.searchsorted(scores[::-1], scores[depth - 1]))
                    found = ScoredRows(rows[:end], scores[:end])
                return found, count
            limit *= 4

    def _top(self, query: Query, limit: int) -> tuple[ScoredRows, int]:
        with named_errors(self._directory):
            result = self._searcher.search(query, limit, count=True)
            hits = result.hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        scores = [score for score, _ in hits]
        found = ScoredRows(np.array(rows, np.int64), np.array(scores, np.float64))
        return found, int(result.count)  # type: ignore[attr-defined]  # not in its stubs


def _no_runs(phrase: Sequence[str]) -> list[range]:
    """Return no runs, for an index without its texts."""
    return []


def _rows_with(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    directory: Path,
    field: str,
    terms: Iterable[str],
) -> list[int]:
    """Return the rows that have any of the terms in a field, in no order."""
    with named_errors(directory):
        known = [term for term in sorted(terms) if searcher.doc_freq(field, term)]
    each = [Query.term_query(schema, field, term) for term in known]
    query = any_of([Query.const_score_query(one, 0.0) for one in each])
    if query is None:
        return []
    with named_errors(directory):
        hits = searcher.search(query, max(1, int(searcher.num_docs)), count=False).hits
        found = searcher.fast_field_values("row", [address for _, address in hits])
    return [int(row or 0) for row in found]


def _writable_view(directory: Path) -> Path:
    """Return a new folder of links to the files of a folder that cannot be written.

    tantivy needs a lock file to open an index, even for reading.
    """
    view = Path(mkdtemp(prefix="spanlight-"))
    for path in directory.glob("*"):
        if not path.name.endswith(".lock"):
            (view / path.name).symlink_to(path.absolute())
    return view
