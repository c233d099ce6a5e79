"""Clauses -> tantivy queries, without tantivy's query syntax."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import tantivy
from tantivy import Occur as TantivyOccur
from tantivy import Query

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.analysis.phrases import term_patterns
from indexer.index.clauses import AnyOf, Clause, Leaf, Occur, Phrase, Prefix, Typo, Words
from indexer.index.lexical.proximity import near_queries
from indexer.index.lexical.vocabulary import Vocabulary

__all__ = ["NOTHING", "STEMMED", "FieldWeights", "QueryBuilder", "any_of", "leaves", "restricted"]

# The number of clause texts whose terms are cached while their query is answered.
ANALYSED_TEXTS = 256
# Up to this number, looking up keys one by one is faster than comparing all keys of the index with
# them. Measured with 43,000 passages: both take the same time at 800 keys.
KEYS_LOOKED_UP = 500


class FieldWeights(NamedTuple):
    """The factor on the BM25 score of a match in each field."""

    text: float = 1.0
    repeated: float = 0.1
    title: float = 0.3
    heading: float = 0.3
    name: float = 0.3
    identifiers: float = 1.0


# The weight of `wellknown` in a query with `well-known`. The passages that have the hyphen match
# the parts and the identifier as well, so that more would count them twice.
JOINED = 0.1
# What a name adds that has all words of a query, as typed names of files have: as much as a text
# that has them near each other.
WHOLE_NAME = 1.5
# Matches no passage. What can be known to match none is left out of queries.
NOTHING = Query.empty_query()
# The fields that have stems.
STEMMED = ("text", "repeated", "title", "heading", "name")


class QueryBuilder:
    """Builds the queries of one index. Each text is analysed once for all methods.

    `runs` returns the runs of neighbouring rows over whose borders a phrase extends.
    """

    def __init__(
        self,
        schema: tantivy.Schema,
        analyzer: Analyzer,
        weights: FieldWeights,
        vocabulary: Vocabulary,
        runs: Callable[[Sequence[str]], list[range]],
    ) -> None:
        self._schema = schema
        self._analyzer = analyzer
        self._weights = weights
        self._vocabulary = vocabulary
        self.content_stems = lru_cache(ANALYSED_TEXTS)(analyzer.content_stems)
        self._content_words = lru_cache(ANALYSED_TEXTS)(partial(_content_words, analyzer))
        self.joined_stems = lru_cache(ANALYSED_TEXTS)(analyzer.joined_stems)
        self.identifiers = lru_cache(ANALYSED_TEXTS)(partial(_query_identifiers, analyzer))
        self.expansions = lru_cache(ANALYSED_TEXTS)(vocabulary.expansions)
        self.name_expansions = lru_cache(ANALYSED_TEXTS)(vocabulary.name_expansions)
        self.runs = lru_cache(ANALYSED_TEXTS)(runs)

    def keys(self, field: str, keys: Sequence[int]) -> Query:
        """Return a query for the passages whose field contains one of the keys."""
        if len(keys) > KEYS_LOOKED_UP:
            return Query.term_set_query(self._schema, field, list(keys))
        each = [Query.term_query(self._schema, field, key) for key in keys]
        return Query.boolean_query([(TantivyOccur.Should, query) for query in each])

    def of_clauses(self, clauses: Sequence[Clause]) -> Query | None:
        """Return the clauses as one query, or None if no clause can be scored."""
        scored = [
            query
            for clause in clauses
            if clause.occur is not Occur.MUST_NOT
            and (query := self._scored(clause.node)) is not None
        ]
        if not scored:
            return None
        binding = self.binding(clauses)
        found = [(TantivyOccur.Should, query) for query in scored if query is not NOTHING]
        if not found and not any(clause.occur is Occur.MUST for clause in clauses):
            return NOTHING
        return Query.boolean_query([*binding, *found])

    def all_of(self, clauses: Sequence[Clause]) -> Query:
        """Return a query for the passages that `must` clauses ask for. It adds nothing to a score.

        NOTHING if one of them has no term that is in the index.
        """
        every: list[Query] = []
        for clause in clauses:
            bound = self.bound(clause)
            if bound is NOTHING:
                return NOTHING
            if bound is not None:
                every.append(bound)
        return Query.const_score_query(_all_of(every) or NOTHING, 0.0)

    def binding(self, clauses: Sequence[Clause]) -> list[tuple[TantivyOccur, Query]]:
        """Return the parts that must or must not match. They add nothing to a score."""
        return [
            (_BINDING[clause.occur], Query.const_score_query(bound, 0.0))
            for clause in clauses
            if (bound := self.bound(clause)) is not None
        ]

    def bound(self, clause: Clause) -> Query | None:
        """Return a query for the passages that the clause asks for or excludes.

        None if it is a `should` clause or has no term.
        """
        if clause.occur is Occur.SHOULD:
            return None
        return self._bound(clause.node, excluded=clause.occur is Occur.MUST_NOT)

    def _scored(self, node: Leaf | AnyOf) -> Query | None:
        """Return a query that scores every term of the node that a passage contains."""
        if isinstance(node, AnyOf):
            alternatives = filter(None, map(self._leaf_query, node.alternatives))
            return any_of(alternatives)
        return self._leaf_query(node)

    def _bound(self, node: Leaf | AnyOf, *, excluded: bool) -> Query | None:
        """Return a query for the passages that match the whole node, or None if it has no term."""
        match node:
            case AnyOf(alternatives):
                each = (self._bound(leaf, excluded=excluded) for leaf in alternatives)
                return any_of(filter(None, each))
            case Words(text):
                return self._bound_words(text)
            case Phrase(text):
                return self.phrase(self.phrase_words(text), whole_runs=excluded)
        if not self._analyzer.words(node.text):
            return None
        return self._leaf_query(node) or NOTHING

    def _bound_words(self, text: str) -> Query | None:
        stems = [term.text for term in self._analyzer.stems(text)]
        if not self._analyzer.is_identifier(text):
            return _all_of([self._in_any_field(stem) for stem in stems])
        whole = [self.term("identifiers", each) for each in self.identifiers(text)]
        whole += [self._in_any_field(stem) for stem in self.joined_stems(text)]
        in_name = _all_of([self.term("name", stem) for stem in stems])
        # A longer identifier may contain it: old-words.txt.
        words = self.phrase_words(text)
        in_a_row = self.phrase(words) if len(words) > 1 else None
        return any_of(filter(None, [*whole, in_name, in_a_row]))

    def _in_any_field(self, stem: str) -> Query:
        fields = (*STEMMED, "identifiers")
        return any_of(self.term(field, stem) for field in fields) or NOTHING

    def _leaf_query(self, leaf: Leaf) -> Query | None:
        match leaf:
            case Words(text):
                return self._words_query(text)
            case Phrase(text):
                return self.phrase(self.phrase_words(text))
            case Prefix() | Typo():
                words = [self.term("words", word) for word in self.expansions(leaf)]
                names = [self.term("name", stem) for stem in self.name_expansions(leaf)]
                return any_of([*words, *(_boosted(name, self._weights.name) for name in names)])

    def _words_query(self, text: str) -> Query | None:
        weights = self._weights
        parts: list[tuple[Query, float]] = []
        stems = dict.fromkeys(self.joined_stems(text), JOINED) | Counter(self.content_stems(text))
        for stem, times in stems.items():
            parts += [
                (self.term(field, stem), getattr(weights, field) * times) for field in STEMMED
            ]
        parts += [
            (self.term("identifiers", identifier), weights.identifiers)
            for identifier in self.identifiers(text)
        ]
        named = [self.term("name", stem) for stem in dict.fromkeys(self.content_stems(text))]
        if len(named) > 1 and (whole := _all_of(named)):
            parts.append((whole, WHOLE_NAME))
        parts += near_queries(self._in_a_row, self._content_words(text), weights.text)
        return any_of(_boosted(query, weight) for query, weight in parts if weight)

    def phrase_words(self, text: str) -> tuple[str, ...]:
        """Return the words of a phrase."""
        return tuple([term.text for term in self._analyzer.words(text)])

    def phrase(self, words: Sequence[str], *, whole_runs: bool = False) -> Query | None:
        """Return a query for the passages where these words in a row begin; None without words.

        With `whole_runs`, it also finds the passages into which they go on.
        """
        if not words:
            return None
        runs = self.runs(tuple(words))
        rows = {row for run in runs for row in (run if whole_runs else run[:1])}
        if len(words) == 1:
            # A single character of a run without blanks is not a word but an identifier.
            fields = ("words", "identifiers")
            found = [self.term(field, words[0]) for field in fields]
        elif patterns := term_patterns(words):
            found = [Query.regex_phrase_query(self._schema, "words", [*patterns])]
        else:
            found = [self._in_a_row(words) or NOTHING]
        if not rows:
            return any_of(found)
        # The score of one occurrence in a passage of average length.
        score = sum(self._vocabulary.rarity(("words", word)) for word in words)
        across = Query.const_score_query(self.keys("row", sorted(rows)), score)
        return any_of([*found, across])

    def _in_a_row(self, words: Sequence[str], slack: int = 0) -> Query | None:
        """Return a query for the passages that have these words, two or more, in a row.

        With `slack`, so many other words may be between them. None if no passage has one of them.
        """
        if not all(self._vocabulary.frequency("words", word) for word in words):
            return None
        return Query.phrase_query(self._schema, "words", list(words), slop=slack)

    def term(self, field: str, term: str) -> Query:
        """Return a query for the passages whose field has the term."""
        if not self._vocabulary.frequency(field, term):
            return NOTHING
        return Query.term_query(self._schema, field, term)


def _content_words(analyzer: Analyzer, text: str) -> list[str]:
    """Return the words of the text without stop words, in order."""
    return [
        word.text for word in analyzer.words(text) if not analyzer.is_stop_word(word.span.of(text))
    ]


def _query_identifiers(analyzer: Analyzer, text: str) -> list[str]:
    """Return the identifiers of the text. A single character counts only if it is a whole word."""
    runs = {term.span for term in analyzer.words(text)}
    return [
        term.text
        for term in analyzer.identifiers(text)
        if term.span in runs or not analyzer.is_unspaced(term.text[0])
    ]


_BINDING = {
    Occur.MUST: TantivyOccur.Must,
    Occur.MUST_NOT: TantivyOccur.MustNot,
}


def restricted(query: Query, keys: Query) -> Query:
    return Query.boolean_query(
        [(TantivyOccur.Must, query), (TantivyOccur.Must, Query.const_score_query(keys, 0.0))]
    )


def any_of(queries: Iterable[Query]) -> Query | None:
    """Return a query that adds the scores of those that match, or None if there are none."""
    every = list(queries)
    alternatives = [(TantivyOccur.Should, query) for query in every if query is not NOTHING]
    if not alternatives:
        return NOTHING if every else None
    return Query.boolean_query(alternatives)


def _all_of(queries: Sequence[Query]) -> Query | None:
    """Return a query that matches if all of them do, or None if there are none."""
    if any(query is NOTHING for query in queries):
        return NOTHING
    return (
        Query.boolean_query([(TantivyOccur.Must, query) for query in queries]) if queries else None
    )


def _boosted(query: Query, weight: float) -> Query:
    return query if weight == 1.0 or query is NOTHING else Query.boost_query(query, weight)


def leaves(clauses: Sequence[Clause]) -> Iterator[Leaf]:
    for clause in clauses:
        if clause.occur is Occur.MUST_NOT:
            continue
        if isinstance(clause.node, AnyOf):
            yield from clause.node.alternatives
        else:
            yield clause.node
