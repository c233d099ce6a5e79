"""Query -> candidates: what each retriever finds, scored by both.

A passage that one retriever found is scored by the other one too, so that a fused score never
mistakes "not among the first" for "not at all".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from api.query import Query
from api.schemas import Mode
from indexer.catalog import Selection
from indexer.clauses import Occur
from indexer.documents import Candidate
from indexer.open_generation import OpenGeneration
from indexer.vectors import VectorIndex

__all__ = ["Candidates", "Question", "find_candidates", "list_passages"]

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Question:
    """A query as the retrievers are asked. `selection` are the documents that may answer."""

    query: Query
    mode: Mode
    semantic_weight: float
    vector: Vector | None
    selection: Selection | None
    depth: int

    @property
    def asks_lexical(self) -> bool:
        return self.mode is not Mode.SEMANTIC and (self.vector is None or self.semantic_weight < 1)

    @property
    def asks_semantic(self) -> bool:
        return self.vector is not None and self.semantic_weight > 0


@dataclass(frozen=True, slots=True)
class Candidates:
    """The scores of each retriever that was asked, by row.

    `complete` says whether every passage that matches is among them. `largest_bm25` is the query's
    largest score, also where filters or exclusions leave its passage out.
    """

    lexical: Mapping[int, float] | None
    semantic: Mapping[int, float] | None
    complete: bool
    largest_bm25: float = 0.0

    @property
    def rows(self) -> set[int]:
        return {*(self.lexical or ()), *(self.semantic or ())}


def find_candidates(opened: OpenGeneration, question: Question) -> Candidates:
    """Return the best passages of each retriever, at most `question.depth` from each."""
    found: list[Candidate] = []
    matching, largest = 0, 0.0
    if question.asks_lexical:
        documents = question.selection.documents if question.selection is not None else None
        found, matching = opened.lexical.search(
            question.query.clauses, question.depth, documents=documents
        )
        found = _cut(opened, found, question.depth)
        largest = _largest_bm25(opened, question)
    if not question.asks_semantic or opened.vectors is None or question.vector is None:
        return Candidates(dict(found), None, matching <= question.depth, largest)
    semantic = _with_semantic(opened, opened.vectors, question, question.vector, dict(found))
    return replace(semantic, largest_bm25=largest)


def list_passages(
    opened: OpenGeneration, query: Query, selection: Selection | None, limit: int
) -> Candidates:
    """Return what a query of filters and exclusions alone keeps, in (path, start) order."""
    rows = _allowed_rows(opened, query, selection)
    kept = (opened.rows if rows is None else rows).tolist()
    first = sorted(kept, key=opened.catalog.orders(kept).__getitem__)[:limit]
    return Candidates(dict.fromkeys(first, 0.0), None, complete=len(kept) <= limit)


def _with_semantic(
    opened: OpenGeneration,
    vectors: VectorIndex,
    question: Question,
    vector: Vector,
    lexical: dict[int, float],
) -> Candidates:
    allowed = _allowed_rows(opened, question.query, question.selection)
    nearest = _cut(opened, vectors.search(vector, question.depth, rows=allowed), question.depth)
    missing = [each.row for each in nearest if each.row not in lexical]
    rows = [*lexical, *missing]
    scores = vectors.scores(vector, rows)
    semantic = {row: score.score for row, score in zip(rows, scores, strict=True)}
    matching = len(opened.rows) if allowed is None else len(allowed)
    complete = matching <= question.depth
    if not question.asks_lexical:
        return Candidates(None, semantic, complete)
    lexical |= opened.lexical.scores(question.query.clauses, missing)
    return Candidates(lexical, semantic, complete)


def _largest_bm25(opened: OpenGeneration, question: Question) -> float:
    """Return the query's largest score over all passages, or 0 where the candidates have it."""
    clauses = question.query.clauses
    scored = [clause for clause in clauses if clause.occur is not Occur.MUST_NOT]
    if question.selection is None and len(scored) == len(clauses):
        return 0.0
    best, _ = opened.lexical.search(scored, 1)
    return best[0].score if best else 0.0


def _allowed_rows(
    opened: OpenGeneration, query: Query, selection: Selection | None
) -> NDArray[np.int64] | None:
    """Return the rows that filters and binding clauses leave, ascending; None for all."""
    allowed = selection.rows if selection is not None else None
    bound = opened.lexical.matching(query.clauses)
    if bound is None:
        return allowed
    rows = np.sort(np.array(bound, np.int64))
    return rows if allowed is None else np.intersect1d(rows, allowed, assume_unique=True)


def _cut(opened: OpenGeneration, candidates: Sequence[Candidate], depth: int) -> list[Candidate]:
    """Return the best `depth` candidates; ties go to the lower (path, start)."""
    if len(candidates) <= depth:
        return list(candidates)
    orders = opened.catalog.orders([each.row for each in candidates])
    return sorted(candidates, key=lambda each: (-each.score, orders[each.row]))[:depth]
