"""Passages that resemble a given one, by its stored vector or else by its most distinctive words.

It works while the model is loading, because no model is needed.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from api.contract.search import Mode, SearchWarning, SimilarResponse
from api.documents.document_reader import DocumentReader
from api.query.query import Query
from api.ranking.fusion import FusedCandidate, FusionMethod, ScoredCandidates, fuse
from api.search.candidates import Question, find_candidates
from api.search.copies import fold_under_best
from api.search.hits import HitWriter
from api.telemetry.stages import stage
from indexer.index.catalog import Selection
from indexer.index.clauses import Clause, Occur, Words
from indexer.index.snapshot import Snapshot

__all__ = ["SimilarPassages"]

# More words find no better passages and take longer.
DISTINCTIVE_WORDS = 25


class SimilarPassages:
    """Finds passages that resemble one of a generation. It is immutable, so threads may share it.

    `notices` are warnings that every answer includes.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        reader: DocumentReader,
        depth: int,
        notices: Sequence[SearchWarning] = (),
    ) -> None:
        self._snapshot = snapshot
        self._reader = reader
        self._depth = depth
        self._notices = notices

    def find(
        self,
        passage_id: str,
        *,
        limit: int,
        fold_duplicates: bool = True,
        other_documents: bool = False,
        explain: bool = False,
    ) -> SimilarResponse:
        """Return the passages that are most similar to this one, without the passage itself.

        With `fold_duplicates`, copies of the passage are listed as its duplicates. With
        `other_documents`, other passages of its document are left out. Raises PassageNotFound.
        """
        with stage("similar"):
            started = time.perf_counter()
            _, rows = self._reader.locate(passage_id)
            row = rows[0]
            question = self._question(row, max(self._depth, limit + 1), elsewhere=other_documents)
            ranking = self._ranking(question, rows)
            folded = fold_under_best(self._snapshot, ranking, copies=fold_duplicates)
            writer = HitWriter(self._snapshot, question, {}, explain=explain)
            itself, *hits = writer.hits(folded[: limit + 1], first_rank=0)
            return SimilarResponse(
                passage=self._reader.passage(passage_id).passage,
                mode=question.mode,
                generation=self._snapshot.manifest.generation,
                took_ms=round((time.perf_counter() - started) * 1000, 3),
                warnings=[
                    *self._notices,
                    *([] if question.asks_semantic else [self._words_alone(row)]),
                ],
                duplicates=itself.duplicates,
                hits=hits,
            )

    def _question(self, row: int, depth: int, *, elsewhere: bool) -> Question:
        """Return the passage as a question: its vector, or its words if it has no vector.

        With `elsewhere`, only other documents may answer.
        """
        selection = self._other_documents(row) if elsewhere else None
        if self._snapshot.has_vectors:
            vector = self._snapshot.passage_vectors(np.array([row], np.int64))[0]
            # A passage without searchable text has a zero vector, which is close to nothing.
            if vector.any():
                query = Query("", ())
                return Question(
                    query, Mode.SEMANTIC, FusionMethod.WEIGHTED, 1.0, vector, selection, depth
                )
        (passage,) = self._snapshot.passages([row])
        words = _distinctive_words(self._snapshot, passage.content)
        clauses = tuple(Clause(Occur.SHOULD, Words(word)) for word in words)
        query = Query(" ".join(words), clauses)
        return Question(query, Mode.LEXICAL, FusionMethod.WEIGHTED, 0.0, None, selection, depth)

    def _other_documents(self, row: int) -> Selection:
        """Return all documents but that of the row."""
        catalog = self._snapshot.catalog
        kept = np.ones(len(catalog), np.bool_)
        kept[catalog.places_of(np.array([row], np.int64))] = False
        return Selection(catalog, kept)

    def _ranking(self, question: Question, rows: range) -> list[FusedCandidate]:
        """Return the passage itself, followed by the others, most similar first."""
        candidates = find_candidates(self._snapshot, question)
        others = ~np.isin(candidates.rows, rows)
        alike = ScoredCandidates(
            rows=candidates.rows[others],
            orders=candidates.orders[others],
            lexical=candidates.lexical[others] if candidates.lexical is not None else None,
            semantic=candidates.semantic[others] if candidates.semantic is not None else None,
            # The passage's own BM25, unless a shorter passage has a larger one.
            lexical_scale=candidates.lexical_scale,
        )
        ranking = fuse(alike, method=question.fusion, semantic_weight=question.semantic_weight)
        return [FusedCandidate.from_contributions(rows[0], {}), *ranking]

    def _words_alone(self, row: int) -> SearchWarning:
        why = "this index was built without a model"
        if self._snapshot.has_vectors:
            why = (
                "this passage has no vector, because all of its text occurs elsewhere too or the "
                "model cannot read its script"
            )
            if self._snapshot.is_pending(row):
                why = "this passage has no vector yet"
        return SearchWarning(code="no_vectors", message=f"Compared by words alone: {why}.")


def _distinctive_words(snapshot: Snapshot, text: str) -> list[str]:
    """Return the words that distinguish the text from others, the most distinctive first.

    Words that occur in no other passage are left out, because they find nothing.
    """
    found = list(_content_words(snapshot, text))
    times = Counter(stem for stem, _ in found)
    weights = {stem: times[stem] * snapshot.rarity(stem) for stem in times}
    written = dict(found)
    distinctive: list[str] = []
    for stem in sorted(weights, key=lambda stem: (-weights[stem], stem)):
        word = written[stem]
        _, matching = snapshot.search_words([Clause(Occur.SHOULD, Words(word))], 1)
        if matching > 1:
            distinctive.append(word)
        if len(distinctive) == DISTINCTIVE_WORDS:
            break
    return distinctive


def _content_words(snapshot: Snapshot, text: str) -> Iterator[tuple[str, str]]:
    """Yield each word except stop words, as its stem and as it is written."""
    for term in snapshot.analyzer.stems(text):
        word = term.span.of(text)
        if not snapshot.analyzer.is_stop_word(word):
            yield term.text, word
