"""Candidates -> hits: reads their passages, marks the matches, finds the best span."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, repeat
from math import fsum

import numpy as np
from numpy.typing import NDArray

from api.contract.documents import SpanOut
from api.contract.hits import BestSpan, Explanation, Hit, RetrieverExplanation
from api.contract.passages import DifferenceOut, DifferingWords, Duplicate
from api.documents.differences import find_differences
from api.documents.highlighter import (
    Evidence,
    Kind,
    Match,
    Part,
    best_span,
    find_matches,
    highlight,
)
from api.documents.presentation import document_metadata, passage_fields, span_out
from api.documents.sources.origins import passage_source
from api.ranking.folding import FoldedCandidate
from api.ranking.fusion import FusedCandidate
from api.search.candidates import Question
from api.telemetry.stages import require_time
from indexer.index.clauses import QueryTerms
from indexer.index.records import StoredDocument, StoredPassage
from indexer.index.snapshot import Snapshot
from indexer.spans import Span

__all__ = ["HitWriter", "explanation_of"]

# More differences than anybody reads.
DIFFERENCES_SHOWN = 10


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
        self._runs = snapshot.phrase_runs(question.query.clauses)
        self._asked = {each: self._rarity(each) for each in _asked(self._terms)}

    def hits(self, ranking: Sequence[FoldedCandidate], *, first_rank: int) -> list[Hit]:
        """Return the hits in the order of the ranking, numbered from `first_rank`."""
        snapshot = self._snapshot
        rows = [each.candidate.row for each in ranking]
        runs = [self._runs.get(row, range(row, row + 1)) for row in rows]
        passages = snapshot.joined_passages(runs)
        copied = [row for each in ranking for row, _ in each.duplicates]
        copies = dict(zip(copied, snapshot.passages(copied), strict=True))
        documents = snapshot.documents(
            {passage.document for passage in (*passages, *copies.values())}
        )
        return [
            self._hit(
                rank,
                folded,
                passage,
                documents[passage.document],
                cosines,
                [
                    self._duplicate(
                        passage, copies[row], documents[copies[row].document], similarity
                    )
                    for row, similarity in folded.duplicates
                ],
            )
            for rank, (folded, passage, cosines) in enumerate(
                zip(ranking, passages, self._window_cosines(runs, passages), strict=True),
                start=first_rank,
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
        begin = passage.start
        source = passage_source(self._snapshot, stored, passage)
        found = find_matches(passage.text, self._terms, self._snapshot.analyzer)
        return Hit(
            **passage_fields(passage, stored, metadata, source),
            rank=rank,
            score=folded.candidate.score,
            confidence=self._confidence.get(folded.candidate.row),
            best=self._best(passage, found, cosines),
            highlights=[SpanOut(begin + span.start, begin + span.end) for span in highlight(found)],
            explanation=explanation_of(folded.candidate) if self._explain else None,
            duplicates=duplicates,
        )

    def _duplicate(
        self,
        passage: StoredPassage,
        copy: StoredPassage,
        stored: StoredDocument,
        similarity: float,
    ) -> Duplicate:
        is_stop_word = self._snapshot.analyzer.is_stop_word
        differences = find_differences(passage.text, copy.text, is_stop_word)
        shown = [
            DifferenceOut(_words_at(each.here, passage), _words_at(each.there, copy))
            for each in differences[:DIFFERENCES_SHOWN]
        ]
        return Duplicate(
            passage_id=stored.passage_id(copy.span),
            document_id=stored.id,
            path=stored.path,
            span=span_out(copy.span),
            similarity=round(similarity, 4),
            differs=bool(shown),
            differences=shown,
        )

    def _window_cosines(
        self, runs: Sequence[range], passages: Sequence[StoredPassage]
    ) -> Sequence[list[float] | None]:
        """Return the window cosines of each passage, which is a run of rows; None without any."""
        if self._vector is None:
            return [None] * len(runs)
        rows = np.array([row for run in runs for row in run], np.int64)
        found = iter(self._snapshot.window_cosines(self._vector, rows))
        cosines = [np.concatenate(list(islice(found, len(run)))) for run in runs]
        # A passage without windows, or without vectors yet, has no cosines.
        return [
            each.tolist() if 0 < len(each) == len(passage.windows) else None
            for each, passage in zip(cosines, passages, strict=True)
        ]

    def _best(
        self, passage: StoredPassage, found: Sequence[Match], cosines: list[float] | None
    ) -> BestSpan:
        """Return the sentences that answer best; the whole passage if it has no sentences."""
        begin = passage.start
        best = best_span(
            _parts(passage, cosines),
            found,
            self._weights(found),
            self._weight if cosines else 0.0,
            begin,
        )
        if best is None:
            return BestSpan(start=begin, end=passage.end, score=0.0)
        return BestSpan(start=best.span.start, end=best.span.end, score=best.score)

    def _weights(self, found: Sequence[Match]) -> dict[Evidence, float]:
        """Return how much everything that was asked for counts.

        A prefix or a typo asks for many words, and only those that were found count.
        """
        words = {of for _, of in found if of.kind is Kind.WORD}
        return self._asked | {of: self._rarity(of) for of in words}

    def _rarity(self, evidence: Evidence) -> float:
        """Return the total rarity of its words, so that a phrase counts as much as they do."""
        snapshot = self._snapshot
        if evidence.kind is Kind.STEM:
            return snapshot.rarity(evidence.text)
        return fsum(snapshot.rarity(stem.text) for stem in snapshot.analyzer.stems(evidence.text))


def _words_at(span: Span, passage: StoredPassage) -> DifferingWords:
    start = passage.span.start
    return DifferingWords(start + span.start, start + span.end, span.of(passage.text))


def _parts(passage: StoredPassage, cosines: Sequence[float] | None) -> list[Part]:
    """Return the windows and the repeated sentences of a passage."""
    parts = list(map(Part, passage.windows, cosines or repeat(0.0)))
    # They are not embedded, but their words match.
    repeated = [Part(sentence, aside=True) for sentence in passage.repeated]
    return sorted([*parts, *repeated]) if repeated else parts


def _asked(terms: QueryTerms) -> Iterator[Evidence]:
    """Yield everything that a query asks for, but not the words that match a prefix or a typo."""
    yield from (Evidence(Kind.STEM, stem) for stem in terms.stems)
    yield from (Evidence(Kind.IDENTIFIER, identifier) for identifier in terms.identifiers)
    yield from (Evidence(Kind.PHRASE, " ".join(phrase)) for phrase in terms.phrases)


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
