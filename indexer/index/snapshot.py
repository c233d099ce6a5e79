"""One published generation, open for reading, and the questions that it answers.

Arguments and answers are plain values: strings, numbers, arrays and frozen dataclasses. No caller
sees an engine, so that several snapshots can answer behind the same interface later.

A `row` is the number of a passage inside one snapshot; a `document` is the number of a document.
Neither is ever published; users see their ids instead.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.documents import ScoredRows, SkippedFile, SourceFile
from indexer.errors import IndexDamaged, SpanlightError, is_failure
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.catalog import Catalog, CatalogEntry
from indexer.index.clauses import Clause, QueryTerms
from indexer.index.disk.failures import reason_in, storage_error
from indexer.index.folder import IndexFolder
from indexer.index.generation import PublishedGeneration, require_same_rows
from indexer.index.lexical.reader import LexicalIndex
from indexer.index.manifest import Manifest
from indexer.index.near_duplicates import is_cut_copy
from indexer.index.records import StoredDocument, StoredPassage, joined
from indexer.index.store.reader import PassageStore
from indexer.index.store.skipped import read_skipped
from indexer.index.vectors.vector_index import VectorIndex
from indexer.reading.extraction.maps import PieceMap
from indexer.spans import Span

__all__ = ["Rows", "Snapshot", "Vector", "indexed_files", "open_snapshot"]

# Threads that can read the store of a snapshot at once. Each takes three file handles, and reading
# a hit takes some hundredths of a millisecond.
READERS = 4
# The number of pairs of documents whose comparison is remembered, in about 1 MB.
COMPARED_PAIRS = 4_096
# Up to this many rows are listed without looking which of them are wanted.
MOST_LISTED = 1_000
# The number of maps that are remembered. Those of long books take some megabytes each.
MAPS = 8
# The full text of a copy that was cut short may begin with other text, such as a menu.
PASSAGES_BEFORE = 2

Rows = NDArray[np.int64]
Vector = NDArray[np.float32]


class Snapshot:
    """Answers questions from one generation. It never changes, and threads may share it.

    `manifest` describes the generation, `catalog` lists its documents, and `analyzer` is the
    analysis that it was built with. `rows` has shape (n,) and ascends. `is_cut_copy` says whether a
    document is the beginning of another one, and remembers it.
    """

    def __init__(
        self, index: IndexFolder, generation: PublishedGeneration, store: PassageStore
    ) -> None:
        manifest, folder = generation.manifest, generation.folder
        self.manifest: Manifest = manifest
        self.analyzer = Analyzer(manifest.config.language)
        self.catalog = store.catalog(manifest.number)
        require_same_rows(index.store, generation, self.catalog)
        self.rows: Rows = self.catalog.rows
        self._store = store
        self._skipped = folder.skipped
        self._map_of = lru_cache(MAPS)(store.map_of)
        self.is_cut_copy = lru_cache(COMPARED_PAIRS)(partial(_is_cut_copy, store))
        self._signatures: NDArray[np.uint8] = np.load(folder.signatures, mmap_mode="r")
        self._lexical = LexicalIndex(
            folder.lexical, self.analyzer, texts=_StoredTexts(self.catalog, store)
        )
        self._vectors = None
        if manifest.vectors is not None:
            self._vectors = VectorIndex(
                folder.vectors, self.rows, manifest.vectors, manifest.dimension
            )

    @property
    def folder(self) -> Path:
        """The folder that was indexed."""
        return Path(self.manifest.folder)

    @property
    def has_vectors(self) -> bool:
        """Whether the index was built with a model, so that passages have or will have vectors."""
        return self._vectors is not None

    def map_of(self, document: StoredDocument) -> PieceMap | None:
        """Return where in its file the text of a document is from; None for a text file."""
        return self._map_of(document)

    def formats(self) -> Counter[str]:
        """Return how many documents there are of each format that is more than text."""
        return self._store.formats(self.manifest.number)

    def skipped(self) -> list[SkippedFile]:
        """Return the files of the folder that are not in the index, sorted by path."""
        return read_skipped(self._skipped)

    def require_readable(self) -> None:
        """Read one passage. Raises IndexDamaged or StorageError if the store cannot answer."""
        self._store.passages(self.rows[:1].tolist())

    def close(self) -> None:
        self._store.close()

    # Retrieval

    def search_words(
        self, clauses: Sequence[Clause], depth: int, *, documents: Sequence[int] | None = None
    ) -> tuple[ScoredRows, int]:
        """Return the best passages by BM25, at most `depth`, and the number that match.

        `documents`, if given, restricts both to passages of these documents.
        """
        found, matching = self._lexical.search(clauses, depth, documents=documents)
        return self.best(found, depth), matching

    def search_vectors(self, query: Vector, depth: int, *, rows: Rows | None = None) -> ScoredRows:
        """Return the passages nearest to the query by cosine, at most `depth`.

        `rows`, if given, restricts the search to these passages. Pending passages are never found.
        """
        return self.best(self._vector_index().search(query, depth, rows=rows), depth)

    def best(self, found: ScoredRows, depth: int) -> ScoredRows:
        """Return the best passages, at most `depth`. Ties go to the lower (path, start)."""
        if len(found) <= depth:
            return found
        best = np.lexsort((self.catalog.orders(found.rows), -found.scores))[:depth]
        return ScoredRows(found.rows[best], found.scores[best])

    def matching_rows(self, clauses: Sequence[Clause]) -> Rows | None:
        """Return the rows that the `must` and `must_not` clauses allow, ascending; None for all."""
        allowed = self._lexical.matching_rows(clauses)
        return None if allowed is None else np.sort(np.array(allowed, np.int64))

    def rows_having(self, clause: Clause, rows: Rows) -> Rows:
        """Return those of the rows that a `must` clause allows, in no order."""
        return np.array(self._lexical.matching_rows([clause], rows.tolist()) or [], np.int64)

    def rows_having_all(self, clauses: Sequence[Clause], rows: Rows) -> tuple[Rows, int]:
        """Return those of the rows that all `must` clauses allow, and how many rows they allow.

        A row that is not among `rows` may be returned, too.
        """
        found, count = self._lexical.rows_with_all(clauses, MOST_LISTED)
        if count > MOST_LISTED:
            found = self._lexical.matching_rows(clauses, rows.tolist()) or []
        return np.array(found, np.int64), count

    # Rescoring

    def word_scores(self, clauses: Sequence[Clause], rows: Rows) -> NDArray[np.float64]:
        """Return the BM25 score of each passage, NaN if it does not match."""
        return self._lexical.scores(clauses, rows)

    def vector_scores(
        self, query: Vector, rows: Rows, vectors: Vector | None = None
    ) -> NDArray[np.float64]:
        """Return the semantic score of each passage, 0 to 1, NaN if its vector is pending.

        `vectors` are the vectors of the passages, if the caller has them already.
        """
        return self._vector_index().scores(query, rows, vectors)

    def passage_vectors(self, rows: Rows) -> Vector:
        """Return the vectors of the passages, shape (len(rows), dimension); zeros if pending."""
        return self._vector_index().passage_vectors(rows)

    def window_cosines(self, query: Vector, rows: Rows) -> list[NDArray[np.float32]]:
        """Return the cosine of every window of each passage."""
        return self._vector_index().window_scores(query, rows)

    def is_pending(self, row: int) -> bool:
        """Return whether the vector of a passage is still to be computed."""
        return bool(self._vectors is not None and row in self._vectors.pending)

    def _vector_index(self) -> VectorIndex:
        assert self._vectors is not None, "ask has_vectors first"
        return self._vectors

    # Statistics of words

    def query_terms(self, clauses: Sequence[Clause]) -> QueryTerms:
        """Return the terms of the index that the clauses match, except excluded clauses."""
        return self._lexical.terms(clauses)

    def phrase_runs(self, clauses: Sequence[Clause]) -> dict[int, range]:
        """Return, by first row, the runs of rows over whose borders a phrase extends.

        They do not overlap. Excluded clauses do not count.
        """
        return self._lexical.phrase_runs(clauses)

    def rarity(self, stem: str) -> float:
        """Return the inverse document frequency of a stem, as BM25 weighs it."""
        return self._lexical.rarity(stem)

    def ideal_bm25(self, clauses: Sequence[Clause]) -> float:
        """Return the score of a text of the query alone, as if its words were far apart."""
        return self._lexical.ideal_score(clauses)

    def has_word(self, word: str) -> bool:
        """Return whether a passage, heading or title has the word, or a word with its stem."""
        return self._lexical.has_word(word)

    def words_with_prefix(
        self, prefix: str, limit: int, *, after: Sequence[str] = ()
    ) -> list[tuple[str, int]]:
        """Return words with this prefix and how many passages have each, most frequent first.

        With `after`, only passages that have these words in a row count.
        """
        return self._lexical.words_with_prefix(prefix, limit, after=after)

    def words_one_edit_away(self, word: str) -> list[tuple[str, int]]:
        """Return the words one typing error away, and how many passages have each."""
        return self._lexical.words_one_edit_away(word)

    # Rows by their words

    def rows_with_phrase(
        self,
        words: Sequence[str],
        limit: int,
        *,
        clauses: Sequence[Clause] = (),
        documents: Sequence[int] | None = None,
    ) -> tuple[list[int], int]:
        """Return the best rows that have these words in a row, and how many rows have them.

        `must` and `must_not` clauses and `documents` restrict both.
        """
        return self._lexical.rows_with_phrase(words, limit, clauses=clauses, documents=documents)

    def rows_with_similar_word(self, word: str, limit: int) -> list[int]:
        """Return some rows with a word at most two typing errors away from this one."""
        return self._lexical.rows_with_similar_word(word, limit)

    def rows_with_any_term(self, terms: QueryTerms, document: int) -> list[int]:
        """Return the rows of a document whose own text has any of the terms. They are unordered."""
        return self._lexical.rows_with_any_term(terms, document)

    def rows_with_title(self, words: str) -> Rows:
        """Return the rows of documents whose title has these words in a row, unordered."""
        return np.array(self._lexical.rows_with_title(words), np.int64)

    # Passages

    def passages(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return the passages in the order of the rows."""
        return self._store.passages(rows)

    def joined_passages(self, runs: Sequence[range]) -> list[StoredPassage]:
        """Return the passages of each run of rows as one passage."""
        found = iter(self._store.passages([row for run in runs for row in run]))
        return [joined(list(islice(found, len(run)))) for run in runs]

    def passages_between(self, first_row: int, end_row: int) -> list[StoredPassage]:
        """Return the passages of rows `[first_row, end_row)`, in order."""
        return list(self._store.passages_between(first_row, end_row))

    def places(self, rows: Sequence[int]) -> dict[int, tuple[int, Span]]:
        """Return the document and the span of each row."""
        return self._store.places(rows)

    def rows_of(self, stored: StoredDocument, passage_id: str) -> range | None:
        """Return the rows of the document's passage with this public id, or None.

        They are several if the passage was joined from neighbouring ones.
        """
        return self._store.rows_of(stored, lambda span: stored.passage_id(span) == passage_id)

    def pieces(self, stored: StoredDocument, span: Span) -> list[StoredPassage]:
        """Return the passages whose pieces contain the text of the span, in order."""
        return self._store.pieces(stored, span)

    def text(self, stored: StoredDocument, span: Span) -> str:
        """Return a part of the text of the document."""
        pieces = self.pieces(stored, span)
        if not pieces:
            return ""
        return span.shifted(-pieces[0].piece_start).of("".join([each.piece for each in pieces]))

    def signatures(self, rows: Sequence[int] | Rows) -> NDArray[np.uint8]:
        """Return the MinHash signatures of the passages, shape (len(rows), SIGNATURE_BYTES)."""
        return self._signatures[np.searchsorted(self.rows, np.array(rows, np.int64))]

    # Documents

    def document_with_id(self, document_id: str) -> StoredDocument | None:
        """Return the document with this public id, or None."""
        return self._store.document_with_id(document_id, self.manifest.number)

    def documents(self, documents: Collection[int]) -> dict[int, StoredDocument]:
        """Return the documents by their numbers. Raises IndexDamaged if one is missing."""
        return self._store.documents_with_keys(documents)

    def titles(self) -> list[tuple[int, str]]:
        """Return the number and the title of each document that has passages, sorted by path."""
        return self._store.titles(self.manifest.number)


