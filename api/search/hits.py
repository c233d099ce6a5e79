"""Candidates -> hits: reads their passages, marks the matches, finds the best span."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from api.contract.documents import SpanOut
from api.contract.hits import BestSpan, Explanation, Hit, RetrieverExplanation
from api.contract.passages import Duplicate
from api.documents.highlighter import FoundTerm, best_window, highlight
from api.documents.presentation import document_metadata, passage_fields, span_out
from api.ranking.folding import FoldedCandidate
from api.ranking.fusion import FusedCandidate
from api.search.candidates import Question
from api.telemetry.stages import require_time
from indexer.index.records import StoredDocument, StoredPassage
from indexer.index.snapshot import Snapshot
from indexer.spans import Span

__all__ = ["HitWriter", "explanation_of"]


class HitWriter:
    """Makes the hits that answer one question."""

    def __init__(
        self,
        snapshot: Snapshot,
        question: Question,
        confidence: Mapping[int, float],
        *,
        explain: bool,
    ) -> None:
        self._snapshot = snapshot
        self._folder = snapshot.folder
        self._confidence = confidence
        self._vector: NDArray[np.float32] | None = question.vector
        self._weight = question.semantic_weight
        self._explain = explain
        self._terms = snapshot.query_terms(question.query.clauses)
        self._rarity = {stem: snapshot.rarity(stem) for stem in self._terms.stems}

    def hits(self, ranking: Sequence[FoldedCandidate], *, first_rank: int) -> list[Hit]:
        """Return the hits in the order of the ranking, numbered from `first_rank`."""
        snapshot = self._snapshot
        rows = [each.candidate.row for each in ranking]
        passages = snapshot.passages(rows)
        copies = snapshot.places([row for each in ranking for row, _ in each.duplicates])
        documents = snapshot.documents(
            {
                *(passage.document for passage in passages),
                *(document for document, _ in copies.values()),
            }
        )
        return [
            self._hit(
                rank,
                folded,
                passage,
                documents[passage.document],
                cosines,
                [
                    _duplicate(documents[copies[row][0]], copies[row][1], similarity)
                    for row, similarity in folded.duplicates
                ],
            )
            for rank, (folded, passage, cosines) in enumerate(
                zip(ranking, passages, self._window_cosines(rows), strict=True), start=first_rank
            )
        ]

    def _hit(
        self,
        rank: int,
        folded: FoldedCandidate,
        passage: StoredPassage,
        stored: StoredDocument,
        cosines: list[float] | None,
        duplicates: list[Duplicate],
    ) -> Hit:
        require_time()
        metadata = document_metadata(stored, self._folder)
        begin = passage.span.start
        stems = self._snapshot.analyzer.stems(passage.text, self._terms.stems)
        marked = highlight(passage.text, self._terms, self._snapshot.analyzer, stems)
        return Hit(
            **passage_fields(passage, stored, metadata),
            rank=rank,
            score=folded.candidate.score,
            confidence=self._confidence.get(folded.candidate.row),
            best=self._best(passage, stems, cosines),
            highlights=[SpanOut(begin + span.start, begin + span.end) for span in marked],
            explanation=explanation_of(folded.candidate) if self._explain else None,
            duplicates=duplicates,
        )

    def _window_cosines(self, rows: Sequence[int]) -> Sequence[list[float] | None]:
        """Return the window cosines of each passage; None for a passage that has none."""
        if self._vector is None:
            return [None] * len(rows)
        found = self._snapshot.window_cosines(self._vector, np.array(rows, np.int64))
        # A passage without windows, or without vectors yet, has no cosines.
        return [cosines.tolist() if len(cosines) else None for cosines in found]

    def _best(
        self, passage: StoredPassage, stems: Sequence[FoundTerm], cosines: list[float] | None
    ) -> BestSpan:
        """Return the window that answers best; the whole passage if it has no windows."""
        windows = [window.shifted(-passage.span.start) for window in passage.windows]
        best = best_window(windows, self._rarity, stems, cosines, self._weight)
        if best is None:
            return BestSpan(start=passage.span.start, end=passage.span.end, score=0.0)
        span = best.span.shifted(passage.span.start)
        return BestSpan(start=span.start, end=span.end, score=best.score)


def explanation_of(candidate: FusedCandidate) -> Explanation:
    """Return what each retriever added to the score of the candidate."""
    return Explanation(
        **{
            retriever: RetrieverExplanation(
                rank=each.rank,
                score=each.score,
                scaled=each.scaled,
                contribution=each.value,
            )
            for retriever, each in candidate.contributions.items()
        }
    )


def _duplicate(stored: StoredDocument, span: Span, similarity: float) -> Duplicate:
    return Duplicate(
        passage_id=stored.passage_id(span),
        document_id=stored.id,
        path=stored.path,
        span=span_out(span),
        similarity=round(similarity, 4),
    )
