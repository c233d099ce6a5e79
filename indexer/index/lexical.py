"""The lexical index: BM25 over passages, on tantivy. Writer and reader are neighbours.

Fields: `text` (stems of the passage), `title` and `heading` (stems of what stands above it),
`words` (unstemmed, with positions: phrases, prefixes and typos), `identifiers` (whole), and the
keys `row` and `document`. Queries are built from clauses, never from tantivy's query syntax.

BM25 parameters are tantivy's own: k1 = 1.2, b = 0.75.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import islice
from math import log
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import NamedTuple
from weakref import finalize

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Occur as TantivyOccur
from tantivy import Query

from indexer.documents import ScoredRows
from indexer.errors import REMEDY, IndexDamaged, StorageError, is_panic
from indexer.index.analyzer import Analyzer
from indexer.index.clauses import (
    AnyOf,
    Clause,
    Leaf,
    Occur,
    Phrase,
    Prefix,
    QueryTerms,
    Typo,
    Words,
)

__all__ = [
    "FieldWeights",
    "LexicalEntry",
    "LexicalIndex",
    "LexicalIndexWriter",
    "lexical_entry",
]

# tantivy flushes a segment when its arena is full. Large enough for one segment of 100,000
# passages, so that most indexes need no merge.
WRITER_HEAP_BYTES = 256_000_000
# The saturation of BM25, which tantivy fixes.
BM25_K1 = 1.2
# So many keys are looked up one by one in less time than all keys of the index are compared with
# them. Measured with 43,000 passages, where the two take the same time at 800 keys.
KEYS_LOOKED_UP = 500
# A prefix or a typo stands for at most so many words of the index, the most frequent ones.
MAX_EXPANSIONS = 50
# Copies of a passage score the same; so many more are fetched that they seldom reach beyond.
TIES_EXPECTED = 64
# Texts of clauses whose terms are kept, while their query is answered.
ANALYSED_TEXTS = 256
NOTHING = ScoredRows(np.empty(0, np.int64), np.empty(0, np.float64))
# Greek with all its accents and Ukrainian take as many.
HALF_BLOCKS = 2
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class FieldWeights(NamedTuple):
    """What a match in each field counts, as a factor on its BM25 score."""

    text: float = 1.0
    title: float = 0.3
    heading: float = 0.3
    identifiers: float = 1.0


class LexicalEntry(NamedTuple):
    """What the text fields of a passage are given; an empty one is left out."""

    title: str
    heading: str
    text: str
    identifiers: str


def lexical_entry(*, title: str, heading: str, text: str) -> LexicalEntry:
    """Return the entry of a passage; `text` is what is searched of it.

    Of a passage that only repeats, nothing is left but blanks; its title must not find it.
    """
    if not text or text.isspace():
        return LexicalEntry("", "", "", "")
    form = Analyzer.index_form
    return LexicalEntry(form(title), form(heading), form(text), Analyzer.identifier_form(text))


class LexicalIndexWriter:
    """Adds and deletes passages. One thread, in (path, start) order, so builds are the same."""

    def __init__(self, directory: Path, analyzer: Analyzer) -> None:
        with _named_errors(directory):
            directory.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(_schema(), path=str(directory))
            analyzer.register(self._index)
            self._writer = self._index.writer(heap_size=WRITER_HEAP_BYTES, num_threads=1)
        self._directory = directory

    def add_passage(self, row: int, document: int, entry: LexicalEntry) -> None:
        """Index a passage under its row."""
        fields = tantivy.Document()
        fields.add_unsigned("row", row)
        fields.add_unsigned("document", document)
        if entry.text:
            fields.add_text("text", entry.text)
            fields.add_text("words", entry.text)
        if entry.title:
            fields.add_text("title", entry.title)
        if entry.heading:
            fields.add_text("heading", entry.heading)
        if entry.identifiers:
            fields.add_text("identifiers", entry.identifiers)
        try:
            self._writer.add_document(fields)
        except BaseException:
            # To enter this for every passage would take as long as to add it.
            with _named_errors(self._directory):
                raise

    def delete_documents(self, documents: Iterable[int]) -> None:
        # By a query: `delete_documents_by_term` takes its key for a signed number, and finds none.
        gone = Query.term_set_query(self._index.schema, "document", list(documents))
        with _named_errors(self._directory):
            self._writer.delete_documents_by_query(gone)

    def commit(self) -> None:
        """Write everything out and end: a committed writer takes no more passages."""
        with _named_errors(self._directory):
            self._writer.commit()
            self._writer.wait_merging_threads()
            # tantivy makes some files for its own user alone; who may list the folder may read.
            readable = self._directory.stat().st_mode & 0o666
            for path in self._directory.iterdir():
                path.chmod(readable)


class LexicalIndex:
    """Reads one lexical index. Safe to share between threads."""

    def __init__(
        self, directory: Path, analyzer: Analyzer, weights: FieldWeights | None = None
    ) -> None:
        self._directory = directory
        self._analyzer = analyzer
        self._weights = weights or FieldWeights()
        # A query is analysed once, whatever is asked about it.
        self._content_stems = lru_cache(ANALYSED_TEXTS)(partial(_content_stems, analyzer))
        self._query_identifiers = lru_cache(ANALYSED_TEXTS)(partial(_query_identifiers, analyzer))
        with _named_errors(directory):
            opened = directory
            if not os.access(directory, os.W_OK, effective_ids=True):
                opened = _writable_view(directory)
                finalize(self, rmtree, opened, ignore_errors=True)
            self._index = tantivy.Index.open(str(opened))
            analyzer.register(self._index)
            self._index.config_reader("manual")
            self._searcher = self._index.searcher()
        self._schema = self._index.schema
        # Not of a bound method: that would keep the index open until a garbage collection.
        self._expansions = lru_cache(ANALYSED_TEXTS)(
            partial(_expansions, self._searcher, analyzer, directory)
        )

    @property
    def passages(self) -> int:
        """How many passages are indexed, without deleted ones."""
        return int(self._searcher.num_docs)

    def search(
        self,
        clauses: Sequence[Clause],
        depth: int,
        *,
        documents: Sequence[int] | None = None,
    ) -> tuple[ScoredRows, int]:
        """Return the best passages, best first, and how many match.

        More than `depth` are returned where several share the lowest score, so that the caller can
        choose among them in its own order. `documents` keeps only passages of these.
        """
        query = self._query(clauses)
        if query is None or (documents is not None and not documents):
            return NOTHING, 0
        if documents is not None:
            query = _restricted(query, self._keys("document", documents))
        return self._best(query, depth)

    def scores(self, clauses: Sequence[Clause], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the score of each of the given passages; NaN where it does not match."""
        query = self._query(clauses)
        scores = np.full(len(rows), np.nan)
        if query is None or not len(rows):
            return scores
        found, _ = self._top(_restricted(query, self._keys("row", rows.tolist())), len(rows))
        ascending = np.argsort(rows)
        scores[ascending[np.searchsorted(rows[ascending], found.rows)]] = found.scores
        return scores

    def matching_rows(self, clauses: Sequence[Clause]) -> list[int] | None:
        """Return the rows that clauses with `must` and `must_not` leave; None if none binds."""
        binding = [clause for clause in clauses if clause.occur is not Occur.SHOULD]
        if not binding:
            return None
        query = Query.boolean_query(
            [(TantivyOccur.Must, Query.all_query()), *self._binding(binding)]
        )
        return self._rows(Query.const_score_query(query, 0.0))

    def rows_with_title(self, words: str) -> list[int]:
        """Return the rows whose document's title has these words in a row."""
        stems = [term.text for term in self._analyzer.stems(words)]
        if len(stems) < 2:
            return self._rows(self._term("title", stems[0])) if stems else []
        return self._rows(Query.phrase_query(self._schema, "title", list(stems)))

    def words_with_prefix(
        self, prefix: str, limit: int, *, after: Sequence[str] = ()
    ) -> list[tuple[str, int]]:
        """Return words that begin so and how many passages have each, the most frequent first.

        With `after`, only passages count that have these words in a row, wherever that is.
        """
        among = self._phrase_query(list(after))
        with _named_errors(self._directory):
            return _words_with_prefix(self._searcher, prefix, limit, among)

    def rows_with_phrase(
        self,
        words: Sequence[str],
        limit: int,
        *,
        clauses: Sequence[Clause] = (),
        documents: Sequence[int] | None = None,
    ) -> tuple[list[int], int]:
        """Return the best rows that have these words in a row, and how many have.

        Of equal rows any are left out. Clauses that bind do so here, too.
        """
        query = self._phrase_query(list(words))
        if query is None or (documents is not None and not documents):
            return [], 0
        if binding := self._binding(clauses):
            query = Query.boolean_query([(TantivyOccur.Must, query), *binding])
        if documents is not None:
            query = _restricted(query, self._keys("document", documents))
        found, count = self._top(query, limit)
        return found.rows.tolist(), count

    def has_word(self, word: str) -> bool:
        """Return whether a passage, a heading or a title has the word, or one of its stem."""
        terms = [("words", word), ("identifiers", word)]
        for stem in self._analyzer.stems(word):
            terms += [(field, stem.text) for field in ("text", "title", "heading")]
        with _named_errors(self._directory):
            return any(self._searcher.doc_freq(field, term) for field, term in terms)

    def words_one_edit_away(self, word: str) -> list[tuple[str, int]]:
        """Return the words one typing error away, and how many passages have each."""
        with _named_errors(self._directory):
            return _one_edit_away(self._searcher, word)

    def rows_with_similar_word(self, word: str, limit: int) -> list[int]:
        """Return some rows that have a word at most two typing errors away."""
        query = Query.fuzzy_term_query(
            self._schema, "words", word, distance=2, transposition_cost_one=True
        )
        with _named_errors(self._directory):
            hits = self._searcher.search(query, limit, count=False).hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return [int(row or 0) for row in rows]

    def rows_with_any_term(self, terms: QueryTerms, document: int) -> list[int]:
        """Return the rows of a document whose text, not its title alone, has any of the terms."""
        queries = [
            *(self._term("text", stem) for stem in terms.stems),
            *(self._term("words", word) for word in terms.words),
            *(self._term("identifiers", identifier) for identifier in terms.identifiers),
            *(self._phrase_query(list(phrase)) for phrase in terms.phrases),
        ]
        any_term = _any_of([(query, 1.0) for query in queries if query is not None])
        if any_term is None:
            return []
        found = _restricted(any_term, self._keys("document", [document]))
        return self._rows(Query.const_score_query(found, 0.0))

    def rows(self) -> list[int]:
        """Return the rows of all passages."""
        return self._rows(Query.all_query())

    def _rows(self, query: Query) -> list[int]:
        rows: list[int] = self._top(query, max(1, self.passages))[0].rows.tolist()
        return rows

    def terms(self, clauses: Sequence[Clause]) -> QueryTerms:
        """Return the terms of the index that the clauses stand for; excluded ones left out."""
        stems: set[str] = set()
        words: set[str] = set()
        identifiers: set[str] = set()
        phrases = []
        for leaf in _leaves(clauses):
            match leaf:
                case Words(text):
                    stems.update(self._content_stems(text))
                    identifiers.update(self._query_identifiers(text))
                case Phrase(text):
                    phrases.append(tuple(term.text for term in self._analyzer.words(text)))
                case Prefix() | Typo():
                    words.update(self._expansions(leaf))
        return QueryTerms(
            frozenset(stems), frozenset(words), frozenset(identifiers), tuple(phrases)
        )

    def rarity(self, stem: str) -> float:
        """Return the inverse document frequency of a stem, as BM25 weighs it."""
        return self._rarity("text", stem)

    def _rarity(self, field: str, term: str) -> float:
        with _named_errors(self._directory):
            frequency = self._searcher.doc_freq(field, term)
        return log(1 + (self.passages - frequency + 0.5) / (frequency + 0.5))

    def ideal_score(self, clauses: Sequence[Clause]) -> float:
        """Return what a text would score that says nothing but the query: no text reaches it.

        A term adds at most k1 + 1 times its inverse document frequency.
        """
        rarities: list[float] = []
        for leaf in _leaves(clauses):
            match leaf:
                case Words(text):
                    rarities += map(self.rarity, self._content_stems(text))
                case Phrase(text):
                    rarities += (
                        self._rarity("words", term.text) for term in self._analyzer.words(text)
                    )
                case Prefix() | Typo():
                    words = self._expansions(leaf)
                    rarities.append(max((self._rarity("words", word) for word in words), default=0))
        return (BM25_K1 + 1) * sum(rarities)

    def _best(self, query: Query, depth: int) -> tuple[ScoredRows, int]:
        limit = depth + TIES_EXPECTED
        while True:
            found, count = self._top(query, limit)
            rows, scores = found.rows, found.scores
            if len(rows) < limit or scores[-1] < scores[depth - 1]:
                if len(rows) > depth:
                    # Best first: the ties with the last one follow it.
                    end = len(rows) - int(np.searchsorted(scores[::-1], scores[depth - 1]))
                    found = ScoredRows(rows[:end], scores[:end])
                return found, count
            limit *= 4

    def _top(self, query: Query, limit: int) -> tuple[ScoredRows, int]:
        with _named_errors(self._directory):
            result = self._searcher.search(query, limit, count=True)
            hits = result.hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        scores = [score for score, _ in hits]
        found = ScoredRows(np.array(rows, np.int64), np.array(scores, np.float64))
        return found, int(result.count)  # type: ignore[attr-defined]  # not in its stubs

    def _keys(self, field: str, keys: Sequence[int]) -> Query:
        """Return a query that matches where the field holds one of the keys."""
        if len(keys) > KEYS_LOOKED_UP:
            return Query.term_set_query(self._schema, field, list(keys))
        each = [Query.term_query(self._schema, field, key) for key in keys]
        return Query.boolean_query([(TantivyOccur.Should, query) for query in each])

    def _query(self, clauses: Sequence[Clause]) -> Query | None:
        """Return the clauses as one query; None where nothing in them could be scored."""
        scored = [
            (TantivyOccur.Should, query)
            for clause in clauses
            if clause.occur is not Occur.MUST_NOT
            and (query := self._scored(clause.node)) is not None
        ]
        return Query.boolean_query([*self._binding(clauses), *scored]) if scored else None

    def _binding(self, clauses: Sequence[Clause]) -> list[tuple[TantivyOccur, Query]]:
        """Return what must and must not match, which adds nothing to a score."""
        return [
            (_BINDING[clause.occur], Query.const_score_query(bound, 0.0))
            for clause in clauses
            if clause.occur is not Occur.SHOULD and (bound := self._bound(clause.node)) is not None
        ]

    def _scored(self, node: Leaf | AnyOf) -> Query | None:
        """Return a query that scores every term of the node that occurs."""
        if isinstance(node, AnyOf):
            alternatives = filter(None, map(self._leaf_query, node.alternatives))
            return _any_of([(alternative, 1.0) for alternative in alternatives])
        return self._leaf_query(node)

    def _bound(self, node: Leaf | AnyOf) -> Query | None:
        """Return a query that matches where all of the node does; None if it holds no term."""
        if isinstance(node, AnyOf):
            alternatives = [bound for leaf in node.alternatives if (bound := self._bound(leaf))]
            return _any_of([(alternative, 1.0) for alternative in alternatives])
        if not isinstance(node, Words):
            has_term = bool(self._analyzer.words(node.text))
            return (self._leaf_query(node) or Query.empty_query()) if has_term else None
        if self._analyzer.is_identifier(node.text):
            return _any_of(
                [
                    (self._term("identifiers", each), 1.0)
                    for each in self._query_identifiers(node.text)
                ]
            )
        everywhere = [
            (TantivyOccur.Must, self._in_any_field(term.text))
            for term in self._analyzer.stems(node.text)
        ]
        return Query.boolean_query(everywhere) if everywhere else None

    def _in_any_field(self, stem: str) -> Query:
        fields = [self._term(field, stem) for field in ("text", "title", "heading", "identifiers")]
        return Query.boolean_query([(TantivyOccur.Should, query) for query in fields])

    def _leaf_query(self, leaf: Leaf) -> Query | None:
        match leaf:
            case Words(text):
                return self._words_query(text)
            case Phrase(text):
                return self._phrase_query([term.text for term in self._analyzer.words(text)])
            case Prefix() | Typo():
                return _any_of(
                    [(self._term("words", word), 1.0) for word in self._expansions(leaf)]
                )

    def _words_query(self, text: str) -> Query | None:
        weights = self._weights
        parts = []
        for stem, times in Counter(self._content_stems(text)).items():
            parts.append((self._term("text", stem), weights.text * times))
            parts.append((self._term("title", stem), weights.title * times))
            parts.append((self._term("heading", stem), weights.heading * times))
        parts += [
            (self._term("identifiers", identifier), weights.identifiers)
            for identifier in self._query_identifiers(text)
        ]
        return _any_of([(query, weight) for query, weight in parts if weight])

    def _phrase_query(self, words: list[str]) -> Query | None:
        if not words:
            return None
        if len(words) == 1:
            # A single character of a run without blanks is no word, but stands by itself.
            fields = ("words", "identifiers")
            return _any_of([(self._term(field, words[0]), 1.0) for field in fields])
        return Query.phrase_query(self._schema, "words", list(words))

    def _term(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term)


