"""Passages like a passage: by the vectors stored with it, or by its most telling words.

No model is asked, so this answers while one is loading.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from api.contract.search import Mode, SearchWarning, SimilarResponse
from api.documents.document_reader import DocumentReader
from api.query.query import Query
from api.ranking.folding import FoldedCandidate, fold_copies
from api.ranking.fusion import FusedCandidate, FusionMethod, ScoredCandidates, fuse
from api.search.candidates import Question, find_candidates
from api.search.hits import HitWriter
from api.telemetry.stages import stage
from indexer.index.clauses import Clause, Occur, Words
from indexer.index.snapshot import Snapshot

__all__ = ["SimilarPassages"]

# More words find no better passages, and take longer to look for.
TELLING_WORDS = 25


class SimilarPassages:
    """Finds what is like a passage of one generation. Threads share it; nothing in it changes.

    `notices` are warnings that every answer carries.
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
        self, passage_id: str, *, limit: int, fold_duplicates: bool = True, explain: bool = False
    ) -> SimilarResponse:
        """Return the passages that are most like this one, itself left out.

        Raises PassageNotFound. Copies of the passage are listed as its duplicates when folding.
        """
        with stage("similar"):
            return self._find(
                passage_id, limit=limit, fold_duplicates=fold_duplicates, explain=explain
            )

    def _find(
        self, passage_id: str, *, limit: int, fold_duplicates: bool, explain: bool
    ) -> SimilarResponse:
        started = time.perf_counter()
        _, row = self._reader.locate(passage_id)
        passage = self._reader.passage(passage_id, before=0, after=0).passage
        question = self._question(row, depth=max(self._depth, limit + 1))
        ranking = self._ranking(question, row)
        folded = list(map(FoldedCandidate, ranking))
        if fold_duplicates:
            folded = fold_copies(ranking, self._snapshot.signatures([each.row for each in ranking]))
        writer = HitWriter(self._snapshot, question, {}, explain=explain)
        itself, *hits = writer.hits(folded[: limit + 1], first_rank=0)
        return SimilarResponse(
            passage=passage,
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

    def _question(self, row: int, depth: int) -> Question:
        """Return the passage as a question: by its vector, or by words where it has none."""
        if self._snapshot.has_vectors:
            vector = self._snapshot.passage_vectors(np.array([row], np.int64))[0]
            # A passage without searchable text has a vector of zeros, which is near to nothing.
            if vector.any():
                query = Query("", ())
                return Question(
                    query, Mode.SEMANTIC, FusionMethod.WEIGHTED, 1.0, vector, None, depth
                )
        (passage,) = self._snapshot.passages([row])
        words = _telling_words(self._snapshot, passage.content)
        clauses = tuple(Clause(Occur.SHOULD, Words(word)) for word in words)
        query = Query(" ".join(words), clauses)
        return Question(query, Mode.LEXICAL, FusionMethod.WEIGHTED, 0.0, None, None, depth)

    def _ranking(self, question: Question, row: int) -> list[FusedCandidate]:
        """Return the passage itself, then what is most like it."""
        candidates = find_candidates(self._snapshot, question)
        others = candidates.rows != row
        alike = ScoredCandidates(
            rows=candidates.rows[others],
            orders=candidates.orders[others],
            lexical=candidates.lexical[others] if candidates.lexical is not None else None,
            semantic=candidates.semantic[others] if candidates.semantic is not None else None,
            # Its own BM25, unless a shorter passage has more.
            lexical_scale=candidates.lexical_scale,
        )
        ranking = fuse(alike, method=question.fusion, semantic_weight=question.semantic_weight)
        return [FusedCandidate.from_contributions(row, {}), *ranking]

    def _words_alone(self, row: int) -> SearchWarning:
        why = "this index was built without a model"
        if self._snapshot.has_vectors:
            why = "all the text of this passage also occurs elsewhere, so it has no vector"
            if self._snapshot.is_pending(row):
                why = "this passage has no vector yet"
        return SearchWarning(code="no_vectors", message=f"Compared by words alone: {why}.")


def _telling_words(snapshot: Snapshot, text: str) -> list[str]:
    """Return the words that tell the text from others, the most telling first.

    A word that occurs in no other passage finds nothing and is left out.
    """
    found = list(_content_words(snapshot, text))
    times = Counter(stem for stem, _ in found)
    weights = {stem: times[stem] * snapshot.rarity(stem) for stem in times}
    written = dict(found)
    telling: list[str] = []
    for stem in sorted(weights, key=lambda stem: (-weights[stem], stem)):
        word = written[stem]
        _, matching = snapshot.search_words([Clause(Occur.SHOULD, Words(word))], 1)
        if matching > 1:
            telling.append(word)
        if len(telling) == TELLING_WORDS:
            break
    return telling


def _content_words(snapshot: Snapshot, text: str) -> Iterator[tuple[str, str]]:
    """Yield the stem of each word but stop words, and the word as it is written."""
    for term in snapshot.analyzer.stems(text):
        word = term.span.of(text)
        if not snapshot.analyzer.is_stop_word(word):
            yield term.text, word