def _is_cut_copy(store: PassageStore, cut: CatalogEntry, full: CatalogEntry) -> bool:
    """Return whether a document is the beginning of another one."""

    def beginning(entry: CatalogEntry, passages: int) -> str:
        end = entry.first_row + min(passages, entry.passages)
        return "".join([each.piece for each in store.passages_between(entry.first_row, end)])

    return is_cut_copy(
        beginning(cut, cut.passages), beginning(full, cut.passages + PASSAGES_BEFORE)
    )


class _StoredTexts:
    """The texts of a generation, for phrases that cross the borders of passages."""

    def __init__(self, catalog: Catalog, store: PassageStore) -> None:
        self._catalog = catalog
        self._store = store

    def rows_beside(self, row: int) -> range:
        [entry] = self._catalog.entries_of([row])
        return range(entry.first_row, entry.first_row + entry.passages)

    def passages_between(self, first_row: int, end_row: int) -> list[StoredPassage]:
        return list(self._store.passages_between(first_row, end_row))


def open_snapshot(index: IndexFolder, generation: PublishedGeneration) -> Snapshot:
    """Check every file of the generation completely, then open it.

    Raises IndexDamaged, StorageError or FormatVersionMismatch, which name the file.
    """
    store = PassageStore.open(index.store, generation.manifest.generation, readers=READERS)
    try:
        with _named_errors(generation):
            generation.verify()
            return Snapshot(index, generation, store)
    except BaseException:
        store.close()
        raise


@contextmanager
def indexed_files(index: IndexFolder, manifest: Manifest) -> Iterator[Iterator[SourceFile]]:
    """Provide the files of a generation as they were when they were read, sorted by path.

    They are read from the store one after the other, until the block ends.
    """
    store = PassageStore.open(index.store, manifest.generation)
    try:
        yield store.sources(manifest.number)
    finally:
        store.close()


@contextmanager
def _named_errors(generation: PublishedGeneration) -> Iterator[None]:
    """Turn every failure inside into an error that names the generation and the remedy.

    The checksums were right. So either the system failed, or a bug wrote the file, or it has been
    replaced since.
    """
    path = generation.folder.path
    try:
        yield
    except SpanlightError:
        raise
    except OSError as error:
        raise storage_error(error, path) from error
    except BaseException as error:
        if not is_failure(error):
            raise
        if (reason := reason_in(str(error))) is not None:
            raise storage_error(reason, path) from error
        raise IndexDamaged.with_remedy(f"{path} cannot be opened ({error})") from error