def _content_stems(analyzer: Analyzer, text: str) -> list[str]:
    """Return the stems of the text without stop words, unless it has nothing else."""
    stems = analyzer.stems(text)
    content = [stem.text for stem in stems if not analyzer.is_stop_word(stem.span.of(text))]
    return content or [stem.text for stem in stems]


def _query_identifiers(analyzer: Analyzer, text: str) -> list[str]:
    """Return the identifiers of the text; a single character only if it stands alone."""
    runs = {term.span for term in analyzer.words(text)}
    return [
        term.text for term in analyzer.identifiers(text) if len(term.span) > 1 or term.span in runs
    ]


_BINDING = {
    Occur.MUST: TantivyOccur.Must,
    Occur.MUST_NOT: TantivyOccur.MustNot,
}


def _writable_view(directory: Path) -> Path:
    """Return a new folder of links to the files of one that cannot be written.

    tantivy takes a lock file to open an index, also to read it.
    """
    view = Path(mkdtemp(prefix="spanlight-"))
    for path in directory.glob("*"):
        if not path.name.endswith(".lock"):
            (view / path.name).symlink_to(path.absolute())
    return view


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_unsigned_field("document", indexed=True, fast=True)
    for name in ("text", "heading"):
        builder.add_text_field(name, tokenizer_name="stems", index_option="freq")
    builder.add_text_field("title", tokenizer_name="stems", index_option="position")
    builder.add_text_field("words", tokenizer_name="words", index_option="position")
    builder.add_text_field("identifiers", tokenizer_name="identifiers", index_option="freq")
    return builder.build()


def _restricted(query: Query, keys: Query) -> Query:
    return Query.boolean_query(
        [(TantivyOccur.Must, query), (TantivyOccur.Must, Query.const_score_query(keys, 0.0))]
    )


def _any_of(weighted: Sequence[tuple[Query, float]]) -> Query | None:
    if not weighted:
        return None
    return Query.boolean_query(
        [
            (TantivyOccur.Should, query if weight == 1.0 else Query.boost_query(query, weight))
            for query, weight in weighted
        ]
    )


def _leaves(clauses: Sequence[Clause]) -> Iterator[Leaf]:
    for clause in clauses:
        if clause.occur is Occur.MUST_NOT:
            continue
        if isinstance(clause.node, AnyOf):
            yield from clause.node.alternatives
        else:
            yield clause.node


def _one_edit(word: str) -> set[str]:
    """Return the word and all that one deletion, swap, replacement or insertion makes of it."""
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    letters = {*ALPHABET, *word, *_neighbours(word)}
    return {
        word,
        *(left + right[1:] for left, right in splits if right),
        *(left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1),
        *(left + letter + right[1:] for left, right in splits if right for letter in letters),
        *(left + letter + right for left, right in splits for letter in letters),
    } - {""}


def _expansions(
    searcher: tantivy.Searcher, analyzer: Analyzer, directory: Path, leaf: Prefix | Typo
) -> list[str]:
    """Return the most frequent words of the index that the leaf stands for."""
    typed = "".join(term.text for term in analyzer.words(leaf.text))
    if not typed:
        return []
    with _named_errors(directory):
        if isinstance(leaf, Prefix):
            found = _words_with_prefix(searcher, typed, MAX_EXPANSIONS, None)
        else:
            found = _one_edit_away(searcher, typed)[:MAX_EXPANSIONS]
    return [word for word, _ in found]


def _words_with_prefix(
    searcher: tantivy.Searcher, prefix: str, limit: int, among: Query | None
) -> list[tuple[str, int]]:
    found = searcher.terms_with_prefix("words", prefix, among, limit)
    return [(str(word), int(passages)) for word, passages in found]


def _one_edit_away(searcher: tantivy.Searcher, word: str) -> list[tuple[str, int]]:
    found = [(edited, int(searcher.doc_freq("words", edited))) for edited in _one_edit(word)]
    return sorted(
        ((each, passages) for each, passages in found if passages),
        key=lambda entry: (-entry[1], entry[0]),
    )


def _neighbours(word: str) -> Iterator[str]:
    """Yield the small letters of the same script, or at least of the same half blocks of Unicode.

    Letters of more scripts than one word is written in are no neighbours, but would be many.
    """
    firsts = dict.fromkeys(ord(each) & ~0x7F for each in word if not each.isascii())
    for first in islice(firsts, HALF_BLOCKS):
        yield from filter(str.islower, map(chr, range(first, first + 0x80)))


@contextmanager
def _named_errors(directory: Path) -> Iterator[None]:
    """Turn what tantivy raises into errors that name the folder and the way out.

    Its panics are BaseExceptions, which `except Exception` lets pass.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(f"{directory}: {error}") from error
    except ValueError as error:
        # tantivy tells errors of the system as `Os { code: ... }`.
        kind = StorageError if "Os {" in str(error) else IndexDamaged
        raise kind(f"{directory}: {error}; if it persists, {REMEDY}") from error
    except BaseException as error:
        if not is_panic(error):
            raise
        raise IndexDamaged.with_remedy(
            f"{directory}: the lexical index failed ({error})"
        ) from error
